// What half-made metadata does: docs/start-rules.md section 6, as recorded from real FEs. Real
// processes on loopback.

#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>

#include "lab.h"

namespace srsim {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string shown(const SimNode& at, const std::string& of, const std::string& column) {
  return cell(at.sql("SHOW FRONTENDS").row("IP", of), column);
}

std::string helper(const SimNode& node) {
  return node.name() + ":9010";
}

/// FE `index` is added, starts with the leader's helper and is killed by itself at `stage`.
void die_joining(SimLab& lab, int index, const std::string& stage) {
  SimNode& leader = lab.fe(0);
  const auto added = leader.sql("ALTER SYSTEM ADD FOLLOWER '" + helper(lab.fe(index)) + "'");
  ASSERT_TRUE(added.ok) << added.error << leader.log();
  const auto image = leader.sql("ALTER SYSTEM CREATE IMAGE");
  ASSERT_TRUE(image.ok) << image.error << leader.log();
  lab.fe(index).start({"--helper", helper(leader)}, {{"SR_SIM_CRASH_AT", stage}});
  ASSERT_EQ(lab.fe(index).wait_exit(), 1000 + SIGKILL);
}

TEST(HalfMadeMeta, StartedWithoutHelperForksUnderTheSameClusterId) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(2));
  die_joining(lab, 2, "jdb_root");
  SimNode& fork = lab.fe(2);
  fork.start();
  ASSERT_TRUE(fork.wait_port(8030));
  EXPECT_EQ(shown(fork, fork.name(), "Role"), "LEADER");
  EXPECT_EQ(shown(fork, lab.fe(0).name(), "Join"), "false");
  EXPECT_TRUE(has(fork.http_body("/metrics"), "node_info{type=\"is_master\"} 1"));
  EXPECT_TRUE(has(lab.fe(0).http_body("/metrics"), "node_info{type=\"is_master\"} 1"));
  const std::string theirs = lab.fe(0).file("meta/image/VERSION");
  EXPECT_EQ(fork.file("meta/image/VERSION"), theirs);
  // Once it is Alive there, the real leader's list shows the fork as LEADER too, and itself as a
  // follower.
  EXPECT_TRUE(wait_until([&] { return shown(lab.fe(0), fork.name(), "Role") == "LEADER"; }));
  EXPECT_EQ(shown(lab.fe(0), lab.fe(0).name(), "Join"), "false");
  EXPECT_TRUE(fork.sql("CREATE DATABASE at_fork").ok);
  EXPECT_TRUE(lab.fe(0).sql("CREATE DATABASE at_real").ok);
  // Stopped, it heals; restarted with the helper it fails at every start.
  fork.kill_now();
  EXPECT_TRUE(wait_until([&] { return shown(lab.fe(0), lab.fe(0).name(), "Role") == "LEADER"; }));
  fork.start({"--helper", helper(lab.fe(0))});
  EXPECT_EQ(fork.wait_exit(), 255);
  EXPECT_TRUE(has(fork.log(), "failed to check if helper in local after retried 3 times"));
}

TEST(HalfMadeMeta, WhileAForkRunsNoRestartedMemberGetsIn) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(3));
  SimNode& fork = lab.fe(2);
  fork.kill_now();
  fork.wipe();
  ASSERT_TRUE(lab.fe(0).sql("ALTER SYSTEM CREATE IMAGE").ok);
  fork.start({"--helper", helper(lab.fe(0))}, {{"SR_SIM_CRASH_AT", "jdb_root"}});
  ASSERT_EQ(fork.wait_exit(), 1000 + SIGKILL);
  fork.start();
  ASSERT_TRUE(fork.wait_port(8030));
  lab.fe(1).kill_now();
  lab.fe(1).start();
  EXPECT_EQ(lab.fe(1).wait_exit(), 255);
  EXPECT_TRUE(has(lab.fe(1).log(), "Ids: 1 were equal. But names: "));
}

TEST(HalfMadeMeta, StartedWithHelperJoins) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(1));
  for (const char* stage : {"jdb_root", "joined_before_ready", "ready", "version_written"}) {
    SimNode& fe = lab.fe(1);
    ASSERT_NO_FATAL_FAILURE(die_joining(lab, 1, stage)) << stage;
    std::vector<std::string> args{"--helper", helper(lab.fe(0))};
    fe.start(args);
    EXPECT_TRUE(wait_until([&] { return shown(lab.fe(0), fe.name(), "Alive") == "true"; }))
        << stage;
    fe.kill_now();
    ASSERT_TRUE(lab.fe(0).sql("ALTER SYSTEM DROP FOLLOWER '" + helper(fe) + "'").ok) << stage;
    fe.wipe();
  }
}

TEST(HalfMadeMeta, ALogOf38BytesFailsWithHelperAtEveryStart) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(1));
  die_joining(lab, 1, "jdb_created");
  EXPECT_EQ(std::filesystem::file_size(lab.fe(1).meta() + "/bdb/00000000.jdb"), 38U);
  lab.fe(1).start({"--helper", helper(lab.fe(0))});
  EXPECT_EQ(lab.fe(1).wait_exit(), 255);
  EXPECT_TRUE(has(lab.fe(1).log(), "failed to check if helper in local after retried 3 times"));
  EXPECT_TRUE(has(lab.fe(1).log(), "This environment's log file has no root."));
}

TEST(HalfMadeMeta, AMemberThatJoinedResumesWithoutHelper) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(2));
  die_joining(lab, 2, "joined_before_ready");
  lab.fe(2).start();
  EXPECT_TRUE(wait_until([&] { return shown(lab.fe(0), lab.fe(2).name(), "Alive") == "true"; }));
}

TEST(HalfMadeMeta, AFounderKilledEarlyNeverStartsAgain) {
  SimLab lab;
  for (const char* stage :
       {"role_empty", "role_written", "version_written", "jdb_created", "jdb_root", "promoting"}) {
    SimNode& fe = lab.fe(0);
    fe.start({}, {{"SR_SIM_CRASH_AT", stage}});
    ASSERT_EQ(fe.wait_exit(), 1000 + SIGKILL) << stage;
    fe.start();
    EXPECT_EQ(fe.wait_exit(), 255) << stage;
    fe.start();
    EXPECT_EQ(fe.wait_exit(), 255) << stage << " again";
    fe.wipe();
  }
}

TEST(LostVolume, AWipedFollowerRejoinsUnderItsOldNameWithTheHelperAlone) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(3));
  const std::string name = shown(lab.fe(0), lab.fe(2).name(), "Name");
  lab.fe(2).kill_now();
  lab.fe(2).wipe();
  ASSERT_TRUE(wait_until([&] { return shown(lab.fe(0), lab.fe(2).name(), "Alive") == "false"; }));
  lab.fe(2).start({"--helper", helper(lab.fe(0))});
  EXPECT_TRUE(wait_until([&] { return shown(lab.fe(0), lab.fe(2).name(), "Alive") == "true"; }));
  EXPECT_TRUE(has(lab.fe(2).file("meta/image/ROLE"), "name=" + name + "\n"));
}

TEST(LostVolume, AnEmptiedLeaderOfTwoComesBackAsLeaderWithTheData) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(2));
  ASSERT_TRUE(lab.fe(0).sql("CREATE DATABASE kept").ok);
  ASSERT_TRUE(
      wait_until([&] { return shown(lab.fe(0), lab.fe(1).name(), "ReplayedJournalId") != "0"; }));
  lab.fe(0).kill_now();
  lab.fe(0).wipe();
  lab.fe(0).start({"--helper", helper(lab.fe(1))});
  ASSERT_TRUE(lab.fe(0).wait_port(8030));
  EXPECT_TRUE(wait_until([&] { return lab.leader(2) != nullptr; }));
  EXPECT_EQ(cell(lab.fe(1).sql("SHOW DATABASES").row("Database", "kept"), "Database"), "kept");
}

TEST(Rows, ANeverStartedRowIsHarmlessEvenAfterTheLeadersRestart) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(1));
  ASSERT_TRUE(lab.fe(0).sql("ALTER SYSTEM ADD FOLLOWER '" + helper(lab.fe(1)) + "'").ok);
  EXPECT_TRUE(lab.fe(0).sql("CREATE DATABASE a1").ok);
  lab.fe(0).kill_now();
  lab.fe(0).start();
  ASSERT_TRUE(lab.fe(0).wait_port(8030));
  EXPECT_TRUE(lab.fe(0).sql("CREATE DATABASE a2").ok);
  EXPECT_EQ(shown(lab.fe(0), lab.fe(1).name(), "Join"), "false");
  lab.fe(1).start({"--helper", helper(lab.fe(0))});  // the row is reused
  EXPECT_TRUE(wait_until([&] { return shown(lab.fe(0), lab.fe(1).name(), "Alive") == "true"; }));
}

TEST(Rows, AnAddBesideAWaitingRowAfterALeaderRestartEndsTheLeader) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(1));
  ASSERT_TRUE(lab.fe(0).sql("ALTER SYSTEM ADD FOLLOWER '" + helper(lab.fe(1)) + "'").ok);
  lab.fe(0).kill_now();
  lab.fe(0).start();
  ASSERT_TRUE(lab.fe(0).wait_port(8030));
  EXPECT_FALSE(lab.fe(0).sql("ALTER SYSTEM ADD FOLLOWER '" + helper(lab.fe(2)) + "'", 60).ok);
  EXPECT_EQ(lab.fe(0).wait_exit(), 255);
  lab.fe(0).start();
  ASSERT_TRUE(lab.fe(0).wait_port(8030));
  EXPECT_EQ(lab.fe(0).sql("SHOW FRONTENDS").rows.size(), 2U);  // the second ADD was never stored
}

}  // namespace
}  // namespace srsim
