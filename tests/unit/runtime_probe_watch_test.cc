#include <poll.h>

#include <functional>
#include <optional>

#include <gtest/gtest.h>

#include "core/exit_codes.h"
#include "runtime/probe_desk.h"
#include "runtime/probe_watch.h"
#include "runtime_probe_case.h"

/// The user's probes in their periods, and by hand.
namespace sragent {
namespace {

using test::http_probe;
using test::refused_place;
using test::ScriptedPeer;
using test::self;
using test::silent;
using test::tools;

/// Turns a watch until `done`.
bool turn_until(ProbeWatch& watch,
                const std::vector<ProbeConfig>& probes,
                const std::function<bool(const NodeStatus&)>& done) {
  const Clock clock;
  return test::eventually([&] {
    watch.turn(probes, clock.now());
    NodeStatus status;
    watch.describe(status);
    return done(status);
  });
}

ProbeConfig quick_tcp(const std::string& name, const std::string& address) {
  ProbeConfig out;
  out.name = name;
  out.kind = ProbeKindSetting::kTcp;
  out.address = address;
  out.period = std::chrono::milliseconds{100};
  return out;
}

TEST(ProbeWatch, RunsEachInItsPeriodWhileOthersHang) {
  const ScriptedPeer mute(silent);
  std::vector<ProbeConfig> probes{quick_tcp("good", self(mute))};
  for (int i = 0; i < 30; ++i) {
    auto hanging = http_probe(self(mute));
    hanging.name = "hangs-" + std::to_string(i);
    hanging.period = std::chrono::milliseconds{100};
    hanging.deadline = std::chrono::seconds{30};
    probes.push_back(hanging);
  }
  ProbeWatch watch(Clock{}, [] { return tools(); });
  EXPECT_TRUE(turn_until(watch, probes, [](const NodeStatus& status) {
    return !status.probes.empty() && status.probes[0].state.runs >= 10;
  }));
  NodeStatus status;
  watch.describe(status);
  for (std::size_t i = 1; i < status.probes.size(); ++i)
    EXPECT_EQ(status.probes[i].state.runs, 0U) << "its deadline is far off";
  EXPECT_TRUE(status.probes[0].state.ok);
}

/// A run beyond its deadline may hang in the kernel: it keeps its thread, and takes no second one.
TEST(ProbeWatch, ARunThatHangsBeyondItsDeadlineIsNotJoinedByAnother) {
  std::optional<ScriptedPeer> mute{std::in_place, silent};
  auto probe = http_probe(self(*mute));
  probe.period = std::chrono::milliseconds{100};
  probe.deadline = std::chrono::seconds{30};
  int begun = 0;
  ProbeWatch watch(Clock{}, [&begun] {
    ++begun;
    return tools();
  });
  auto now = Clock{}.now();
  const auto turn = [&](std::chrono::milliseconds step) {  // the watch's clock, ahead of the job's
    watch.turn({probe}, now);
    now += step;
    NodeStatus status;
    watch.describe(status);
    return status.probes.at(0).state;
  };
  const auto one_comes_back = [&watch] {
    pollfd result{watch.fd(), POLLIN, 0};
    return ::poll(&result, 1, 20'000) == 1;
  };
  for (int i = 0; i < 60; ++i)
    turn(std::chrono::seconds{10});
  const auto hung = turn(std::chrono::seconds{10});
  EXPECT_GT(hung.runs, 10U) << "each period counts as a failure";
  EXPECT_EQ(hung.last_error, "the last run still hangs");
  EXPECT_EQ(begun, 1);
  mute.reset();
  ASSERT_TRUE(one_comes_back());
  turn(std::chrono::milliseconds{0});
  EXPECT_EQ(begun, 2) << "once it has come back the next one begins";
  ASSERT_TRUE(one_comes_back());
  EXPECT_NE(turn(std::chrono::milliseconds{0}).last_error, hung.last_error);
}

TEST(ProbeWatch, ThresholdsAndChangedSettingsCount) {
  const ScriptedPeer open(silent);
  auto probe = quick_tcp("p", refused_place());
  probe.initial_ok = true;
  probe.failure_threshold = 2;
  ProbeWatch watch(Clock{}, [] { return tools(); });
  const auto failed = [](const NodeStatus& status) {
    return !status.probes.empty() && !status.probes[0].state.ok;
  };
  ASSERT_TRUE(turn_until(watch, {probe}, failed));
  NodeStatus status;
  watch.describe(status);
  EXPECT_GE(status.probes[0].state.runs, 2U);
  EXPECT_NE(status.probes[0].state.last_error.find("refuses"), std::string::npos);
  probe.address = self(open);
  probe.initial_ok = false;
  EXPECT_TRUE(turn_until(watch, {probe}, [](const NodeStatus& now) {
    return !now.probes.empty() && now.probes[0].state.ok;
  }));
  watch.turn({}, Clock{}.now());
  NodeStatus none;
  watch.describe(none);
  EXPECT_TRUE(none.probes.empty());
}

class ProbeVerb : public testing::Test {
 protected:
  ProbeVerb() {
    NodeStatus status;
    ProbeConfig probe = quick_tcp("port", self(peer_));
    status.probes.push_back({probe, {}});
    probe.name = "closed";
    probe.address = refused_place();
    status.probes.push_back({probe, {}});
    board_->publish(status);
  }

  [[nodiscard]] ControlReply ask(const std::string& line) const {
    const ProbeDesk desk{board_,
                         [](const HttpQuery& query) {
                           HttpReply out;
                           out.status = query.path == "/livez" ? 200 : 503;
                           out.body = query.path + (query.has("verbose") ? " verbose" : "") +
                                      (query.has("exclude") ? " exclude" : "") + "\n";
                           return out;
                         },
                         tools()};
    return desk.answer(line).value_or(ControlReply{-1, ""});
  }

  ScriptedPeer peer_{silent};
  std::shared_ptr<StatusBoard> board_ = std::make_shared<StatusBoard>();
};

TEST_F(ProbeVerb, GivesTheVerdictOfTheEndpoint) {
  EXPECT_EQ(ask("probe live").code, kExitDone);
  EXPECT_EQ(ask("probe live").text, "/livez\n");
  EXPECT_EQ(ask("probe startup").code, kExitNo);
  EXPECT_EQ(ask("probe startup").text, "/startupz\n");
  const auto ready = ask("probe ready verbose exclude=row");
  EXPECT_EQ(ready.code, kExitNo);
  EXPECT_EQ(ready.text, "/readyz verbose exclude\n");
}

TEST_F(ProbeVerb, RunsOneByHandAndShowsWhatItSaw) {
  const auto good = ask("probe port");
  EXPECT_EQ(good.code, kExitDone);
  EXPECT_TRUE(good.text.starts_with("ok: 127.0.0.1:")) << good.text;
  const auto bad = ask("probe json closed");
  EXPECT_EQ(bad.code, kExitNo);
  EXPECT_NE(bad.text.find("\"ok\":false"), std::string::npos) << bad.text;
  EXPECT_NE(bad.text.find("refuses"), std::string::npos) << bad.text;
}

TEST_F(ProbeVerb, AnUnknownNameTellsTheKnownOnes) {
  const auto reply = ask("probe disk");
  EXPECT_EQ(reply.code, kExitUsage);
  EXPECT_EQ(reply.text, "no probe disk; there are live, ready, startup, port, closed\n");
  EXPECT_EQ(ask("status").code, -1) << "no request of this desk";
}

}  // namespace
}  // namespace sragent
