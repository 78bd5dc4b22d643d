#include <signal.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "fe_lab.h"

/// FEs with empty volumes and nobody, or nobody certain, in sight: S01, S03, S04, S06, S22.
namespace podlab {
namespace {

namespace fs = std::filesystem;

int live_status(const Pod& pod) {
  int status = 0;
  static_cast<void>(pod.agent("/livez", &status));
  return status;
}

TEST(S01_FirstInstallCountKnown, PodZeroFoundsAndTheOthersJoin) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(0).console();
  const auto list = net.frontends();
  EXPECT_EQ(list.rows.size(), 3U);
  EXPECT_EQ(leaders(list), 1);
  EXPECT_EQ(srsim::cell(list.row("IP", net.fe(0).fqdn()), "Role"), "LEADER");
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
  const auto journal = net.fe(0).file("meta/.sr-agent/journal");
  EXPECT_NE(journal.find("\"29\""), std::string::npos) << journal;
  EXPECT_EQ(net.fe(1).file("meta/.sr-agent/journal").find("Found"), std::string::npos);
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(wait_until([&] { return fs::exists(net.fe(i).state() + "/certificate"); })) << i;
}

TEST(S01_FirstInstallCountKnown, NothingIsFoundedWhileAnOrdinalBelowTheCountIsMissing) {
  PodNet net;
  net.fe(0).start();
  net.fe(1).start();
  ASSERT_TRUE(net.fe(0).wait_reason("waiting_for_peers")) << net.fe(0).console();
  ASSERT_TRUE(looks_on(net.fe(0)));
  EXPECT_FALSE(has_metadata(net.fe(0)));
  EXPECT_EQ(net.fe(0).server_pid(), 0);
  net.fe(2).start();
  EXPECT_TRUE(net.wait_frontends(3)) << net.fe(0).console();
}

TEST(S03_SilenceIsNotAbsence, AListedButMutePeerIsNeverTakenForAbsent) {
  PodNet net;
  net.fe(0).start();
  ASSERT_TRUE(net.fe(0).wait_reason("waiting_for_peers"));
  ASSERT_TRUE(looks_on(net.fe(0)));
  EXPECT_EQ(live_status(net.fe(0)), 200);
  EXPECT_NE(net.fe(0).status("detail").find(net.ip_of("fe", 1)), std::string::npos);
  const auto explained = net.fe(0).verb({"explain"});
  EXPECT_EQ(explained.first, 0) << explained.second;
  EXPECT_NE(explained.second.find("waiting_for_peers"), std::string::npos);
  EXPECT_FALSE(has_metadata(net.fe(0)));
  // The startup probe of the kubelet restarts the container: that proves nothing either.
  net.fe(0).kill_container();
  net.fe(0).start();
  ASSERT_TRUE(net.fe(0).wait_reason("waiting_for_peers"));
  ASSERT_TRUE(looks_on(net.fe(0)));
  EXPECT_FALSE(has_metadata(net.fe(0)));
}

TEST(S03_SilenceIsNotAbsence, ADeadNameServerIsUnknownAndHealsByItself) {
  PodNet net;
  net.dns().stop();
  for (int i = 0; i < 3; ++i)
    net.fe(i).start();
  ASSERT_TRUE(net.fe(0).wait_reason("dns_not_ready"));
  ASSERT_TRUE(looks_on(net.fe(0)));
  EXPECT_FALSE(has_metadata(net.fe(0)));
  EXPECT_EQ(live_status(net.fe(0)), 200);
  net.dns().start();
  EXPECT_TRUE(net.wait_frontends(3)) << net.fe(0).console();
}

TEST(S03_SilenceIsNotAbsence, NamesThatDoNotExistNeverFoundWithAKnownCount) {
  PodNet net({.all_names = false});
  net.serve_name("fe", 0, true);
  net.fe(0).start();
  ASSERT_TRUE(net.fe(0).wait_reason("waiting_for_peers"));
  ASSERT_TRUE(looks_on(net.fe(0)));
  EXPECT_FALSE(has_metadata(net.fe(0)));
  EXPECT_NE(net.fe(0).status("detail").find("kube-fe-1"), std::string::npos);
}

TEST(S04_RefusedLogin, ProvesAClusterAndTheRightPasswordJoinsWithoutARestart) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3));
  net.fe(0).kill_container();
  ASSERT_TRUE(wait_until([&] { return net.frontends(1).ok && leaders(net.frontends(1)) == 1; }));
  ASSERT_TRUE(wait_until([&] { return net.fe(1).sql("SET PASSWORD = PASSWORD('pw')").ok; }));
  const auto ids = net.cluster_ids_on_disk();
  net.fe(0).lose_volume();
  const auto secret = net.fe(0).home() + "/password";
  net.fe(0).set_env("SR_AGENT_PASSWORD_FILE", secret);
  { std::ofstream{secret} << "wrong\n"; }
  net.fe(0).start();
  ASSERT_TRUE(net.fe(0).wait_reason("auth_failed")) << net.fe(0).console();
  EXPECT_FALSE(has_metadata(net.fe(0)));
  const auto pid = net.fe(0).pid();
  { std::ofstream{secret} << "pw\n"; }
  EXPECT_TRUE(wait_until(
      [&] {
        return net.cluster_ids_on_disk().size() == 1 &&
               fs::exists(net.fe(0).meta() + "/image/VERSION");
      },
      milliseconds(90000)))
      << net.fe(0).console();
  EXPECT_EQ(net.cluster_ids_on_disk(), ids);
  EXPECT_EQ(net.fe(0).pid(), pid);
  EXPECT_TRUE(net.fe(0).running());
}

TEST(S06_OrdinalAboveZero, WaitsInTheSameProcessAndJoinsWhenFeZeroServes) {
  PodNet net;
  net.fe(1).start();
  net.fe(2).start();
  ASSERT_TRUE(net.fe(1).wait_reason("waiting_for_peers"));
  ASSERT_TRUE(looks_on(net.fe(1)));
  EXPECT_FALSE(has_metadata(net.fe(1)));
  const auto pid = net.fe(1).pid();
  net.fe(0).start();
  EXPECT_TRUE(net.wait_frontends(3)) << net.fe(1).console();
  EXPECT_EQ(net.fe(1).pid(), pid);
  EXPECT_TRUE(net.fe(1).running());
  EXPECT_EQ(net.fe(1).file("meta/.sr-agent/journal").find("\"Found\""), std::string::npos);
}

TEST(S64_SeveralClusters, TwoInOneNamespaceUnderAnotherSuffixNeverMeet) {
  PodNet net({.suffix = "ns.svc.corp.internal"});
  for (int i = 0; i < 3; ++i)
    net.other_fe(i).start();
  for (int i = 0; i < 3; ++i)
    net.fe(i).start();
  ASSERT_TRUE(net.wait_frontends(3, 0)) << net.fe(0).console();
  const auto id_of = [](Pod& pod) {
    const auto text = pod.file("meta/image/VERSION");
    const auto at = text.find("clusterId=");
    return at == std::string::npos ? std::string{} : text.substr(at, text.find('\n', at) - at);
  };
  ASSERT_TRUE(wait_until([&] { return net.other_fe(0).sql("SHOW FRONTENDS").rows.size() == 3; },
                         milliseconds(90000)))
      << net.other_fe(1).console();
  EXPECT_NE(id_of(net.fe(0)), id_of(net.other_fe(0)));
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(net.frontends(0).row("IP", net.fe(i).fqdn()).empty()) << i;
    EXPECT_FALSE(net.other_fe(0).sql("SHOW FRONTENDS").row("IP", net.other_fe(i).fqdn()).empty())
        << i;
  }
  EXPECT_EQ(net.fe(0).status("reason"), "none");
}

TEST(S22_OwnNameNotServed, AFirstStartWaitsUntilTheNameServersKnowTheOwnName) {
  PodNet net;
  net.serve_name("fe", 0, false);
  for (int i = 0; i < 3; ++i)
    net.fe(i).start();
  ASSERT_TRUE(net.fe(0).wait_reason("dns_not_ready")) << net.fe(0).console();
  ASSERT_TRUE(looks_on(net.fe(0)));
  EXPECT_TRUE(net.fe(0).running());
  EXPECT_FALSE(has_metadata(net.fe(0)));
  EXPECT_NE(net.fe(0).status("detail").find("publishNotReadyAddresses"), std::string::npos);
  net.serve_name("fe", 0, true);
  EXPECT_TRUE(net.wait_frontends(3)) << net.fe(0).console();
}

TEST(S22_OwnNameNotServed, AMemberStartsAtOnceWithoutItsName) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3));
  ASSERT_TRUE(wait_until([&] { return net.fe(2).status("meta") == "sealed"; }));
  net.fe(2).kill_container();
  net.serve_name("fe", 2, false);
  net.fe(2).start();
  EXPECT_TRUE(wait_until([&] { return net.fe(2).server_pid() != 0; })) << net.fe(2).console();
}

}  // namespace
}  // namespace podlab
