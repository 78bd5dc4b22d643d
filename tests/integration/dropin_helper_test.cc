#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "dropin_lab.h"
#include "fe_lab.h"
#include "kube_lab.h"
#include "leave_lab.h"
#include "test_certs.h"
#include "worker_lab.h"

/// The helpers `register` and `offline` of the early CN guide, by their wrappers. S33, S41.
namespace podlab {
namespace {

using srsim::SimNode;

/// A CN of a Deployment: started by its own start script, known by its address.
srsim::NodeSpec bare_cn(PodNet& net, int ordinal) {
  const Pod& pod = net.cn(ordinal);
  srsim::NodeSpec out{pod.ip(), pod.ip(), root_of(pod), "cn", {}};
  out.env = {{"SR_SIM_IP", pod.ip()},
             {"SR_SIM_DNS", net.dns().address()},
             {"SR_SIM_TIME_SCALE", "5"},
             {"SR_SIM_CONTROL", pod.ip() + ":7070"}};
  return out;
}

/// The environment of the guide, and nothing that the operator sets.
void as_helper(Pod& pod, const std::string& addresses) {
  install_helpers(pod);
  for (const std::string name : {"HOST_TYPE", "POD_FQDN", "SR_AGENT_FE_COUNT"})
    pod.unset_env(name);
  pod.set_env("FE_ADDRS", addresses);
  pod.set_env("FE_USR", "root");
  pod.set_env("FE_PWD", "secret");
  pod.set_env("CN_PORT", "9050");
}

int rows_of_cn(const SimNode& fe, const std::string& host) {
  const auto list = fe.sql(kComputeNodes);
  int out = 0;
  for (const auto& row : list.rows)
    out += srsim::cell(row, "IP") == host ? 1 : 0;
  return list.ok ? out : -1;
}

class S33_Register : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(found(fe));
    ASSERT_TRUE(fe.sql("SET PASSWORD = PASSWORD('secret')").ok);
  }
  /// The list as the user of the helper sees it.
  int listed(const std::string& host) {
    const auto words = "MYSQL_PWD=secret mysql -h " + fe.ip() +
                       " -P 9030 -u root -N -e 'SHOW COMPUTE NODES' 2>/dev/null | grep -cw " + host;
    FILE* pipe = popen(words.c_str(), "r");
    std::array<char, 32> line{};
    const bool read = std::fgets(line.data(), line.size(), pipe) != nullptr;
    pclose(pipe);
    return read ? static_cast<int>(std::strtol(line.data(), nullptr, 10)) : -1;
  }

  OperatorNet net;
  SimNode fe{bare_fe(net, 0)};
};

TEST_F(S33_Register, WaitsForTheCnThenAddsItsAddressAndStaysUntilTerm) {
  auto& pod = net.cn(0);
  as_helper(pod, net.ip_of("fe", 1) + ":9030," + fe.ip() + ":9030");
  pod.start_command({root_of(pod) + "/register"});
  EXPECT_TRUE(wait_until([&] { return said(pod, "waits for the CN"); })) << pod.console();
  EXPECT_EQ(listed(pod.ip()), 0);
  SimNode cn(bare_cn(net, 0));
  cn.start();
  EXPECT_TRUE(wait_until([&] { return listed(pod.ip()) == 1; })) << pod.console();
  const auto [code, text] = pod.verb({"status"});
  EXPECT_EQ(code, 0) << text;
  EXPECT_NE(text.find(pod.ip()), std::string::npos) << text;
  EXPECT_TRUE(pod.running());
  pod.signal(SIGTERM);
  EXPECT_EQ(pod.wait_exit(), 0) << pod.console();
  EXPECT_EQ(listed(pod.ip()), 1) << "no drop at the end";
  EXPECT_EQ(pod.console().find("secret"), std::string::npos);
}

TEST_F(S33_Register, WithAllAddressesWrongTheStatusListsEachWithItsError) {
  auto& pod = net.cn(0);
  const auto silent = net.ip_of("fe", 1);
  as_helper(pod, silent + ":9030,no-such-name:9030");
  SimNode cn(bare_cn(net, 0));
  cn.start();
  pod.start_command({root_of(pod) + "/register"});
  EXPECT_TRUE(wait_until([&] {
    const auto text = pod.verb({"status"}).second;
    return text.find(silent + ":9030: ") != std::string::npos &&
           text.find("no-such-name: ") != std::string::npos;
  })) << pod.verb({"status"}).second;
  EXPECT_TRUE(pod.running());
}

TEST_F(S33_Register, WithoutFeAddrsIsOne) {
  auto& pod = net.cn(0);
  as_helper(pod, "");
  pod.start_command({root_of(pod) + "/register"});
  EXPECT_EQ(pod.wait_exit(), 1) << pod.console();
  EXPECT_TRUE(said(pod, "FE_ADDRS")) << pod.console();
}

/// CN 0 and CN 1 listed by address; CN 1 and its pod are gone for long. A third row is of a port of
/// another group, a fourth of a node with a name.
class S41_Offline : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(found(fe));
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(fe.sql("ALTER SYSTEM ADD COMPUTE NODE \"" + net.ip_of("cn", i) + ":9050\"").ok);
      net.cn(i);
    }
    ASSERT_TRUE(fe.sql("ALTER SYSTEM ADD COMPUTE NODE \"" + net.ip_of("cn", 2) + ":9051\"").ok);
    zero.start();
    one.start();
    ASSERT_TRUE(wait_until([&] { return alive(0) && alive(1); }));
    one.kill_now();
    ASSERT_TRUE(wait_until([&] { return !alive(1); }, milliseconds(120000)));
    ASSERT_TRUE(api.up());
    as_helper(helper, fe.ip() + ":9030");
    helper.set_env("FE_PWD", "");
    helper.set_env("CN_NS", "ns");
    helper.set_env("CN_NAME", "cn");
    helper.set_env("KUBERNETES_SERVICE_HOST", helper.ip());
    helper.set_env("SR_AGENT_KUBERNETES__PORT", "6443");
    helper.set_env("SR_AGENT_KUBERNETES__ACCOUNT_DIR", root_of(helper) + "/account");
  }
  bool alive(int ordinal) {
    const auto list = fe.sql(kComputeNodes);
    return srsim::cell(list.row("IP", net.ip_of("cn", ordinal)), "Alive") == "true";
  }
  std::pair<int, std::string> offline() { return helper.command({root_of(helper) + "/offline"}); }

  OperatorNet net;
  SimNode fe{bare_fe(net, 0)};
  SimNode zero{bare_cn(net, 0)};
  SimNode one{bare_cn(net, 1)};
  Pod& helper{net.be(2)};
  KubeApi api{root_of(helper) + "/account", helper.ip()};
};

TEST_F(S41_Offline, DropsNothingBeforeFiveMinutesNorWithoutAListOfPodsThenTheDeadOneAlone) {
  api.pods({net.ip_of("cn", 0)});
  auto told = offline();
  EXPECT_EQ(told.first, 0) << told.second;
  EXPECT_EQ(rows_of_cn(fe, net.ip_of("cn", 1)), 1) << "dead for less than five minutes";
  // 300 s of the FE's own clock, which runs five times as fast.
  ASSERT_TRUE(wait_until(
      [&] {
        const auto dropped = offline();
        return dropped.first == 0 && rows_of_cn(fe, net.ip_of("cn", 1)) == 0;
      },
      milliseconds(150000)));
  EXPECT_EQ(rows_of_cn(fe, net.ip_of("cn", 0)), 1);
  EXPECT_EQ(rows_of_cn(fe, net.ip_of("cn", 2)), 1) << "another group's port";
  EXPECT_NE(api.asked().find("labelSelector=app%3Dcn%2Ctier%3Dx%20y"), std::string::npos)
      << api.asked();
  told = offline();
  EXPECT_EQ(told.first, 0) << told.second;
}

TEST_F(S41_Offline, AnEmptyCutOrRefusedListOfPodsIsOneAndDropsNothing) {
  api.pods({});
  EXPECT_EQ(offline().first, 1);
  api.pods({net.ip_of("cn", 0)}, "next page");
  EXPECT_EQ(offline().first, 1);
  api.no_pods();
  auto told = offline();
  EXPECT_EQ(told.first, 1);
  EXPECT_NE(told.second.find("HTTP 404"), std::string::npos) << told.second;
  write_text(root_of(helper) + "/account/ca.crt", testcerts::Authority("other").pem());
  api.pods({net.ip_of("cn", 0)});
  told = offline();
  EXPECT_EQ(told.first, 1) << told.second;
  EXPECT_EQ(rows_of_cn(fe, net.ip_of("cn", 1)), 1);
}

}  // namespace
}  // namespace podlab
