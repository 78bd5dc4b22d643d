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

TEST(DropIn_Doris, TheFilesOfAnAuthSecretAreReadByTheirSetting) {
  OperatorNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  ASSERT_TRUE(fe.sql("CREATE USER 'agent' IDENTIFIED BY 'secret' DEFAULT ROLE cluster_admin").ok);
  ASSERT_TRUE(fe.sql("SET PASSWORD = PASSWORD('of root')").ok);
  auto& be = net.be(0);
  as_operator(be);
  const auto mount = root_of(be) + "/etc/basic_auth";
  fs::create_directories(mount);
  write_text(mount + "/password", "secret\n");
  be.set_env("SR_AGENT_PASSWORD_FILE", mount + "/password");
  be.set_env("SR_AGENT_USER", "agent");
  be.set_env("USER", "somebody");
  be.set_env("PASSWD", "else");
  start_as_operator(be, "be");
  EXPECT_TRUE(wait_healthy(be)) << be.console();
  EXPECT_TRUE(wait_until([&] { return status_of(be)["row"]["alive"] == "yes"; })) << be.console();
  EXPECT_EQ(be.console().find("secret"), std::string::npos);
}

TEST(DropIn_Doris, OtherNamesOfItsContainersChangeNothing) {
  OperatorNet net{2};
  for (int i = 0; i < 2; ++i) {
    auto& fe = net.fe(i);
    as_operator(fe);
    for (const auto& [name, value] :
         std::map<std::string, std::string>{{"ELECT_NUMBER", "1"},
                                            {"DNS_READY_TIMEOUT", "1"},
                                            {"DNS_READY_INTERVAL", "1"},
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
}

TEST(DropIn_Doris, TheNumberOfElectorsIsTheCountOfFesAndObserversAreNamed) {
  OperatorNet net{2};
  for (int i = 0; i < 2; ++i)
    as_operator(net.fe(i));
  net.fe(1).set_env("SR_AGENT_FE__OBSERVER", "true");
  for (int i = 0; i < 2; ++i)
    start_as_operator(net.fe(i), "fe");
  ASSERT_TRUE(net.wait_frontends(2)) << net.fe(1).console();
  EXPECT_EQ(srsim::cell(net.frontends(0).row("IP", net.fe(1).fqdn()), "Role"), "OBSERVER");
}

}  // namespace
}  // namespace podlab
