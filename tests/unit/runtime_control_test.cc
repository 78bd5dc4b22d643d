#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/exit_codes.h"
#include "runtime/control.h"
#include "runtime/live_render.h"
#include "runtime_case.h"

namespace sragent {
namespace {

using Json = nlohmann::json;

/// Answers "register" with a count and knows nothing else.
struct CountingMain {
  std::optional<ControlReply> operator()(const std::string& line) {
    if (line != "register") return std::nullopt;
    return ControlReply{kExitDone, "asked " + std::to_string(++count) + "\n"};
  }
  int count = 0;
};

class Desk : public testing::Test {
 public:
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

 protected:
  Desk() {
    std::string name = testing::TempDir() + "/desk-XXXXXX";
    config_.node.runtime_dir = ::mkdtemp(name.data());
  }
  ~Desk() override { ::rmdir(config_.node.runtime_dir.c_str()); }

  void open(Millis patience = Millis{20'000}) {
    auto made = ControlDesk::start(control_path(config_), board_, Clock{}, patience);
    ASSERT_TRUE(made.has_value()) << made.error().what;
    desk_ = *std::move(made);
  }

  [[nodiscard]] Result<ControlReply> ask(const std::string& line) const {
    return ask_agent(config_, line, Deadline::after(std::chrono::seconds{30}));
  }

  /// As main does: serves whenever something waits, until `done`.
  void serve_until(const std::atomic<bool>& done, CountingMain& main) {
    while (!done) {
      pollfd wait{desk_->fd(), POLLIN, 0};
      ::poll(&wait, 1, 10);
      desk_->serve(std::ref(main));
    }
  }

  [[nodiscard]] ControlReply ask_main(const std::string& line, CountingMain& main) {
    std::atomic<bool> done = false;
    Result<ControlReply> reply{ControlReply{}};
    std::thread client([&] {
      reply = ask(line);
      done = true;
    });
    serve_until(done, main);
    client.join();
    return reply ? *reply : ControlReply{-1, reply.error().what};
  }

  Config config_{};
  std::shared_ptr<StatusBoard> board_ = std::make_shared<StatusBoard>();
  std::unique_ptr<ControlDesk> desk_{};
};

TEST_F(Desk, AnswersViewsFromThePublishedCopyWithoutMain) {
  NodeStatus status;
  status.host = "fe-1.search.ns";
  status.leader = "fe-0.search.ns";
  status.peers = testing_cases::joining_case().seen.peers;
  status.explain_input = to_json(testing_cases::joining_case());
  board_->publish(status);
  open();
  for (const auto* line : {"status", "peers", "explain"}) {
    const auto reply = ask(line);
    ASSERT_TRUE(reply.has_value()) << reply.error().what;
    EXPECT_EQ(reply->code, kExitDone);
    EXPECT_NE(reply->text.find("fe-1.search.ns"), std::string::npos) << reply->text;
  }
  for (const auto* line : {"status json", "peers json", "explain json"})
    EXPECT_EQ(Json::parse(ask(line)->text).at("host"), "fe-1.search.ns") << line;
}

TEST_F(Desk, GivesAnInputThatReplaysToTheSameDecision) {
  const auto value = testing_cases::joining_case();
  NodeStatus status;
  status.explain_input = to_json(value);
  board_->publish(status);
  open();
  for (const auto* line : {"explain input", "explain json"}) {
    const auto replayed = parse_start_case(ask(line)->text);
    ASSERT_TRUE(replayed.has_value()) << replayed.error().what;
    EXPECT_EQ(explain_text(*replayed), explain_text(value));
  }
}

TEST_F(Desk, ExplainsANodeWithoutAStartDecisionByItsReason) {
  NodeStatus status;
  status.kind = NodeKind::kBe;
  status.reason = Reason::kNotRegistered;
  status.detail = "no FE answered";
  status.facts = {{"row", {}, "no list yet", "SHOW BACKENDS", std::nullopt}};
  board_->publish(status);
  open();
  EXPECT_NE(ask("explain")->text.find("not_registered"), std::string::npos);
  EXPECT_NE(ask("explain")->text.find("unknown: no list yet"), std::string::npos);
  EXPECT_TRUE(Json::parse(ask("explain json")->text).at("explain_input").is_null());
  EXPECT_EQ(ask("explain input")->code, kExitNo);
}

TEST_F(Desk, HandsOtherLinesToMainAndItsAnswerBack) {
  open();
  CountingMain main;
  const auto reply = ask_main("register", main);
  EXPECT_EQ(reply.code, kExitDone);
  EXPECT_EQ(reply.text, "asked 1\n");
  EXPECT_EQ(ask_main("regsiter", main).code, kExitUsage);
  EXPECT_EQ(ask_main("", main).code, kExitUsage);
  EXPECT_EQ(main.count, 1);
}

TEST_F(Desk, ServesManyClientsAtOnceEachWithItsOwnAnswer) {
  open();
  constexpr int kClients = 12;
  CountingMain main;
  std::atomic<int> left = kClients;
  std::atomic<bool> done = false;
  std::vector<std::string> answers(kClients);
  std::vector<std::thread> clients;
  clients.reserve(kClients);
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([&, i] {
      const auto reply = ask(i % 3 == 0 ? "status" : "register");
      answers[static_cast<std::size_t>(i)] = reply ? reply->text : reply.error().what;
      if (--left == 0) done = true;
    });
  }
  serve_until(done, main);
  for (auto& client : clients)
    client.join();
  std::vector<std::string> asked;
  for (const auto& answer : answers)
    if (answer.starts_with("asked ")) asked.push_back(answer);
  std::sort(asked.begin(), asked.end());
  EXPECT_EQ(asked.size(), 8U);
  EXPECT_EQ(std::unique(asked.begin(), asked.end()), asked.end());
  EXPECT_EQ(main.count, 8);
}

TEST_F(Desk, DoesNotCarryOutWhatTheClientGaveUpOn) {
  open(Millis{1});
  const auto reply = ask("register");
  ASSERT_TRUE(reply.has_value()) << reply.error().what;
  EXPECT_EQ(reply->code, kExitTryAgain);
  CountingMain main;
  desk_->serve(std::ref(main));
  EXPECT_EQ(main.count, 0);
}

TEST_F(Desk, TellsWaitingClientsThatTheAgentEnds) {
  open();
  Result<ControlReply> reply{ControlReply{}};
  std::thread client([&] { reply = ask("register"); });
  pollfd wait{desk_->fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&wait, 1, 30'000), 1);
  desk_.reset();
  client.join();
  // Told so, or cut off together with the socket: never left waiting.
  if (reply) {
    EXPECT_EQ(reply->code, kExitTryAgain);
  } else {
    EXPECT_EQ(reply.error().kind, ErrorKind::kUnreachable) << reply.error().what;
  }
}

TEST_F(Desk, LeavesNoAgentToBeTold) {
  const auto reply = ask("status");
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().kind, ErrorKind::kNotFound);
}

TEST(ControlReply, IsReadBackAndGarbageIsNot) {
  const auto read = parse_control_reply(to_text({40, "a\nb\n"}));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->code, 40);
  EXPECT_EQ(read->text, "a\nb\n");
  for (const auto* text : {"", "0", "x\n", "\n", "-1\n", "256\n", "1 \n", "99999999999\n"})
    EXPECT_FALSE(parse_control_reply(text).has_value()) << text;
}

}  // namespace
}  // namespace sragent
