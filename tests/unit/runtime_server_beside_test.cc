#include <gtest/gtest.h>

#include "runtime/server_beside.h"

namespace sragent {
namespace {

using Words = std::vector<std::string>;

/// No server of this folder runs anywhere.
ServerBeside nothing_runs() {
  return ServerBeside{{NodeKind::kFe, "/no/such/starrocks/fe", "", "127.0.0.1", {}}};
}

TEST(ServerBeside, S82_IsOrderedOnlyByAContainerThatAsks) {
  auto server = nothing_runs();
  EXPECT_FALSE(server.waits());
  EXPECT_FALSE(server.may_order());
  EXPECT_EQ(server.ask(Instant{1}), std::nullopt);
  EXPECT_TRUE(server.waits());
  EXPECT_TRUE(server.may_order());

  server.order({"start_fe.sh", "--host_type"}, std::nullopt);
  EXPECT_FALSE(server.may_order()) << "one at a time";
  EXPECT_EQ(server.ask(Instant{2}), (Words{"start_fe.sh", "--host_type"}));
  EXPECT_FALSE(server.waits()) << "it starts now";
  EXPECT_EQ(server.ask(Instant{3}), std::nullopt) << "an order is for one start";
}

TEST(ServerBeside, S82_AnOrderToFoundEndsWithItsLease) {
  auto server = nothing_runs();
  static_cast<void>(server.ask(Instant{0}));
  server.order({"start_fe.sh"}, Instant{2'000});
  EXPECT_EQ(server.ask(Instant{2'000}), std::nullopt);
  EXPECT_TRUE(server.may_order()) << "decided anew";
  server.order({"start_fe.sh"}, Instant{4'000});
  EXPECT_EQ(server.ask(Instant{3'999}), Words{"start_fe.sh"});
}

TEST(ServerBeside, S82_AnOrderThatIsWithdrawnIsNotGiven) {
  auto server = nothing_runs();
  static_cast<void>(server.ask(Instant{0}));
  server.order({"start_fe.sh"}, std::nullopt);
  server.withdraw();
  EXPECT_EQ(server.ask(Instant{1}), std::nullopt);
}

TEST(ServerBeside, S82_WithoutAProcessItCannotBeSignalled) {
  auto server = nothing_runs();
  EXPECT_EQ(server.look(), ServerBeside::Change::kNone);
  EXPECT_FALSE(server.running());
  EXPECT_EQ(server.pid(), 0);
  EXPECT_FALSE(server.can_signal());
  server.signal(9);  // nobody gets it
}

}  // namespace
}  // namespace sragent
