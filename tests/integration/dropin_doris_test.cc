#include <filesystem>

#include <gtest/gtest.h>

#include "dropin_lab.h"
#include "fe_lab.h"
#include "leave_lab.h"
#include "worker_lab.h"

/// Names that users of the Doris operator know, by the wrappers: docs/drop-in.md section 15.
namespace podlab {
namespace {

namespace fs = std::filesystem;
using srsim::SimNode;

/// The file in which the kubelet shows the pod's annotations.
void annotate(Pod& pod, const std::string& lines) {
  const auto path = root_of(pod) + "/podinfo";
  write_text(path, lines);
  pod.set_env("SR_AGENT_NODE__ANNOTATIONS_FILE", path);
}

TEST(DropIn_Doris, TheDebugAnnotationsKeepTheServerDownAndTheOneThatNeverMatchedDoesNot) {
  OperatorNet net;
  for (const std::string key : {"selectdb.com.doris/runmode", "apache.org.doris/runmode"}) {
    auto& be = net.be(0);
    as_operator(be);
    annotate(be, key + "=\"debug\"\n");
    start_as_operator(be, "be");
    EXPECT_TRUE(be.wait_reason("held")) << be.console();
    EXPECT_EQ(status_of(be)["hold"]["source"], "annotation");
    EXPECT_EQ(probe(be, "/livez"), 200);
    EXPECT_EQ(server_starts(be), 0);
    be.kill_container();
  }
  auto& be = net.be(1);
  as_operator(be);
  annotate(be, "apache.com.doris/runmode=\"debug\"\n");
  start_as_operator(be, "be");
  EXPECT_TRUE(wait_healthy(be)) << be.console();
}

/// An FE whose root has a password, and which knows the user `agent` as well.
void guard(SimNode& fe) {
  ASSERT_TRUE(found(fe));
  ASSERT_TRUE(fe.sql("CREATE USER 'agent' IDENTIFIED BY 'secret' DEFAULT ROLE cluster_admin").ok);
  ASSERT_TRUE(fe.sql("SET PASSWORD = PASSWORD('of root')").ok);
}

/// A mounted authSecret, at a path that a lab may write to.
std::string auth_secret(Pod& pod, const std::string& user) {
  auto mount = root_of(pod) + "/etc/basic_auth";
  fs::create_directories(mount);
  write_text(mount + "/username", user + "\n");
  write_text(mount + "/password", "secret\n");
  pod.set_env("SR_AGENT_SQL__AUTH_DIR", mount);
  pod.set_env("USER", "somebody");
  pod.set_env("PASSWD", "else");
  return mount;
}

TEST(DropIn_Doris, TheFilesOfAnAuthSecretAreReadWhereTheyAreMounted) {
  OperatorNet net;
  SimNode fe(bare_fe(net, 0));
  guard(fe);
  auto& be = net.be(0);
  as_operator(be);
  const auto mount = auth_secret(be, "agent");
  start_as_operator(be, "be");
  EXPECT_TRUE(wait_healthy(be)) << be.console();
  EXPECT_TRUE(wait_until([&] { return status_of(be)["row"]["alive"] == "yes"; })) << be.console();
  EXPECT_EQ(be.console().find("secret"), std::string::npos);
  const auto shown = be.verb({"config", "show", "--origin"});
  EXPECT_NE(shown.second.find(mount + "/password"), std::string::npos) << shown.second;
  EXPECT_NE(shown.second.find("found in sql.auth_dir"), std::string::npos) << shown.second;
}

TEST(DropIn_Doris, WhatTheAgentIsToldItselfWinsOverAnAuthSecret) {
  OperatorNet net;
  SimNode fe(bare_fe(net, 0));
  guard(fe);
  auto& be = net.be(0);
  as_operator(be);
  auth_secret(be, "nobody");
  be.set_env("MYSQL_PWD", "of root");
  start_as_operator(be, "be");
  EXPECT_TRUE(wait_until([&] { return status_of(be)["row"]["alive"] == "yes"; })) << be.console();
}

TEST(DropIn_Doris, OtherNamesOfItsContainersChangeNothing) {
  OperatorNet net{2};
  for (int i = 0; i < 2; ++i) {
    auto& fe = net.fe(i);
    as_operator(fe);
    for (const auto& [name, value] :
         std::map<std::string, std::string>{{"DNS_READY_TIMEOUT", "1"},
                                            {"SKIP_CHECK_ULIMIT", "true"},
                                            {"USER", "nobody"},
                                            {"PASSWD", "wrong"}})
      fe.set_env(name, value);
    annotate(fe, "selectdb.com.doris/recovery=\"true\"\n");
    start_as_operator(fe, "fe");
  }
  EXPECT_TRUE(net.wait_frontends(2)) << net.fe(0).console();
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
  const auto list = net.frontends(0);
  EXPECT_EQ(srsim::cell(list.row("IP", net.fe(1).fqdn()), "Role"), "FOLLOWER");
  EXPECT_NE(status_of(net.fe(1))["warnings"].dump().find("doris/recovery: nothing is done by it"),
            std::string::npos)
      << "how a person recovers is said";
}

TEST(DropIn_Doris, FesBeyondTheNumberOfElectorsJoinAsObservers) {
  OperatorNet net{2};
  for (int i = 0; i < 2; ++i) {
    as_operator(net.fe(i));
    net.fe(i).set_env("ELECT_NUMBER", "1");
    net.fe(i).set_env("DNS_READY_INTERVAL", "1");
    start_as_operator(net.fe(i), "fe");
  }
  ASSERT_TRUE(net.wait_frontends(2)) << net.fe(1).console();
  const auto list = net.frontends(0);
  EXPECT_EQ(srsim::cell(list.row("IP", net.fe(0).fqdn()), "Role"), "LEADER");
  EXPECT_EQ(srsim::cell(list.row("IP", net.fe(1).fqdn()), "Role"), "OBSERVER");
}

TEST(DropIn_Doris, AMemberKeepsItsRoleWhateverTheNumberOfElectorsSays) {
  OperatorNet net{2};
  for (int i = 0; i < 2; ++i) {
    as_operator(net.fe(i));
    start_as_operator(net.fe(i), "fe");
  }
  ASSERT_TRUE(net.wait_frontends(2) && wait_sealed(net.fe(1))) << net.fe(1).console();
  net.fe(1).kill_container();
  net.fe(1).set_env("ELECT_NUMBER", "1");
  start_as_operator(net.fe(1), "fe");
  EXPECT_TRUE(wait_probe(net.fe(1), "/readyz", 200, "")) << net.fe(1).console();
  EXPECT_EQ(srsim::cell(net.frontends(0).row("IP", net.fe(1).fqdn()), "Role"), "FOLLOWER");
}

}  // namespace
}  // namespace podlab
