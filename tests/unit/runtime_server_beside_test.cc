#include <unistd.h>

#include <gtest/gtest.h>

#include "io/clock.h"
#include "io/files.h"
#include "io/supervise.h"
#include "io_peer.h"
#include "runtime/server_beside.h"

namespace sragent {
namespace {

using Words = std::vector<std::string>;

constexpr std::string_view kHere = "pid:[0]";

/// No server of this folder runs anywhere.
ServerBeside nothing_runs() {
  return ServerBeside{
      {NodeKind::kFe, "/no/such/starrocks/fe", "", "127.0.0.1", {}, "/no/such/run"}};
}

TEST(ServerBeside, S82_IsOrderedOnlyByAContainerThatAsks) {
  auto server = nothing_runs();
  EXPECT_FALSE(server.waits());
  EXPECT_FALSE(server.may_order());
  EXPECT_EQ(server.ask(Instant{1}, kHere, 0), std::nullopt);
  EXPECT_TRUE(server.waits());
  EXPECT_TRUE(server.may_order());

  server.order({"start_fe.sh", "--host_type"}, std::nullopt);
  EXPECT_FALSE(server.may_order()) << "one at a time";
  EXPECT_EQ(server.ask(Instant{2}, kHere, 0), (Words{"start_fe.sh", "--host_type"}));
  EXPECT_FALSE(server.waits()) << "it starts now";
  EXPECT_EQ(server.ask(Instant{3}, kHere, 0), std::nullopt) << "an order is for one start";
}

TEST(ServerBeside, S82_AnOrderToFoundEndsWithItsLease) {
  auto server = nothing_runs();
  static_cast<void>(server.ask(Instant{0}, kHere, 0));
  server.order({"start_fe.sh"}, Instant{2'000});
  EXPECT_EQ(server.ask(Instant{2'000}, kHere, 0), std::nullopt);
  EXPECT_TRUE(server.may_order()) << "decided anew";
  server.order({"start_fe.sh"}, Instant{4'000});
  EXPECT_EQ(server.ask(Instant{3'999}, kHere, 0), Words{"start_fe.sh"});
}

TEST(ServerBeside, S82_AnOrderThatIsWithdrawnIsNotGiven) {
  auto server = nothing_runs();
  static_cast<void>(server.ask(Instant{0}, kHere, 0));
  server.order({"start_fe.sh"}, std::nullopt);
  server.withdraw();
  EXPECT_EQ(server.ask(Instant{1}, kHere, 0), std::nullopt);
}

TEST(ServerBeside, S82_SharesProcessesOnlyWithAContainerOfTheSameNamespace) {
  auto server = nothing_runs();
  EXPECT_FALSE(server.shares_processes());
  static_cast<void>(server.ask(Instant{0}, kHere, 0));
  EXPECT_FALSE(server.shares_processes());
  static_cast<void>(server.ask(Instant{0}, pid_namespace(), ::getpid()));
  EXPECT_TRUE(server.shares_processes());
  static_cast<void>(server.ask(Instant{0}, pid_namespace(), -1));
  EXPECT_FALSE(server.shares_processes()) << "nobody that could be signalled";
  static_cast<void>(server.ask(Instant{0}, "", ::getpid()));
  EXPECT_FALSE(server.shares_processes());
}

/// A folder with the lock of a `run-server`.
class ServerBesideLock : public testing::Test {
 protected:
  test::TempDir dir_{};
  ServerBeside server_{{NodeKind::kFe, "/no/such/starrocks/fe", "", "127.0.0.1", {}, dir_.path()}};
};

TEST_F(ServerBesideLock, S82_OfOneThatDoesNotAskAnyMoreStandsForItsServer) {
  auto lock = std::optional{FileLock::acquire(server_lock_path(dir_.path()))};
  ASSERT_TRUE(lock->has_value());
  static_cast<void>(server_.ask(Instant{0}, kHere, 0));
  EXPECT_EQ(server_.look(), ServerBeside::Change::kNone) << "it waits for its order";
  server_.order({"", "start_fe.sh"}, std::nullopt);
  EXPECT_TRUE(server_.ask(Instant{1}, kHere, 0));
  EXPECT_EQ(server_.look(), ServerBeside::Change::kNone) << "it has not become the server yet";
  ASSERT_TRUE(write_atomic(server_began_path(dir_.path()), "1", 0600));
  EXPECT_EQ(server_.look(), ServerBeside::Change::kCame) << "whatever its start script does";
  EXPECT_TRUE(server_.running());
  EXPECT_FALSE(server_.may_order());
  lock.reset();
  EXPECT_EQ(server_.look(), ServerBeside::Change::kWent);
}

TEST_F(ServerBesideLock, S82_AndSoDoesItsAge) {
  const auto lock = FileLock::acquire(server_lock_path(dir_.path()));
  ASSERT_TRUE(lock);
  const auto hour_ago = std::to_string(Clock::unix_ms() - 3'600'000);
  ASSERT_TRUE(write_atomic(server_began_path(dir_.path()), hour_ago, 0600));
  EXPECT_EQ(server_.look(), ServerBeside::Change::kCame);
  EXPECT_GE(server_.up_for(), std::chrono::milliseconds{3'600'000});
  ASSERT_TRUE(remove_file(server_began_path(dir_.path())));
  EXPECT_EQ(server_.look(), ServerBeside::Change::kWent);
  ASSERT_TRUE(write_atomic(server_began_path(dir_.path()), hour_ago, 0600));
  EXPECT_EQ(server_.look(), ServerBeside::Change::kCame);
  EXPECT_LT(server_.up_for(), std::chrono::milliseconds{3'600'000}) << "none ran a moment ago";
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
