// Rows 10 to 13 of docs/starrocks.md section 13: forwarding and result sets.

#include <array>

#include <gtest/gtest.h>

#include "dialect_fixture.h"

namespace srsim::testing {
namespace {

/// A leader and a follower that share one catalog.
class Pair {
 public:
  explicit Pair(std::string_view profile) : leader(profile), follower(profile) {
    follower.fe.use(shared(leader));
    follower.fe.leads = false;
    follower.fe.leader = &leader.fe;
    follower.fe.own = {.node_name = "fe-1.lab_9010_2", .host = "fe-1.lab", .http_port = 8031};
    follower.fe.group_view = leader.fe.group_view;
  }

  static std::shared_ptr<FakeView::Shared> shared(Cluster& cluster) { return cluster.fe.state(); }

  Cluster leader;
  Cluster follower;
};

TEST(Sim13_10, MembershipStatementsOfAFollowerRunAtTheLeader) {
  Pair p("3.5.7");
  for (const char* sql : {"show frontends",
                          "show backends",
                          "show compute nodes",
                          "show running queries",
                          "alter system add backend 'be-0.lab:9050'",
                          "admin set frontend config('heartbeat_timeout_second'='6')",
                          "cancel decommission backend 'be-0.lab:9050'"}) {
    const int before = p.follower.fe.forwards;
    EXPECT_FALSE(p.follower.run(sql).starts_with("1064")) << sql;
    EXPECT_EQ(p.follower.fe.forwards, before + 1) << sql;
  }
  EXPECT_EQ(p.leader.run("show backends"), "ROWS 1");
}

TEST(Sim13_10, ShowProcBlacklistAndSelectsAreAnsweredLocally) {
  Pair p("3.5.7");
  p.leader.run("alter system add backend 'be-0.lab:9050'");
  for (const char* sql : {"show proc '/frontends'",
                          "show proc '/backends'",
                          "show proc '/compute_nodes'",
                          "add backend blacklist 10001",
                          "show backend blacklist",
                          "select 1",
                          "show processlist",
                          "show variables like 'version%'",
                          "set query_timeout = 5",
                          "show databases"}) {
    EXPECT_FALSE(p.follower.run(sql).starts_with("1064")) << sql;
  }
  EXPECT_EQ(p.follower.fe.forwards, 0);
}

TEST(Sim13_10, ForwardToLeaderSendsShowProcToTheLeader) {
  Pair p("3.5.7");
  EXPECT_EQ(p.follower.cell("show proc '/frontends'", 0, "HttpPort"), "8031");
  p.follower.run("set forward_to_leader = true");
  EXPECT_EQ(p.follower.cell("show proc '/frontends'", 0, "HttpPort"), "8030");
}

TEST(Sim13_10, AFollowerWhoseDataIsTooOldForwardsSelectsAndFailsWithoutALeader) {
  Pair p("3.5.7");
  p.follower.fe.leader = nullptr;
  p.follower.fe.forward_error = "(JE 18.3.20) Could not determine master from helpers at:[]";
  EXPECT_EQ(p.follower.run("select 1"), "ROWS 1");
  p.follower.fe.readable = false;
  EXPECT_EQ(p.follower.run("select 1"),
            "1064/HY000 (JE 18.3.20) Could not determine master from helpers at:[]");
  EXPECT_EQ(p.follower.run("show proc '/frontends'"), "ROWS 1");
  EXPECT_EQ(p.follower.run("show variables like 'version'"), "ROWS 1");
}

TEST(Sim13_10, TheBlacklistBelongsToOneFrontendAndDiesWithIt) {
  Pair p("3.5.7");
  p.leader.run("alter system add backend 'be-0.lab:9050'");
  EXPECT_EQ(p.leader.run("add backend blacklist 10001"), "OK");
  EXPECT_EQ(p.leader.run("show backend blacklist"), "ROWS 1");
  EXPECT_EQ(p.follower.run("show backend blacklist"), "ROWS 0");
  // The list is no part of what an FE keeps.
  Catalog restored;
  for (const JournalEntry& entry : image_of(*p.leader.fe.catalog()))
    apply(restored, entry);
  Cluster restarted("3.5.7");
  for (const JournalEntry& entry : image_of(restored))
    restarted.fe.change(entry);
  EXPECT_EQ(restarted.run("show backends"), "ROWS 1");
  EXPECT_EQ(restarted.run("show backend blacklist"), "ROWS 0");
}

TEST(Sim13_10, AForwardedResultSetLosesItsColumnLengths) {
  Pair p("3.5.7");
  EXPECT_EQ(p.leader.rows("show frontends").columns.front().length, 90U);
  EXPECT_EQ(p.follower.rows("show frontends").columns.front().length, 192U);
}

const std::string kFe =
    "Name,IP,EditLogPort,HttpPort,QueryPort,RpcPort,Role,ClusterId,Join,Alive,ReplayedJournalId,"
    "LastHeartbeat,IsHelper,ErrMsg,StartTime,Version";
const std::string kBe =
    "BackendId,IP,HeartbeatPort,BePort,HttpPort,BrpcPort,LastStartTime,LastHeartbeat,Alive,"
    "SystemDecommissioned,ClusterDecommissioned,TabletNum,DataUsedCapacity,AvailCapacity,"
    "TotalCapacity,UsedPct,MaxDiskUsedPct,ErrMsg,Version,Status,DataTotalCapacity,DataUsedPct,"
    "CpuCores";
const std::string kCn =
    "ComputeNodeId,IP,HeartbeatPort,BePort,HttpPort,BrpcPort,LastStartTime,LastHeartbeat,Alive,"
    "SystemDecommissioned,ClusterDecommissioned,ErrMsg,Version,CpuCores";
const std::string kLoad = ",NumRunningQueries,MemUsedPct,CpuUsedPct";

TEST(Sim13_11, IdStandsInFrontOfShowFrontendsFrom35On) {
  for (const char* name : {"3.1.17", "3.2.16", "3.3.15", "3.4.5"})
    EXPECT_EQ(Cluster(name).columns("show frontends"), kFe) << name;
  for (const char* name : {"3.5.0", "3.5.7", "main"})
    EXPECT_EQ(Cluster(name).columns("show frontends"), "Id," + kFe) << name;
}

TEST(Sim13_11, ShowBackendsHasTheColumnsOfItsVersion) {
  const auto table = std::to_array<std::pair<const char*, std::string>>(
      {{"3.1.17", kBe + kLoad},
       {"3.2.7", kBe + kLoad},
       {"3.2.8", kBe + kLoad + ",Location"},
       {"3.3.3", kBe + kLoad + ",DataCacheMetrics,Location"},
       {"3.3.4", kBe + ",MemLimit" + kLoad + ",DataCacheMetrics,Location"},
       {"3.4.0", kBe + ",MemLimit" + kLoad + ",DataCacheMetrics,Location,StatusCode"},
       {"main", kBe + ",MemLimit" + kLoad + ",DataCacheMetrics,Location,StatusCode"}});
  for (const auto& [name, columns] : table) {
    EXPECT_EQ(Cluster(name).columns("show backends"), columns) << name;
    const std::string suffix =
        std::string(",StarletPort,WorkerId") + (name < std::string("3.3") ? "" : ",WarehouseName");
    EXPECT_EQ(Cluster(name, RunMode::kSharedData).columns("show backends"), columns + suffix)
        << name;
  }
}

TEST(Sim13_11, ShowComputeNodesHasTheColumnsOfItsVersion) {
  struct Case {
    const char* name;
    std::string columns;
    std::string suffix;
  };
  const auto table = std::to_array<Case>(
      {{"3.1.0", kCn + kLoad, ",StarletPort,WorkerId"},
       {"3.1.9", kCn + kLoad + ",HasStoragePath", ",StarletPort,WorkerId"},
       {"3.1.17", kCn + kLoad + ",HasStoragePath", ",StarletPort,WorkerId,TabletNum"},
       {"3.3.3",
        kCn + kLoad + ",DataCacheMetrics,HasStoragePath",
        ",StarletPort,WorkerId,WarehouseName,TabletNum"},
       {"3.3.15",
        kCn + ",MemLimit" + kLoad + ",DataCacheMetrics,HasStoragePath",
        ",StarletPort,WorkerId,WarehouseName,TabletNum"},
       {"3.5.7",
        kCn + ",MemLimit" + kLoad + ",DataCacheMetrics,HasStoragePath,StatusCode",
        ",StarletPort,WorkerId,WarehouseName,TabletNum"}});
  for (const Case& row : table) {
    EXPECT_EQ(Cluster(row.name).columns("show compute nodes"), row.columns) << row.name;
    EXPECT_EQ(Cluster(row.name, RunMode::kSharedData).columns("show compute nodes"),
              row.columns + row.suffix)
        << row.name;
  }
}

TEST(Sim13_11, SharedDataComputeNodesOf311And312HaveShiftedValues) {
  for (const auto& [name, port] : {std::pair("3.1.2", "1"), std::pair("3.1.3", "9070")}) {
    Cluster c(name, RunMode::kSharedData);
    c.run("alter system add compute node 'cn-0.lab:9050'");
    c.alive(10001);
    EXPECT_EQ(c.cell("show compute nodes", 0, "StarletPort"), port) << name;
  }
  Cluster c("3.1.1", RunMode::kSharedData);
  c.run("alter system add compute node 'cn-0.lab:9050'");
  c.alive(10001);
  EXPECT_EQ(c.cell("show compute nodes", 0, "HasStoragePath"), "9070");
  EXPECT_EQ(c.cell("show compute nodes", 0, "WorkerId"), "false");
}

TEST(Sim13_12, ANodeThatWasNeverSeenHasMinusOnePortsAndSqlNullTimes) {
  Cluster c("3.5.7");
  c.run("alter system add backend 'be-0.lab:9050'");
  const ResultRows rows = c.rows("show backends");
  for (const char* port : {"BePort", "HttpPort", "BrpcPort"})
    EXPECT_EQ(Cluster::cell_of(rows, 0, port), "-1");
  for (const char* time : {"LastStartTime", "LastHeartbeat"})
    EXPECT_EQ(Cluster::cell_of(rows, 0, time), "(NULL)");
  EXPECT_EQ(Cluster::cell_of(rows, 0, "AvailCapacity"), "1.000 B");
  EXPECT_EQ(Cluster::cell_of(rows, 0, "TotalCapacity"), "0.000 B");
  EXPECT_EQ(Cluster::cell_of(rows, 0, "UsedPct"), "0.00 %");
  EXPECT_EQ(Cluster::cell_of(rows, 0, "MemLimit"), "0.000B");
  EXPECT_EQ(Cluster::cell_of(rows, 0, "StatusCode"), "CONNECTING");
  EXPECT_EQ(Cluster::cell_of(rows, 0, "Status"), R"({"lastSuccessReportTabletsTime":"N/A"})");
}

TEST(Sim13_12, StarletPortIsZeroAndWorkerIdMinusOneBeforeTheFirstHeartbeat) {
  Cluster c("main", RunMode::kSharedData);
  c.run("alter system add compute node 'cn-0.lab:9050'");
  EXPECT_EQ(c.cell("show compute nodes", 0, "StarletPort"), "0");
  EXPECT_EQ(c.cell("show compute nodes", 0, "WorkerId"), "-1");
}

TEST(Sim13_12, ValuesHaveTheirFormats) {
  Cluster c("3.5.7");
  c.run("alter system add backend 'be-0.lab:9050'");
  c.alive(10001);
  c.fe.runtimes[10001] = {.running_queries = 3, .mem_used_pct = 44.718, .cpu_used_pct = 1.25};
  const ResultRows rows = c.rows("show backends");
  EXPECT_EQ(Cluster::cell_of(rows, 0, "DataUsedCapacity"), "1.000 MB");
  EXPECT_EQ(Cluster::cell_of(rows, 0, "AvailCapacity"), "90.000 GB");
  EXPECT_EQ(Cluster::cell_of(rows, 0, "UsedPct"), "10.00 %");
  EXPECT_EQ(Cluster::cell_of(rows, 0, "MemLimit"), "61.035GB");
  EXPECT_EQ(Cluster::cell_of(rows, 0, "NumRunningQueries"), "3");
  EXPECT_EQ(Cluster::cell_of(rows, 0, "MemUsedPct"), "44.72 %");
  EXPECT_EQ(Cluster::cell_of(rows, 0, "CpuUsedPct"), "1.2 %");
  EXPECT_EQ(Cluster::cell_of(rows, 0, "LastHeartbeat"), "2026-11-21 07:50:00");
}

TEST(Sim13_12, EveryColumnOfAMembershipAnswerIsVarcharIdsToo) {
  Cluster c("3.5.7");
  for (const char* sql : {"show frontends", "show backends", "show compute nodes"}) {
    for (const Column& column : c.rows(sql).columns) {
      EXPECT_EQ(column.type, WireType::kVarString) << sql << " " << column.name;
      EXPECT_EQ(column.charset, 33) << sql << " " << column.name;
    }
  }
}

TEST(Sim13_12, StartTimeAndVersionOfAnUnseenFrontendAreTheFourCharactersNull) {
  Cluster c("3.5.7");
  c.run("alter system add follower 'fe-1.lab:9010'");
  const ResultRows rows = c.rows("show frontends");
  EXPECT_EQ(Cluster::cell_of(rows, 1, "IP"), "fe-1.lab");
  EXPECT_EQ(Cluster::cell_of(rows, 1, "StartTime"), "NULL");
  EXPECT_EQ(Cluster::cell_of(rows, 1, "Version"), "NULL");
  EXPECT_EQ(Cluster::cell_of(rows, 1, "LastHeartbeat"), "(NULL)");
  EXPECT_EQ(Cluster::cell_of(rows, 1, "QueryPort"), "0");
}

TEST(Sim13_13, HttpPortIsTheAnsweringFrontendsOwnInEveryRow) {
  Cluster c("3.5.7");
  c.run("alter system add follower 'fe-1.lab:9010'");
  c.fe.own.http_port = 8039;
  for (std::size_t row : {0U, 1U})
    EXPECT_EQ(c.cell("show frontends", row, "HttpPort"), "8039");
}

TEST(Sim13_13, WithoutAMasterNoRowIsLeaderAndJoinIsFalseEverywhere) {
  Cluster c("3.5.7");
  c.run("alter system add follower 'fe-1.lab:9010'");
  EXPECT_EQ(c.cell("show proc '/frontends'", 0, "Role"), "LEADER");
  c.fe.group_view = {};
  for (std::size_t row : {0U, 1U}) {
    EXPECT_EQ(c.cell("show proc '/frontends'", row, "Role"), "FOLLOWER");
    EXPECT_EQ(c.cell("show proc '/frontends'", row, "Join"), "false");
  }
}

TEST(Sim13_13, TheOwnRowIsAliveAndTheOthersKeepTheLastVerdictForEver) {
  Cluster c("3.5.7");
  c.run("alter system add follower 'fe-1.lab:9010'");
  const std::string name = c.fe.catalog()->frontend("fe-1.lab", 9010)->name;
  c.fe.change(entry::frontend_health("fe-0.lab_9010_1", {.alive = false}));
  c.fe.change(entry::frontend_health(name, {.alive = true, .last_heartbeat = c.fe.time}));
  c.fe.group_view = {};
  c.fe.time += 3'600'000;
  EXPECT_EQ(c.cell("show proc '/frontends'", 0, "Alive"), "true");
  EXPECT_EQ(c.cell("show proc '/frontends'", 1, "Alive"), "true");
  EXPECT_EQ(c.cell("show proc '/frontends'", 1, "LastHeartbeat"), "2026-11-21 07:50:00");
  EXPECT_EQ(c.cell("show proc '/frontends'", 1, "ErrMsg"), "");
}

TEST(Sim13_13, JoinEndsAtTheFirstMemberWithAnotherPortFrom33On) {
  for (const auto& [name, join] : {std::pair("3.2.16", "true"), std::pair("3.3.15", "false")}) {
    Cluster c(name);
    c.fe.group_view.members = {{.host = "fe-1.lab", .port = 9011},
                               {.host = "fe-0.lab", .port = 9010}};
    EXPECT_EQ(c.cell("show frontends", 0, "Join"), join) << name;
  }
}

TEST(Sim13_13, EveryFollowerIsAHelperAndNoObserverIs) {
  Cluster c("3.5.7");
  c.run("alter system add follower 'fe-1.lab:9010'");
  c.run("alter system add observer 'fe-2.lab:9010'");
  EXPECT_EQ(c.cell("show frontends", 1, "IsHelper"), "true");
  EXPECT_EQ(c.cell("show frontends", 2, "IsHelper"), "false");
}

TEST(Sim13_13, StartTimeOfAFreshLeaderIsSqlNull) {
  Cluster c("3.5.7");
  c.fe.change(entry::frontend_health("fe-0.lab_9010_1", {.alive = true}));
  EXPECT_EQ(c.cell("show frontends", 0, "StartTime"), "(NULL)");
}

TEST(Sim13_13, MainPrintsUtc8WhateverTheSessionSaysAndTheOthersObeyIt) {
  Cluster other("3.5.7");
  EXPECT_EQ(other.cell("show frontends", 0, "LastHeartbeat"), "2026-11-21 07:50:00");
  other.run("set time_zone = '+02:00'");
  EXPECT_EQ(other.cell("show frontends", 0, "LastHeartbeat"), "2026-11-21 09:50:00");
  Cluster main_fe("main");
  main_fe.run("set time_zone = '+02:00'");
  EXPECT_EQ(main_fe.cell("show frontends", 0, "LastHeartbeat"), "2026-11-21 15:50:00");
}

TEST(CatalogJournal, EntriesSurviveTheirTextFormAndATornLineDoesNotParse) {
  Cluster c("3.5.7");
  c.run("create database d; alter system add backend 'be-0.lab:9050'");
  c.alive(10001);
  c.run("create table d.t (k int) buckets 2 properties('replication_num'='1')");
  c.fe.change(entry::set_config("key", "tab\there, newline\nthere, back\\slash"));
  Catalog copy;
  for (const JournalEntry& entry : image_of(*c.fe.catalog())) {
    const std::string line = serialise(entry);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const auto again = parse_entry(line);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(*again, entry);
    EXPECT_FALSE(parse_entry(line.substr(0, line.size() - 1)).has_value());
    apply(copy, *again);
  }
  EXPECT_EQ(copy.tablet_num(10001), 2);
  EXPECT_EQ(copy.nodes.at(10001).health.version, "3.5.7-d2da301");
  EXPECT_EQ(copy.config.at("key"), "tab\there, newline\nthere, back\\slash");
  EXPECT_FALSE(copy.frontends.begin()->second.health.alive) << "FE health is not in the image";
}

TEST(CatalogJournal, ForwardRequestsAndAnswersSurviveTheirTextForm) {
  Cluster c("3.5.7");
  const SqlResult answer = execute(c.session, c.fe, "show frontends; select NULL; nonsense");
  const SqlResult good = execute(c.session, c.fe, "show frontends; select NULL; set autocommit=1");
  for (const SqlResult& result : {answer, good}) {
    const auto again = parse_sql_result(serialise(result));
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(serialise(*again), serialise(result));
  }
  EXPECT_FALSE(parse_sql_result("4:rows,").has_value());
  const ForwardRequest request{.sql = "select 1, 2:3", .user = "u", .active_roles = {"a", "b"}};
  const auto parsed = parse_forward_request(serialise(request));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->sql, request.sql);
  EXPECT_EQ(parsed->active_roles, request.active_roles);
}

}  // namespace
}  // namespace srsim::testing
