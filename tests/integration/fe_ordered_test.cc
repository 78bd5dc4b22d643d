#include <algorithm>

#include <gtest/gtest.h>

#include "fe_lab.h"

/// Sets that operator 1.5 or older made: OrderedReady, headless name fe-domain-search. S11.
namespace podlab {
namespace {

NetOptions old_set(int count) {
  NetOptions out;
  out.fe_count = count;
  out.fe_set = "fe-domain-search";
  out.all_names = false;
  return out;
}

TEST(S11_OrderedSet, PodZeroAloneWaitsAndSaysThatTheSetMustBeMadeAnew) {
  PodNet net{old_set(0)};
  net.serve_name("fe", 0, true);
  net.fe(0).set_env("SR_AGENT_FE__CENSUS_GAP_S", "6");  // a census would have found it empty
  net.fe(0).start();
  ASSERT_TRUE(net.fe(0).wait_reason("waiting_for_peers")) << net.fe(0).console();
  ASSERT_TRUE(wait_until([&] { return decided(net.fe(0), "31 Wait"); })) << net.fe(0).console();
  ASSERT_TRUE(looks_on(net.fe(0)));
  EXPECT_NE(net.fe(0).status("detail").find("podManagementPolicy Parallel"), std::string::npos);
  EXPECT_FALSE(decided(net.fe(0), "32 Wait"));
  EXPECT_FALSE(has_metadata(net.fe(0)));
}

TEST(S11_OrderedSet, AnyOtherSetIsStrictWhereTheSettingSaysSo) {
  auto options = old_set(0);
  options.fe_set = "kube-fe-search";
  PodNet net{options};
  net.serve_name("fe", 0, true);
  net.fe(0).set_env("SR_AGENT_BOOTSTRAP", "strict");
  net.fe(0).start();
  ASSERT_TRUE(wait_until([&] { return decided(net.fe(0), "31 Wait"); }, milliseconds(60000)))
      << net.fe(0).console();
  ASSERT_TRUE(looks_on(net.fe(0)));
  EXPECT_FALSE(has_metadata(net.fe(0)));
}

TEST(S11_OrderedSet, WithACountTheMissingNamesAreHintedAtAndAParallelSetFounds) {
  PodNet net{old_set(3)};
  net.serve_name("fe", 0, true);
  net.fe(0).start();
  ASSERT_TRUE(wait_until(
      [&] { return net.fe(0).status("detail").find("podManagementPolicy") != std::string::npos; },
      milliseconds(90000)))
      << net.fe(0).console();
  EXPECT_TRUE(decided(net.fe(0), "30 Wait"));
  EXPECT_FALSE(has_metadata(net.fe(0)));
  for (int i = 1; i < 3; ++i) {
    net.serve_name("fe", i, true);
    net.fe(i).start();
  }
  EXPECT_TRUE(net.wait_frontends(3)) << net.fe(0).console();
}

TEST(S11_OrderedSet, AMemberThatRestartsAloneStartsAtOnceAndTellsWhyItCannotLead) {
  PodNet net{old_set(3)};
  for (int i = 0; i < 3; ++i)
    net.serve_name("fe", i, true);
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(0).console();
  ASSERT_TRUE(all_sealed(net));
  ASSERT_TRUE(wait_until([&] {  // it knows of all three
    return net.fe(0).file("meta/.sr-agent/members").find(net.fe(2).fqdn()) != std::string::npos;
  }));
  for (int i = 0; i < 3; ++i) {
    net.fe(i).kill_container();
    net.serve_name("fe", i, false);
  }
  net.serve_name("fe", 0, true);
  net.fe(0).start();
  ASSERT_TRUE(wait_until([&] { return net.fe(0).server_pid() != 0; })) << net.fe(0).console();
  ASSERT_TRUE(wait_until(
      [&] {
        if (!net.fe(0).running()) net.fe(0).start();  // the kubelet's part
        return net.fe(0).status("reason") == "quorum_lost";
      },
      milliseconds(120000)))
      << net.fe(0).console();
  // Each name is told once the name servers have said that it does not exist.
  EXPECT_TRUE(wait_until(
      [&] {
        const auto detail = net.fe(0).status("detail");
        return detail.find(net.fe(1).fqdn()) != std::string::npos &&
               detail.find("Parallel") != std::string::npos;
      },
      milliseconds(120000)))
      << net.fe(0).status("detail");
  // Made anew as Parallel: all pods come, and nothing else is needed.
  for (int i = 1; i < 3; ++i) {
    net.serve_name("fe", i, true);
    net.fe(i).start();
  }
  EXPECT_TRUE(wait_until(
      [&] {
        for (int i = 0; i < 3; ++i)
          if (!net.fe(i).running()) net.fe(i).start();
        return net.fe(0).status("reason") == "none" && net.wait_frontends(3, 0, milliseconds(0));
      },
      milliseconds(120000)))
      << net.fe(0).console();
}

}  // namespace
}  // namespace podlab
