#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "held_leaving.h"
#include "leave_lab.h"

/// A BE in its decommission and a CN whose DROP is on its way are wanted back while something else
/// goes wrong: each ends with one row, alive and ready; a CN whose DROP is lost with its FE keeps
/// the row that it had. S38, S51.
namespace podlab {
namespace {

using sragent::LeavePhase;

constexpr const char* kService = "kube-fe-service.ns.svc.cluster.local";

struct Case {
  std::string kind;
  Fault fault{};
};

std::vector<Case> all_cases() {
  std::vector<Case> out;
  for (const auto* kind : {"be", "cn"})
    for (int fault = 0; fault < kFaultCount; ++fault)
      out.push_back({kind, Fault{fault}});
  return out;
}

std::string name_of(const Case& one) {
  return one.kind + "_" + word(one.fault);
}

void PrintTo(const Case& one, std::ostream* out) {
  *out << name_of(one);
}

class TakenBackByFault : public testing::TestWithParam<Case> {
 protected:
  void TearDown() override { leaver().kill_container(); }  // who waits for it ends then
  [[nodiscard]] static bool is_be() { return GetParam().kind == "be"; }
  [[nodiscard]] Pod& leaver() { return world_.leaver(); }
  [[nodiscard]] bool hold_what_takes_back();
  [[nodiscard]] bool serves();

  LeaveWorld world_{GetParam().kind};
  HeldLeaving held_{world_, *find_hold(is_be() ? LeavePhase::kMove : LeavePhase::kDrop)};
  std::jthread cancel_{};
};

/// The order is given, and nothing of it has reached an FE; a DROP still may.
bool TakenBackByFault::hold_what_takes_back() {
  if (!held_.reach()) return false;
  world_.at_each_fe("/fault?where=sql&match=cancel_decommission&kind=delay&ms=120000");
  held_.thaw();
  // It waits; a CN is taken back once its DROP can arrive no more, so a moment is all there is.
  cancel_ = std::jthread([this] { static_cast<void>(leaver().verb({"drain", "--cancel"})); });
  return held_.stop_in("unmark");
}

/// Alive, not decommissioned, ready.
bool TakenBackByFault::serves() {
  if (!leaver().running()) leaver().start();  // as the kubelet does
  const auto row = world_.row();
  const std::string end = " true false";
  return row.size() > end.size() && row.ends_with(end) && probe(leaver(), "/readyz") == 200;
}

TEST_P(TakenBackByFault, S38_EndsAsTheNodeThatItWas) {
  ASSERT_TRUE(world_.up()) << leaver().console();
  ASSERT_TRUE(hold_what_takes_back()) << leaver().console();
  ASSERT_TRUE(world_.strike(GetParam().fault));
  held_.thaw();
  world_.at_each_fe("/clear");  // and the tablets stay where they are
  if (loses_fe(GetParam().fault, 0)) {
    EXPECT_TRUE(world_.start_lost_fes());
  }
  world_.put_password_in_file();
  // What an FE has carried out stands until a person registers the node.
  if (!is_be() && !loses_fe(GetParam().fault, 0)) {
    const auto dropped = [&] {
      if (!leaver().running()) leaver().start();
      return world_.row().empty() && leaver().status("reason") == "dropped";
    };
    EXPECT_TRUE(wait_until(dropped, milliseconds(120000)));
    const auto [code, text] = leaver().verb({"register", "cn", kService});
    EXPECT_EQ(code, 0) << text;
  }
  EXPECT_TRUE(wait_until([&] { return serves(); }, milliseconds(120000))) << world_.row();
  if (is_be() || loses_fe(GetParam().fault, 0)) {
    EXPECT_EQ(world_.row(), world_.id() + " true false");
  }
  EXPECT_EQ(world_.sent("ALTER SYSTEM DROP"), is_be() ? 0 : 1);
  EXPECT_EQ(world_.fe(1).sql("SHOW BACKENDS").rows.size(), is_be() ? 2U : 1U);
  EXPECT_EQ(world_.fe(1).sql("SHOW COMPUTE NODES").rows.size(), is_be() ? 0U : 1U);
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(world_.fe(i).sql("SHOW BACKEND BLACKLIST").rows.empty()) << "a mark at FE " << i;
  if (HasFailure()) ADD_FAILURE() << leaver().console();
}

INSTANTIATE_TEST_SUITE_P(LeaveFaults,
                         TakenBackByFault,
                         testing::ValuesIn(all_cases()),
                         [](const auto& one) { return name_of(one.param); });

}  // namespace
}  // namespace podlab
