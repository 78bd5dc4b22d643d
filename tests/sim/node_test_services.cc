// Rows 14, 18, 19 and the is_master part of 26 of docs/starrocks.md section 13. Real processes on
// loopback.

#include <csignal>

#include <gtest/gtest.h>

#include "lab.h"

namespace srsim {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string node_cell(const SimNode& fe, const std::string& host, const std::string& column) {
  return cell(fe.sql("SHOW BACKENDS").row("IP", host), column);
}

TEST(Sim13_14, AFrontendOfAnotherClusterShowsErrMsgOk) {
  SimLab lab;
  lab.fe(0).start();
  lab.fe(1).start();
  ASSERT_TRUE(lab.fe(0).wait_port(8030) && lab.fe(1).wait_port(8030));
  ASSERT_TRUE(lab.fe(0).sql("ALTER SYSTEM ADD FOLLOWER '" + lab.fe(1).name() + ":9010'").ok);
  EXPECT_TRUE(wait_until([&] {
    return cell(lab.fe(0).sql("SHOW FRONTENDS").row("IP", lab.fe(1).name()), "ErrMsg") == "OK";
  }));
  EXPECT_EQ(cell(lab.fe(0).sql("SHOW FRONTENDS").row("IP", lab.fe(1).name()), "Alive"), "false");
}

TEST(Sim13_14, TheFourthMissFillsErrMsgAndOneSuccessClearsIt) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(1));
  ASSERT_TRUE(SimLab::join(lab.fe(0), lab.be(0)));
  lab.be(0).control("/fault?where=http&match=heartbeat&kind=error&text=Unmatched+token&times=3");
  const auto misses = [&] {
    std::size_t count = 0;
    const std::string log = lab.fe(0).log();
    for (std::size_t at = log.find("msg: Unmatched token"); at != std::string::npos; ++count) {
      at = log.find("msg: Unmatched token", at + 1);
    }
    return count;
  };
  bool flipped = false;
  ASSERT_TRUE(wait_until([&] {
    flipped = flipped || node_cell(lab.fe(0), lab.be(0).name(), "Alive") != "true" ||
              !node_cell(lab.fe(0), lab.be(0).name(), "ErrMsg").empty();
    return misses() == 3;
  }));
  EXPECT_FALSE(flipped);  // three misses leave no trace
  lab.be(0).kill_now();
  ASSERT_TRUE(
      wait_until([&] { return node_cell(lab.fe(0), lab.be(0).name(), "Alive") == "false"; }));
  EXPECT_EQ(node_cell(lab.fe(0), lab.be(0).name(), "ErrMsg"),
            "java.net.ConnectException: Connection refused");
  EXPECT_EQ(node_cell(lab.fe(0), lab.be(0).name(), "StatusCode"), "DISCONNECTED");
  lab.be(0).start();
  ASSERT_TRUE(
      wait_until([&] { return node_cell(lab.fe(0), lab.be(0).name(), "Alive") == "true"; }));
  EXPECT_EQ(node_cell(lab.fe(0), lab.be(0).name(), "ErrMsg"), "");
  EXPECT_EQ(node_cell(lab.fe(0), lab.be(0).name(), "StatusCode"), "OK");
}

TEST(Sim13_14, AComputeNodeAddedAsABackendIsOfTheWrongKind) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(1));
  lab.cn(0).start();
  ASSERT_TRUE(lab.fe(0).sql("ALTER SYSTEM ADD BACKEND '" + lab.cn(0).name() + ":9050'").ok);
  EXPECT_TRUE(wait_until([&] {
    return node_cell(lab.fe(0), lab.cn(0).name(), "ErrMsg") ==
           "expect to be BE but actually CN,Unmatched node type!";
  }));
}

TEST(Sim13_14, AWrongAddressShowsTheResolversAndTheBackendsWord) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(1));
  lab.be(0).start();
  lab.dns().set("alias.be.lab", {lab.be(0).ip()});
  ASSERT_TRUE(lab.fe(0).sql("ALTER SYSTEM ADD BACKEND 'nowhere.be.lab:9050'").ok);
  EXPECT_TRUE(wait_until([&] {
    return node_cell(lab.fe(0), "nowhere.be.lab", "ErrMsg") ==
           "java.net.UnknownHostException: nowhere.be.lab";
  }));
  EXPECT_EQ(node_cell(lab.fe(0), "nowhere.be.lab", "StatusCode"), "DISCONNECTED");
  EXPECT_EQ(node_cell(lab.fe(0), "nowhere.be.lab", "LastHeartbeat"), "<null>");
}

TEST(Sim13_18, BootstrapIsAlways200AndUnknownPathsAre401) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(2));
  SimNode& leader = lab.fe(0);
  EXPECT_EQ(leader.http_body("/api/bootstrap"),
            "{\"replayedJournalId\":0,\"queryPort\":0,\"rpcPort\":0,\"feStartTime\":0,"
            "\"heapUsedPercent\":0.0,"
            "\"status\":\"OK\",\"code\":\"0\",\"msg\":\"Success\",\"message\":\"OK\"}");
  const std::string version = leader.file("meta/image/VERSION");
  const std::string token = version.substr(version.find("token=") + 6, 36);
  EXPECT_TRUE(has(leader.http_body("/api/bootstrap?token=" + token),
                  "{\"replayedJournalId\":0,\"queryPort\":9030"));
  EXPECT_FALSE(
      has(lab.fe(1).http_body("/api/bootstrap?token=" + token), "\"replayedJournalId\":0,"));
  const auto wrong = leader.http("/api/bootstrap?token=x");
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->status, 200);
  EXPECT_TRUE(
      has(wrong->body,
          "\"status\":\"FAILED\",\"code\":\"0\",\"msg\":\"invalid parameter\",\"message\":\"OK\""));
  for (const char* path : {"/", "/nonsense", "/api/nonsense"})
    EXPECT_EQ(leader.http(path)->status, 401) << path;
  for (const char* method : {"HEAD", "POST"}) {
    const auto reply = leader.http(HttpCall{.method = method, .target = "/api/health"});
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 401) << method;
  }
  const auto nobody = leader.http("/api/show_proc?path=/frontends");
  EXPECT_EQ(nobody->status, 401);
  EXPECT_TRUE(has(nobody->body, "Need auth information."));
  const auto bad = leader.http(
      HttpCall{.target = "/api/show_proc?path=/frontends", .user = "root", .password = "bad"});
  EXPECT_TRUE(has(bad->body, "Access denied for root@" + leader.ip()));
  const auto rows =
      leader.http(HttpCall{.target = "/api/show_proc?path=/frontends", .user = "root"});
  EXPECT_TRUE(has(rows->body, "[{\"Id\":\"") &&
              has(rows->body, "\"IP\":\"" + lab.fe(1).name() + "\""));
}

TEST(Sim13_18, CheckDecommissionReallyDecommissions) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(1));
  ASSERT_TRUE(SimLab::join(lab.fe(0), lab.be(0)) && SimLab::join(lab.fe(0), lab.be(1)));
  ASSERT_TRUE(
      lab.fe(0).sql("ADMIN SET FRONTEND CONFIG ('drop_backend_after_decommission' = 'false')").ok);
  const auto reply = lab.fe(0).http(
      HttpCall{.target = "/api/check_decommission?host_ports=" + lab.be(1).name() + ":9050",
               .user = "root"});
  ASSERT_TRUE(reply);
  EXPECT_TRUE(has(reply->body, "\"status\":\"OK\"")) << reply->body;
  EXPECT_EQ(node_cell(lab.fe(0), lab.be(1).name(), "SystemDecommissioned"), "true");
}

TEST(Sim13_19, ABackendIsHealthyWhileItDrainsAndStopBeNeedsNoLogin) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(1));
  ASSERT_TRUE(SimLab::join(lab.fe(0), lab.be(0)));
  lab.be(0).control("/set?running=2");
  ASSERT_TRUE(wait_until(
      [&] { return has(lab.be(0).http_body("/metrics"), "starrocks_be_pip_query_ctx_cnt 2\n"); }));
  ASSERT_TRUE(wait_until(
      [&] { return node_cell(lab.fe(0), lab.be(0).name(), "NumRunningQueries") == "2"; }));
  EXPECT_EQ(lab.be(0).http_body("/api/_stop_be"), "{\"status\": \"OK\"}");
  ASSERT_TRUE(wait_until([&] { return has(lab.be(0).control("/state"), "stopping=true"); }));
  EXPECT_EQ(lab.be(0).http_body("/api/health"), "{\"status\": \"OK\",\"msg\": \"To Be Added\"}");
  EXPECT_EQ(lab.be(0).http_body("/api/_stop_be"), "{\"status\": \"Be is shutting down\"}");
  EXPECT_TRUE(wait_until([&] {
    const std::string status = node_cell(lab.fe(0), lab.be(0).name(), "StatusCode");
    return status == "SHUTDOWN" || status == "DISCONNECTED";
  }));
  EXPECT_EQ(lab.be(0).wait_exit(), 0);
}

TEST(Sim13_21, ADrainingBackendIsShutdownSince34AndOnlyMissedBefore) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(1));
  ASSERT_TRUE(SimLab::join(lab.fe(0), lab.be(0)));
  lab.be(0).control("/set?running=1");
  lab.be(0).signal(SIGTERM);
  EXPECT_TRUE(wait_until(
      [&] { return node_cell(lab.fe(0), lab.be(0).name(), "StatusCode") == "SHUTDOWN"; }));
  EXPECT_EQ(node_cell(lab.fe(0), lab.be(0).name(), "ErrMsg"), "BE is shutting down");
  EXPECT_EQ(lab.be(0).wait_exit(), 0);
  EXPECT_TRUE(wait_until(
      [&] { return node_cell(lab.fe(0), lab.be(0).name(), "StatusCode") == "DISCONNECTED"; }));

  SimLab old({.version = "3.3.15"});  // waits 0 s by default
  ASSERT_TRUE(old.start_frontends(1));
  ASSERT_TRUE(old.join(old.fe(0), old.be(0)));
  old.be(0).control("/set?running=1");
  old.be(0).signal(SIGTERM);
  EXPECT_EQ(old.be(0).wait_exit(), 0);
  EXPECT_TRUE(
      wait_until([&] { return node_cell(old.fe(0), old.be(0).name(), "Alive") == "false"; }));
}

TEST(Sim13_23, ADecommissionedBackendVanishesWhenItsTabletsAreGone) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(1));
  ASSERT_TRUE(SimLab::join(lab.fe(0), lab.be(0)) && SimLab::join(lab.fe(0), lab.be(1)));
  const std::string id = node_cell(lab.fe(0), lab.be(1).name(), "BackendId");
  ASSERT_EQ(lab.fe(0).control("/set?node=" + id + "&tablets=7"), "ok\n");
  EXPECT_EQ(node_cell(lab.fe(0), lab.be(1).name(), "TabletNum"), "7");
  const std::string be = "'" + lab.be(1).name() + ":9050'";
  EXPECT_FALSE(lab.fe(0).sql("ALTER SYSTEM DROP BACKEND " + be).ok);  // single replicas
  ASSERT_TRUE(lab.fe(0).sql("ALTER SYSTEM DECOMMISSION BACKEND " + be).ok);
  EXPECT_TRUE(wait_until([&] { return lab.fe(0).sql("SHOW BACKENDS").rows.size() == 1; }));
  EXPECT_EQ(node_cell(lab.fe(0), lab.be(0).name(), "TabletNum"), "7");  // they moved
}

TEST(Sim13_23, WhatIsInTheRecycleBinIsCountedAndDoesNotMoveUntilItExpires) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(1));
  auto& fe = lab.fe(0);
  ASSERT_TRUE(SimLab::join(fe, lab.be(0)) && SimLab::join(fe, lab.be(1)));
  ASSERT_TRUE(fe.sql("CREATE DATABASE d").ok);
  ASSERT_TRUE(fe.sql("CREATE TABLE d.t (k INT) DISTRIBUTED BY HASH(k) BUCKETS 4 "
                     "PROPERTIES ('replication_num' = '2')")
                  .ok);
  const std::string be = "'" + lab.be(1).name() + ":9050'";
  EXPECT_FALSE(fe.sql("ALTER SYSTEM DECOMMISSION BACKEND " + be).ok);  // two replicas
  ASSERT_TRUE(fe.sql("DROP TABLE d.t").ok);
  EXPECT_EQ(node_cell(fe, lab.be(1).name(), "TabletNum"), "4");
  ASSERT_TRUE(fe.sql("ALTER SYSTEM DECOMMISSION BACKEND " + be).ok);
  EXPECT_TRUE(wait_until([&] { return has(fe.log(), "replicas to decommission"); }));
  EXPECT_EQ(node_cell(fe, lab.be(1).name(), "TabletNum"), "4");
  ASSERT_TRUE(fe.sql("ADMIN SET FRONTEND CONFIG ('catalog_trash_expire_second' = '0')").ok);
  EXPECT_TRUE(wait_until([&] { return fe.sql("SHOW BACKENDS").rows.size() == 1; }));
}

TEST(Sim13_24, InSharedDataTheHeartbeatBringsStarletPortAndWorker) {
  SimLab lab;
  lab.fe(0).add_conf("run_mode = shared_data");
  lab.fe(0).start();
  ASSERT_TRUE(lab.fe(0).wait_port(8030));
  EXPECT_TRUE(lab.fe(0).port(6090));
  const auto shown = [&](const std::string& column) {
    return cell(lab.fe(0).sql("SHOW COMPUTE NODES").row("IP", lab.cn(0).name()), column);
  };
  ASSERT_TRUE(lab.fe(0).sql("ALTER SYSTEM ADD COMPUTE NODE '" + lab.cn(0).name() + ":9050'").ok);
  EXPECT_EQ(shown("StarletPort"), "0");
  EXPECT_EQ(shown("WorkerId"), "-1");
  lab.cn(0).start();
  ASSERT_TRUE(wait_until([&] { return shown("Alive") == "true"; }));
  EXPECT_EQ(shown("StarletPort"), "9070");
  EXPECT_NE(shown("WorkerId"), "-1");
  lab.fe(0).kill_now();
  lab.fe(0).add_conf("run_mode = shared_nothing");
  lab.fe(0).start();
  EXPECT_EQ(lab.fe(0).wait_exit(), 255);
  EXPECT_TRUE(has(lab.fe(0).log(), "Unmatched run mode between config file and version file"));
}

TEST(Sim13_26, OnlyTheLeaderCallsItselfMaster) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(2));
  EXPECT_TRUE(has(lab.fe(0).http_body("/metrics"), "\nnode_info{type=\"is_master\"} 1\n"));
  EXPECT_FALSE(has(lab.fe(1).http_body("/metrics"), "is_master"));
  EXPECT_TRUE(
      has(lab.fe(1).http_body("/metrics"), "node_info{type=\"fe_node_num\", state=\"total\"} 2"));
}

TEST(Control, FaultsStrikeStatementsAndRequestsUntilTheyAreCleared) {
  SimLab lab;
  ASSERT_TRUE(lab.start_frontends(1));
  SimNode& fe = lab.fe(0);
  EXPECT_EQ(fe.control("/fault?where=sql&match=show_frontends&kind=missing_column&text=Alive"),
            "ok\n");
  EXPECT_EQ(cell(fe.sql("SHOW FRONTENDS").rows.at(0), "Alive"), "<none>");
  EXPECT_EQ(fe.control("/fault?where=sql&match=select&kind=error&text=boom&times=1"), "ok\n");
  EXPECT_EQ(fe.sql("SELECT 1").error, "boom");
  EXPECT_TRUE(fe.sql("SELECT 1").ok);
  EXPECT_EQ(fe.control("/fault?where=http&match=/api/health&kind=drop"), "ok\n");
  EXPECT_FALSE(fe.http("/api/health"));
  EXPECT_EQ(fe.control("/clear"), "ok\n");
  EXPECT_TRUE(fe.http("/api/health"));
  EXPECT_EQ(cell(fe.sql("SHOW FRONTENDS").rows.at(0), "Alive"), "true");
  EXPECT_EQ(fe.control("/fault?where=sql&match=select&kind=nonsense"), "unknown kind\n");
}

}  // namespace
}  // namespace srsim
