// Rows 5 to 9 of docs/starrocks.md section 13: statements, their texts, and privileges.

#include <array>

#include <gtest/gtest.h>

#include "dialect_fixture.h"

namespace srsim::testing {
namespace {

const std::string kErr = "1064/HY000 ";

std::string syntax(int column, const std::string& detail) {
  return kErr + "Getting syntax error at line 1, column " + std::to_string(column) +
         ". Detail message: " + detail;
}

std::string analysing(const std::string& text) {
  return kErr + "Getting analyzing error. Detail message: " + text + ".";
}

TEST(Sim13_05, OneFrontendAStatementIsAcceptedAndAListIsASyntaxErrorInEveryVersion) {
  for (const std::string& name : profile_names()) {
    Cluster c(name);
    EXPECT_EQ(c.run("alter system add follower 'fe-1.lab:9010', 'fe-2.lab:9010'"),
              syntax(41, "Unexpected input ',', the most similar input is {<EOF>, ';'}."))
        << name;
    EXPECT_EQ(c.fe.catalog()->frontends.size(), 1U) << name;
    EXPECT_EQ(c.run("alter system add follower \"fe-1.lab:9010\""), "OK") << name;
    EXPECT_EQ(c.run("ALTER SYSTEM ADD OBSERVER 'fe-2.lab:9010';"), "OK") << name;
  }
}

TEST(Sim13_05, BackendsAndComputeNodesTakeListsInEveryVersion) {
  for (const std::string& name : profile_names()) {
    Cluster c(name);
    EXPECT_EQ(c.run("alter system add backend 'be-0.lab:9050', 'be-1.lab:9050'"), "OK") << name;
    EXPECT_EQ(c.run("alter system add compute node 'cn-0.lab:9050','cn-1.lab:9050'"), "OK") << name;
    EXPECT_EQ(c.run("show backends"), "ROWS 2") << name;
    EXPECT_EQ(c.run("show compute nodes"), "ROWS 2") << name;
    EXPECT_EQ(c.run("alter system drop backend 'be-0.lab:9050', 'be-1.lab:9050' force"), "OK");
    EXPECT_EQ(c.run("alter system drop compute node 'cn-0.lab:9050', 'cn-1.lab:9050'"), "OK");
  }
}

TEST(Sim13_05, StatementsThatNoVersionHasAreRefused) {
  for (const std::string& name : profile_names()) {
    Cluster c(name);
    for (const char* sql : {"alter system transfer leader",
                            "alter system transfer leader to 'fe-1.lab:9010'",
                            "alter system drop compute node 'cn-0.lab:9050' force",
                            "alter system decommission compute node 'cn-0.lab:9050'",
                            "alter system cancel decommission backend 'be-0.lab:9050'",
                            "alter system",
                            "alter system drop follower 'fe-1.lab:9010' force",
                            "show fault",
                            "set fault 'x'"}) {
      EXPECT_TRUE(c.run(sql).starts_with(kErr + "Getting syntax error")) << name << ": " << sql;
    }
  }
}

struct Since {
  const char* sql;
  const char* first;   ///< a version that knows the statement
  const char* before;  ///< the last version that does not
};

TEST(Sim13_05, AStatementIsUnknownBeforeTheVersionThatBringsIt) {
  const auto table = std::to_array<Since>({
      {"add backend blacklist 1", "3.3.0", "3.2.16"},
      {"show backend blacklist", "3.3.0", "3.2.16"},
      {"delete compute node blacklist 1", "main", "3.5.7"},
      {"show compute node blacklist", "main", "3.5.7"},
      {"show running queries", "3.1.4", "3.1.3"},
      {"kill query 'x'", "3.3.6", "3.3.5"},
      {"kill query 'x'", "3.1.15", "3.1.14"},
      {"show warehouses", "3.3.6", "3.3.5"},
      {"show warehouses", "3.2.0", "3.1.17"},
      {"show nodes from warehouses", "3.3.6", "3.3.5"},
      {"create warehouse w", "3.3.6", "3.3.5"},
      {"alter system add backend 'x:1' into warehouse default_warehouse", "3.3.6", "3.3.5"},
      {"alter system drop compute node 'x:1' from warehouse default_warehouse", "3.3.6", "3.3.5"},
      {"alter system add backend 'x:1' into warehouse default_warehouse cngroup g",
       "main",
       "3.5.7"},
      {"alter system modify backend 'x:1' set ('labels.location'='a:b')", "3.2.8", "3.2.7"},
  });
  for (const Since& row : table) {
    EXPECT_FALSE(Cluster(row.first).run(row.sql).starts_with(kErr + "Getting syntax")) << row.sql;
    EXPECT_TRUE(Cluster(row.before).run(row.sql).starts_with(kErr + "Getting syntax")) << row.sql;
  }
}

TEST(Sim13_06, InIpModeAddStoresTheResolvedIpAndDropByNameMisses) {
  Cluster c("3.3.15");
  c.fe.own.fqdn_mode = false;
  EXPECT_EQ(c.run("alter system add backend 'be-0.lab:9050'"), "OK");
  EXPECT_EQ(c.cell("show backends", 0, "IP"), "10.0.0.20");
  EXPECT_EQ(c.run("alter system drop backend 'be-0.lab:9050'"),
            kErr + "backend does not exists[be-0.lab:9050]");
  EXPECT_EQ(c.run("alter system decommission backend 'be-0.lab:9050'"),
            kErr + "Backend does not exist[be-0.lab:9050]");
  EXPECT_EQ(c.run("alter system drop backend '10.0.0.20:9050'"), "OK");
  EXPECT_EQ(c.run("alter system add follower 'fe-1.lab:9010'"), "OK");
  EXPECT_EQ(c.run("alter system drop follower 'fe-1.lab:9010'"),
            kErr + "frontend does not exist[fe-1.lab:9010]");
  EXPECT_EQ(c.run("alter system add backend 'gone.lab:9050'"),
            analysing("Unknown host: gone.lab: Temporary failure in name resolution"));
}

TEST(Sim13_06, InFqdnModeTheTextStaysAndBackendsNeedNotResolve) {
  Cluster c("3.5.7");
  EXPECT_EQ(c.run("alter system add backend 'gone.lab:9050'"), "OK");
  EXPECT_EQ(c.cell("show backends", 0, "IP"), "gone.lab");
  EXPECT_EQ(c.run("alter system add follower 'gone.lab:9010'"),
            kErr + "unknown fqdn host: gone.lab");
  EXPECT_EQ(c.run("alter system add follower '10.0.0.77:9010'"), "OK");
}

TEST(Sim13_06, AFrontendIsUniqueByHostAloneWhateverItsSpellingAndPort) {
  Cluster c("3.5.7");
  EXPECT_EQ(c.run("alter system add follower 'fe-1.lab:9010'"), "OK");
  const auto taken = [](const std::string& host) {
    return kErr + "FE with the same host: " + host + " already exists";
  };
  for (const char* same : {"fe-1.lab:9010", "fe-1.lab:9011", "fe-1:9010", "10.0.0.11:9010"}) {
    const std::string host = std::string(same).substr(0, std::string(same).rfind(':'));
    EXPECT_EQ(c.run("alter system add observer '" + std::string(same) + "'"), taken(host));
  }
  EXPECT_EQ(c.fe.catalog()->frontends.size(), 2U);
}

TEST(Sim13_07, DuplicatesAreWordedAsTheVersionWordsThem) {
  const auto table = std::to_array<std::pair<const char*, const char*>>(
      {{"3.1.5", "Unexpected exception: Same backend already exists[be-0.lab:9050]"},
       {"3.1.17",
        "Unexpected exception: Backend already exists with same host be-0.lab and port 9050"},
       {"3.2.16",
        "Unexpected exception: Backend already exists with same host be-0.lab and port 9050"},
       {"3.3.15", "Backend already exists with same host be-0.lab and port 9050"},
       {"main", "Backend already exists with same host be-0.lab and port 9050"}});
  for (const auto& [name, text] : table) {
    Cluster c(name);
    EXPECT_EQ(c.run("alter system add backend 'be-0.lab:9050'"), "OK");
    EXPECT_EQ(c.run("alter system add backend 'be-0.lab:9050'"), kErr + text) << name;
    EXPECT_EQ(c.run("alter system add compute node 'be-0.lab:9050'"), kErr + text) << name;
  }
}

TEST(Sim13_07, ABackendMayTakeAComputeNodesAddressOnlyBefore316) {
  for (const auto& [name, allowed] : {std::pair("3.1.5", true), std::pair("3.1.6", false)}) {
    Cluster c(name);
    EXPECT_EQ(c.run("alter system add compute node 'cn-0.lab:9050'"), "OK");
    EXPECT_EQ(c.run("alter system add backend 'cn-0.lab:9050'") == "OK", allowed) << name;
  }
}

TEST(Sim13_07, DropsOfFrontendsNameWhatIsWrong) {
  Cluster c("3.5.7");
  EXPECT_EQ(c.run("alter system add observer 'fe-1.lab:9010'"), "OK");
  EXPECT_EQ(c.run("alter system drop follower 'fe-1.lab:9010'"),
            kErr + "FOLLOWER does not exist[fe-1.lab:9010]");
  EXPECT_EQ(c.run("alter system drop observer 'fe-1.lab:9011'"),
            kErr + "frontend does not exist[fe-1.lab:9011]");
  EXPECT_EQ(c.run("alter system drop follower 'fe-0.lab:9010'"),
            kErr + "can not drop current master node.");
  EXPECT_EQ(c.run("alter system drop observer ' fe-1.lab : 9010 '"), "OK");
}

TEST(Sim13_07, ASingleReplicaTableBlocksADropUnlessForced) {
  for (const auto& [name, prefix] : {std::pair("3.2.16", "Unexpected exception: "),
                                     std::pair("3.3.2", "Unexpected exception: "),
                                     std::pair("3.3.3", ""),
                                     std::pair("3.5.7", "")}) {
    Cluster c(name);
    c.run("alter system add backend 'be-0.lab:9050'");
    c.alive(10001);
    c.run("create database d1");
    EXPECT_EQ(c.run("create table d1.t1 (k int) distributed by hash(k) buckets 3 "
                    "properties('replication_num'='1')"),
              "OK");
    EXPECT_EQ(c.run("alter system drop backend 'be-0.lab:9050'"),
              kErr + prefix +
                  "Tables such as [d1.t1] on the backend[be-0.lab:9050] have only one replica. To "
                  "avoid data loss, please change the replication_num of [d1.t1] to three. ALTER "
                  "SYSTEM DROP BACKEND <backends> FORCE can be used to forcibly drop the backend. ")
        << name;
    EXPECT_EQ(c.run("alter system drop backend 'be-0.lab:9050' force"), "OK");
  }
}

TEST(Sim13_07, UnknownWarehousesHaveTheCodeOfTheirLine) {
  for (const auto& [name, code] : {std::pair("3.3.15", "10001"),
                                   std::pair("3.4.5", "10001"),
                                   std::pair("3.5.7", "5901"),
                                   std::pair("main", "5901")}) {
    Cluster c(name);
    const std::string want = std::string(code) + "/42000 Warehouse name: w not exist.";
    EXPECT_EQ(c.run("alter system add backend 'x:1' into warehouse w"), want) << name;
    EXPECT_EQ(c.run("alter system drop compute node 'x:1' from warehouse w"), want) << name;
    EXPECT_EQ(c.run("create warehouse w"), kErr + "Multi-Warehouse is not implemented") << name;
  }
  EXPECT_EQ(Cluster("main").run("alter system add compute node 'x:1' into warehouse "
                                "default_warehouse cngroup g"),
            "5912/0A000 CNGroup feature not implemented");
}

TEST(Sim13_07, BadAddressesAreWordedAsTheVersionWordsThem) {
  EXPECT_EQ(Cluster("3.5.7").run("alter system add backend 'be-0.lab'"),
            analysing("Invalid host port: be-0.lab"));
  EXPECT_EQ(Cluster("3.5.7").run("alter system add follower ':9010'"), analysing("Host is null"));
  EXPECT_EQ(Cluster("3.1.17").run("alter system add backend 'be-0.lab'"),
            analysing("BACKEND host or port is wrong. Invalid host port: be-0.lab"));
  EXPECT_EQ(Cluster("3.2.16").run("alter system add observer 'fe-1.lab:70000'"),
            analysing("FRONTEND host or port is wrong. Encounter unknown exception: Getting "
                      "analyzing error. Detail message: Port is out of range: 70000."));
}

TEST(Sim13_07, ModifyHostResolvesBothNamesAndRefusesLiveMembers) {
  Cluster c("3.5.7");
  c.run("alter system add follower 'fe-1.lab:9010'");
  const std::string name = c.fe.catalog()->frontend("fe-1.lab", 9010)->name;
  c.fe.live_members = {name};
  EXPECT_EQ(c.run("alter system modify frontend host 'fe-1.lab' to 'fe-2.lab'"),
            kErr + "(JE 18.3.20) (JE 18.3.20) Can't update the network address for a live node.");
  c.fe.live_members.clear();
  EXPECT_EQ(c.run("alter system modify frontend host 'fe-1.lab' to 'gone.lab'"),
            analysing("unknown host gone.lab: Temporary failure in name resolution"));
  EXPECT_EQ(c.run("alter system modify frontend host 'fe-1.lab' to 'gone.lab'"),
            analysing("unknown host gone.lab"));
  EXPECT_EQ(c.run("alter system modify frontend host 'fe-1.lab' to 'fe-2.lab'"), "OK");
  EXPECT_NE(c.fe.catalog()->frontend("fe-2.lab", 9010), nullptr);
}

TEST(Sim13_08, ADropOfAListIsAtomicOnlyBefore336) {
  for (const auto& [name, left] : {std::pair("3.3.5", 1U),
                                   std::pair("3.3.6", 0U),
                                   std::pair("3.5.7", 0U),
                                   std::pair("main", 0U)}) {
    Cluster c(name);
    c.run("alter system add backend 'be-0.lab:9050'");
    EXPECT_EQ(c.run("alter system drop backend 'be-0.lab:9050', 'be-9.lab:9050'"),
              kErr + "backend does not exists[be-9.lab:9050]");
    EXPECT_EQ(c.fe.catalog()->nodes.size(), left) << name;
  }
}

TEST(Sim13_08, TwinsInsideOneAddBecomeTwoRowsAndEachDropTakesOne) {
  Cluster c("3.5.7");
  EXPECT_EQ(c.run("alter system add backend 'be-0.lab:9050', 'be-0.lab:9050'"), "OK");
  EXPECT_EQ(c.run("show backends"), "ROWS 2");
  EXPECT_EQ(c.run("alter system drop backend 'be-0.lab:9050'"), "OK");
  EXPECT_EQ(c.run("show backends"), "ROWS 1");
  EXPECT_EQ(c.run("alter system drop backend 'be-0.lab:9050'"), "OK");
  EXPECT_EQ(Cluster("3.3.15").run("alter system add compute node 'x:1', 'x:1'"),
            kErr + "Compute node already exists with same host x and port 1");
}

TEST(Sim13_08, ARefusedPairOfAnAddAddsNone) {
  Cluster c("3.5.7");
  c.run("alter system add backend 'be-0.lab:9050'");
  EXPECT_TRUE(c.run("alter system add backend 'be-1.lab:9050', 'be-0.lab:9050'").starts_with(kErr));
  EXPECT_EQ(c.run("show backends"), "ROWS 1");
}

const std::string kHint =
    " privilege(s) on SYSTEM for this operation. Please ask the admin to grant permission(s) or "
    "try activating existing roles using <set [default] role>. Current role(s): ";

TEST(Sim13_09, ClusterAdminMaySeeAndChangeNodesButNotShowProc) {
  Cluster c("3.5.7");
  EXPECT_EQ(c.run("create user u identified by 'pw'; grant cluster_admin to u; "
                  "set default role cluster_admin to u"),
            "OK");
  c.become("u");
  EXPECT_EQ(c.run("show frontends"), "ROWS 1");
  EXPECT_EQ(c.run("alter system add backend 'be-0.lab:9050'"), "OK");
  EXPECT_EQ(c.run("show proc '/frontends'"),
            "5203/42000 Access denied; you need (at least one of) "
            "the OPERATE" +
                kHint + "[cluster_admin]. Inactivated role(s): NONE.");
}

TEST(Sim13_09, AGrantedRoleCountsOnlyWhenActive) {
  Cluster c("3.5.7");
  c.run("create user u identified by 'pw'; grant cluster_admin to u");
  c.become("u");
  EXPECT_EQ(c.run("show frontends"),
            "5203/42000 Access denied; you need (at least one of) the "
            "OPERATE OR NODE" +
                kHint + "NONE. Inactivated role(s): [cluster_admin].");
  EXPECT_EQ(c.run("set role all"), "OK");
  EXPECT_EQ(c.run("show frontends"), "ROWS 1");
}

TEST(Sim13_09, NodeCannotBeGrantedAndAPlainRightNeedsNoActivation) {
  Cluster c("3.5.7");
  c.run("create user u identified by 'pw'");
  EXPECT_EQ(c.run("grant node on system to u"),
            analysing("Operation not permitted, 'NODE' cannot be granted to user or role "
                      "directly, use built-in role instead"));
  EXPECT_EQ(c.run("grant operate on system to u"), "OK");
  c.become("u");
  EXPECT_EQ(c.run("show proc '/frontends'"), "ROWS 1");
  EXPECT_TRUE(c.run("alter system drop backend 'x:1'").starts_with("5203/42000 "));
}

TEST(Sim13_09, TheRefusalHasTheCodeAndWordsOfItsVersion) {
  const auto table = std::to_array<std::pair<const char*, const char*>>(
      {{"3.1.0",
        "1227/42000 Access denied; you need (at least one of) the OPERATE/NODE "
        "privilege(s) for this operation"},
       {"3.1.17",
        "1252/42000 Access denied; you need (at least one of) the OPERATE/NODE "
        "privilege(s) on SYSTEM for this operation"}});
  for (const auto& [name, text] : table) {
    Cluster c(name);
    c.run("create user u identified by 'pw'");
    c.become("u");
    EXPECT_EQ(c.run("show backends"), text) << name;
  }
}

}  // namespace
}  // namespace srsim::testing
