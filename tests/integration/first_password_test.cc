#include <gtest/gtest.h>

#include "fe_lab.h"
#include "leave_lab.h"
#include "worker_lab.h"

/// root gets its first password from the agent of the leading FE: S61.
namespace podlab {
namespace {

constexpr const char* kSet = "SET PASSWORD";

/// Every FE pod and BE 0 read this password.
struct FirstPasswordNet {
  explicit FirstPasswordNet(int fes, std::string password = "it's \\ new")
      : net({.fe_count = fes, .all_names = false}), text(std::move(password)) {
    net.serve_names("fe", fes);
    net.serve_name("be", 0, true);
    for (int i = 0; i < fes; ++i)
      give(net.fe(i));
    give(net.be(0));
  }
  void give(Pod& pod) const {
    const auto path = root_of(pod) + "/password";
    write_text(path, text + "\n");
    pod.set_env("SR_AGENT_SQL__PASSWORD_FILE", path);
    if (pod.name().find("-fe-") != std::string::npos)
      pod.set_env("SR_AGENT_SQL__FIRST_PASSWORD", "set_once");
  }
  int sent() {
    int out = 0;
    for (int i = 0; i < 3; ++i)
      out += count_in_audit(net.fe(i), kSet);
    return out;
  }
  PodNet net;
  std::string text;
};

TEST(S61_FirstPassword, TheLeaderSetsItOnceAndAllPodsRegisterWithIt) {
  FirstPasswordNet lab{3};
  lab.net.be(0).start();
  for (int i = 0; i < 3; ++i)
    lab.net.fe(i).start();
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(wait_sealed(lab.net.fe(i))) << lab.net.fe(i).console();
  EXPECT_TRUE(wait_settled(lab.net.be(0))) << lab.net.be(0).console();
  EXPECT_EQ(lab.sent(), 1);
  const auto without = lab.net.fe(0).sql("SELECT 1");
  EXPECT_FALSE(without.ok) << "root needs one now";
  EXPECT_TRUE(without.code == 1045 || without.code == 1064) << without.code << without.error;
  EXPECT_TRUE(said(lab.net.fe(0), "first_password_set"));
  EXPECT_EQ(lab.net.fe(0).console().find("it's"), std::string::npos) << "no log line has it";
  EXPECT_EQ(lab.net.cluster_ids_on_disk().size(), 1U);
}

TEST(S61_FirstPassword, WhoWasLoggedInBeforeIsTold) {
  FirstPasswordNet lab{1};
  auto& fe = lab.net.fe(0);
  const auto config = root_of(fe) + "/sr-agent.toml";
  write_text(config, "[sql]\nfirst_password = \"off\"\n");
  fe.unset_env("SR_AGENT_SQL__FIRST_PASSWORD");
  fe.set_env("SR_AGENT_CONFIG", config);
  fe.start();
  ASSERT_TRUE(fe.wait_reason("auth_failed")) << fe.console();
  ASSERT_EQ(control(fe, "/fault?where=sql&match=select&kind=delay&ms=30000&times=1"), "ok\n");
  std::thread guest([&] { static_cast<void>(fe.sql("SELECT 2")); });
  EXPECT_TRUE(wait_until(
      [&] { return fe.sql("SHOW PROCESSLIST").row("Info", "SELECT 2").contains("Host"); }));
  write_text(config, "[sql]\nfirst_password = \"set_once\"\n");
  EXPECT_TRUE(wait_until([&] { return said(fe, "first_password_set"); })) << fe.console();
  EXPECT_TRUE(said(fe, "logged in before it: root@")) << fe.console();
  EXPECT_TRUE(wait_sealed(fe)) << fe.console();
  EXPECT_NE(fe.verb({"status"}).second.find("the first password of root was set; logged in"),
            std::string::npos);
  fe.kill_container();
  guest.join();
}

/// An FE that says OK and changes nothing is not believed.
TEST(S61_FirstPassword, IsSetOnceANewLoginProvesItAndTriedAgainUntilThen) {
  FirstPasswordNet lab{1};
  auto& fe = lab.net.fe(0);
  const auto config = root_of(fe) + "/sr-agent.toml";
  write_text(config, "[sql]\nfirst_password = \"off\"\n");
  fe.unset_env("SR_AGENT_SQL__FIRST_PASSWORD");
  fe.set_env("SR_AGENT_CONFIG", config);
  fe.start();
  ASSERT_TRUE(fe.wait_reason("auth_failed")) << fe.console();
  ASSERT_EQ(control(fe, "/fault?where=sql&match=user&kind=wrong_answer"), "ok\n");
  write_text(config, "[sql]\nfirst_password = \"set_once\"\n");
  EXPECT_TRUE(wait_until([&] { return said(fe, "first_password_waits"); })) << fe.console();
  EXPECT_TRUE(said(fe, "after SET PASSWORD: ")) << fe.console();
  EXPECT_FALSE(said(fe, "first_password_set"));
  EXPECT_TRUE(fe.sql("SELECT 1").ok) << "root still needs none";
  ASSERT_EQ(control(fe, "/clear"), "ok\n");
  EXPECT_TRUE(wait_until([&] { return said(fe, "first_password_set"); })) << fe.console();
  EXPECT_TRUE(wait_sealed(fe)) << fe.console();
}

/// As the chart does it: MYSQL_PWD in every pod, and a Job that logs in without a password.
TEST(S61_FirstPassword, WithMysqlPwdPodsRegisterBeforeAndAfterTheChartsJob) {
  PodNet net{{.fe_count = 1, .all_names = false}};
  auto& fe = net.fe(0);
  for (auto* pod : {&fe, &net.be(0), &net.be(1)})
    pod->set_env("MYSQL_PWD", "of the Secret");
  net.serve_name("fe", 0, true);
  net.serve_name("be", 0, true);
  net.serve_name("be", 1, true);
  net.be(0).start();
  fe.start();
  EXPECT_TRUE(wait_sealed(fe)) << fe.console();
  EXPECT_TRUE(wait_settled(net.be(0))) << net.be(0).console();
  ASSERT_TRUE(fe.sql("SET PASSWORD = PASSWORD('of the Secret')").ok)
      << "the Job finds an empty one";
  net.be(1).start();
  EXPECT_TRUE(wait_settled(net.be(1))) << net.be(1).console();
  EXPECT_TRUE(wait_settled(net.be(0))) << net.be(0).console();
}

TEST(S61_FirstPassword, APasswordThatNobodyKnowsIsToldAndLeftAlone) {
  FirstPasswordNet lab{1};
  auto& fe = lab.net.fe(0);
  fe.unset_env("SR_AGENT_SQL__FIRST_PASSWORD");
  fe.start();
  ASSERT_TRUE(fe.wait_reason("auth_failed"))
      << fe.console() << fe.agent("/v1/status").substr(0, 900);
  ASSERT_TRUE(fe.sql("SET PASSWORD = PASSWORD('a third one')").ok);
  fe.kill_container();
  fe.set_env("SR_AGENT_SQL__FIRST_PASSWORD", "set_once");
  fe.start();
  EXPECT_TRUE(wait_until([&] { return said(fe, "first_password_not_set"); })) << fe.console();
  EXPECT_TRUE(fe.wait_reason("auth_failed"));
  EXPECT_TRUE(looks_on(fe));
  EXPECT_EQ(count_in_audit(fe, kSet), 1) << "the person's own";
}

TEST(S61_FirstPassword, IsOffWhereTheChartsJobSetsIt) {
  FirstPasswordNet lab{1};
  auto& fe = lab.net.fe(0);
  fe.unset_env("SR_AGENT_SQL__FIRST_PASSWORD");
  lab.net.be(0).start();
  fe.start();
  ASSERT_TRUE(fe.wait_reason("auth_failed"))
      << fe.console() << fe.agent("/v1/status").substr(0, 900);
  EXPECT_TRUE(looks_on(fe));
  EXPECT_EQ(lab.sent(), 0);
  ASSERT_TRUE(fe.sql("SET PASSWORD = PASSWORD('it\\'s \\\\ new')").ok) << "the job of the chart";
  EXPECT_TRUE(wait_sealed(fe)) << fe.console();
  EXPECT_TRUE(wait_settled(lab.net.be(0))) << lab.net.be(0).console();
}

}  // namespace
}  // namespace podlab
