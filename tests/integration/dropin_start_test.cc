#include <filesystem>

#include <gtest/gtest.h>

#include "dropin_lab.h"
#include "fe_lab.h"
#include "leave_lab.h"
#include "worker_lab.h"

/// The entrypoint wrappers, started as the official operator starts them. Each test is a part of
/// the contract in docs/drop-in.md.
namespace podlab {
namespace {

namespace fs = std::filesystem;
using srsim::SimNode;

/// Waits for the words by which the server itself was started, not those of its script.
std::string words_of_server(const Pod& pod) {
  wait_until([&] {
    const auto words = server_words(pod);
    return words.find("StarRocksFE") != std::string::npos || words.find("starrocks_be") == 0;
  });
  return server_words(pod);
}

TEST(DropIn_Entrypoint, ThreeFesABeAndACnComeUpWithTheOperatorsCommandAndEnvironment) {
  OperatorNet net{3};
  for (int i = 0; i < 3; ++i) {
    as_operator(net.fe(i));
    start_as_operator(net.fe(i), "fe");
  }
  as_operator(net.be(0));
  as_operator(net.cn(0));
  start_as_operator(net.be(0), "be");
  start_as_operator(net.cn(0), "cn");
  ASSERT_TRUE(net.wait_frontends(3)) << net.fe(0).console();
  EXPECT_TRUE(net.wait_worker("be", 0)) << net.be(0).console();
  EXPECT_TRUE(net.wait_worker("cn", 0)) << net.cn(0).console();
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
  for (int i = 0; i < 3; ++i) {
    EXPECT_NE(words_of_server(net.fe(i)).find("-host_type FQDN"), std::string::npos);
    EXPECT_TRUE(wait_healthy(net.fe(i), 8030)) << "what the operator's probes ask";
    EXPECT_FALSE(said(net.fe(i), "SR_AGENT_FE_SERVICE")) << net.fe(i).console();
  }
  const auto& joiner = net.fe(1);
  EXPECT_NE(words_of_server(joiner).find("-helper kube-fe-0."), std::string::npos);
  EXPECT_EQ(count_in_audit(net.fe(0), "ALTER SYSTEM ADD BACKEND \"" + net.be(0).fqdn() + ":9050\""),
            1)
      << net.fe(0).file("log/fe.audit.log");
}

TEST(DropIn_Entrypoint, ABeStartsBeforeAnyFeIsThereAndRegistersBesideIt) {
  OperatorNet net;
  auto& be = net.be(0);
  as_operator(be);
  start_as_operator(be, "be");
  EXPECT_TRUE(wait_healthy(be)) << be.console();
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  EXPECT_TRUE(net.wait_worker("be", 0)) << be.console();
  EXPECT_EQ(status_of(be)["server"]["starts"], 1);
}

TEST(DropIn_Entrypoint, RunsFromACopyOfTheRootThatStarrocksRootNames) {
  OperatorNet net;
  auto& be = net.be(0);
  as_operator(be);
  const auto copy = root_of(be) + "/elsewhere";
  fs::create_directories(copy);
  const auto cp = "cp -r " + root_of(be) + "/be " + root_of(be) + "/*.sh " + copy;
  ASSERT_EQ(std::system(cp.c_str()), 0);
  be.set_env("STARROCKS_ROOT", copy);
  be.start_command({copy + "/be_entrypoint.sh", "kube-fe-service"});
  EXPECT_TRUE(wait_healthy(be)) << be.console();
  EXPECT_NE(read_text(copy + "/be/bin/be.pid"), "");
  EXPECT_EQ(be.file("bin/be.pid"), "");
  be.signal(SIGTERM);
  EXPECT_EQ(be.wait_exit(), 143) << be.console();
}

TEST(DropIn_Entrypoint, OfTheChartsScriptIsProcessOneByExec) {
  OperatorNet net;
  auto& be = net.be(0);
  as_operator(be);
  const auto script = root_of(be) + "/entrypoint.sh";
  write_text(script,
             "#!/bin/bash\nexec " + wrapper(be, "be", "entrypoint") + " $FE_SERVICE_NAME\n");
  fs::permissions(script, fs::perms{0755});
  be.start_command({"/bin/bash", "-c", script});
  EXPECT_TRUE(wait_healthy(be)) << be.console();
  EXPECT_NE(command_line(be.pid()).find("sr-agent run be kube-fe-service "), std::string::npos)
      << command_line(be.pid());
  be.signal(SIGTERM);
  EXPECT_EQ(be.wait_exit(), 143) << be.console();
}

/// The operator's warehouse resource: CNs of its own, named by a variable. S30, S35.
TEST(DropIn_Environment, AWarehouseIsMadeTheCnStandsInItAndLeavesItForGood) {
  OperatorNet net{1, "main"};
  SimNode fe(warehouse_fe(net));
  ASSERT_TRUE(found(fe));
  auto& cn = net.cn(0);
  as_operator(cn);
  cn.set_env("KUBE_STARROCKS_MULTI_WAREHOUSE", "reports");
  start_as_operator(cn, "cn");
  ASSERT_TRUE(net.wait_worker("cn", 0) && wait_settled(cn)) << cn.console();
  EXPECT_EQ(row_cell(net, kComputeNodes, cn.fqdn(), "WarehouseName"), "reports");
  const auto [code, text] = cn.verb({"drain", "--for-good"});
  EXPECT_EQ(code, 0) << text << cn.console();
  EXPECT_EQ(rows(net, kComputeNodes, cn.fqdn()), 0);
  const auto told = net.fe(0).file("log/fe.audit.log");
  EXPECT_NE(told.find("DROP COMPUTE NODE \"" + cn.fqdn() + ":9050\" FROM WAREHOUSE `reports`"),
            std::string::npos)
      << told;
}

TEST(DropIn_Arguments, NoServiceAnywhereIsUsageAndOne) {
  OperatorNet net;
  for (const std::string kind : {"fe", "be", "cn"}) {
    auto& pod = kind == "fe" ? net.fe(0) : kind == "be" ? net.be(0) : net.cn(0);
    as_operator(pod);
    pod.unset_env("FE_SERVICE_NAME");
    start_wrapper(pod, kind, {});
    EXPECT_EQ(pod.wait_exit(), 1) << pod.console();
    EXPECT_TRUE(said(pod, "usage: sr-agent run")) << pod.console();
  }
}

TEST(DropIn_Arguments, FeServiceNameFillsAMissingArgumentAndMoreThanOneIsAWarning) {
  OperatorNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  auto& be = net.be(0);
  as_operator(be);
  start_wrapper(be, "be", {});
  EXPECT_TRUE(net.wait_worker("be", 0)) << be.console();
  auto& other = net.be(1);
  as_operator(other);
  start_wrapper(other, "be", {"nobody," + fe.ip() + ":9030", "more"});
  EXPECT_TRUE(net.wait_worker("be", 1)) << other.console();
  EXPECT_TRUE(said(other, "expected role and service only, found more")) << other.console();
}

TEST(DropIn_Arguments, ARoleThatContradictsTheScriptsNameIsConfigInvalid) {
  OperatorNet net;
  auto& be = net.be(0);
  as_operator(be);
  be.set_env("COMPONENT_NAME", "fe");
  start_as_operator(be, "be");
  EXPECT_EQ(be.wait_exit(), 2) << be.console();
  EXPECT_NE(be.termination_message().find("config_invalid"), std::string::npos)
      << be.termination_message();
  EXPECT_EQ(be.server_pid(), 0);
}

TEST(DropIn_Environment, LinksThatHideAPortAreIgnoredWithAWarningAndThePasswordIsNotPassedOn) {
  OperatorNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  ASSERT_TRUE(fe.sql("SET PASSWORD = PASSWORD('secret')").ok);
  auto& be = net.be(0);
  as_operator(be);
  be.set_env("FE_QUERY_PORT", "tcp://10.96.0.10:9030");
  be.set_env("MYSQL_PWD", "secret");
  be.set_env("TZ", "Asia/Shanghai");
  start_as_operator(be, "be");
  EXPECT_TRUE(wait_settled(be)) << be.console();
  EXPECT_TRUE(said(be, "FE_QUERY_PORT: ignored")) << be.console();
  const auto env = server_environment(be);
  EXPECT_EQ(env.find("secret"), std::string::npos);
  EXPECT_EQ(env.find("\nSR_AGENT_"), std::string::npos) << env;
  EXPECT_NE(env.find("\nTZ=Asia/Shanghai\n"), std::string::npos) << env;
  EXPECT_EQ(be.console().find("secret"), std::string::npos);
}

TEST(DropIn_Environment, LogConsoleAndObserverReachTheServer) {
  OperatorNet net;
  as_operator(net.fe(0));
  start_as_operator(net.fe(0), "fe");
  ASSERT_TRUE(net.wait_frontends(1)) << net.fe(0).console();
  net.serve_name("fe", 1, true);
  auto& observer = net.fe(1);
  as_operator(observer);
  observer.set_env("IS_FE_OBSERVER", "true");
  observer.set_env("LOG_CONSOLE", "1");
  start_as_operator(observer, "fe");
  ASSERT_TRUE(net.wait_frontends(2)) << observer.console();
  EXPECT_EQ(srsim::cell(net.frontends(0).row("IP", observer.fqdn()), "Role"), "OBSERVER");
  EXPECT_NE(server_environment(observer).find("\nSYS_LOG_TO_CONSOLE=1\n"), std::string::npos);
}

TEST(DropIn_Environment, WithoutHostTypeTheAddressIsUsedAsByTheStockScripts) {
  OperatorNet net;
  auto& fe = net.fe(0);
  as_operator(fe);
  fe.unset_env("HOST_TYPE");
  start_as_operator(fe, "fe");
  ASSERT_TRUE(net.wait_frontends(1)) << fe.console();
  EXPECT_FALSE(net.frontends(0).row("IP", fe.ip()).empty());
  EXPECT_TRUE(said(fe, "looks like one of a StatefulSet")) << fe.console();
}

}  // namespace
}  // namespace podlab
