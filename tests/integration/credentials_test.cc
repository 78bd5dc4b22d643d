#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "leave_lab.h"
#include "mariadb_server.h"
#include "worker_lab.h"

/// S59, S60, S62 with whole pods.
namespace podlab {
namespace {

using srsim::SimNode;

/// The `fix` of the one feature that the pod has lost; waits for it.
std::string fix_of(const Pod& pod, const std::string& feature, const std::string& needs) {
  std::string fix;
  EXPECT_TRUE(wait_until([&] {
    const auto status = status_of(pod);
    if (status.empty() || status["features_off"].size() != 1) return false;
    const auto& off = status["features_off"][0];
    if (off["feature"] != feature || off["needs"] != needs) return false;
    fix = off["fix"].get<std::string>();
    return true;
  })) << status_of(pod)["features_off"]
      << pod.console();
  return fix;
}

/// Runs "a; b" as root, as an admin who pastes what the agent says.
void paste(const SimNode& fe, const std::string& statements) {
  std::size_t from = 0;
  while (from < statements.size()) {
    const auto end = std::min(statements.find("; ", from), statements.size());
    const auto done = fe.sql(statements.substr(from, end - from));
    EXPECT_TRUE(done.ok) << statements << ": " << done.error;
    from = end + 2;
  }
}

void expect_no_password(pid_t pid, const std::string& password) {
  for (const std::string name : {"cmdline", "environ"}) {
    const auto words = process_words(pid, name);
    EXPECT_FALSE(words.empty()) << pid << name;
    for (const auto& word : words)
      EXPECT_EQ(word.find(password), std::string::npos) << pid << name;
  }
}

TEST(S59_Rotation, BothOrdersWorkWithoutARestartAndThePasswordIsNowhere) {
  PodNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  ASSERT_TRUE(fe.sql("CREATE USER 'agent' IDENTIFIED BY 'Geheim-1' DEFAULT ROLE cluster_admin").ok);
  Pod& be = net.be(0);
  const auto file = root_of(be) + "/password";
  write_text(file, "Geheim-1\n");
  be.set_env("SR_AGENT_SQL__PASSWORD_FILE", file);
  be.set_env("SR_AGENT_USER", "agent");
  be.set_env("SR_AGENT_MEMBERSHIP__CHECK_INTERVAL_S", "5");
  be.start();
  ASSERT_TRUE(net.wait_worker("be", 0)) << be.console();
  ASSERT_TRUE(wait_settled(be)) << be.console();
  // The server first: refused until the file follows.
  ASSERT_TRUE(fe.sql("SET PASSWORD FOR 'agent' = PASSWORD('Geheim-2')").ok);
  EXPECT_TRUE(be.wait_reason("auth_failed")) << be.console();
  write_text(file, "Geheim-2\n");
  EXPECT_TRUE(be.wait_reason("none")) << be.console();
  // The file first: what works is used until the server follows.
  write_text(file, "Geheim-3\n");
  ASSERT_TRUE(fe.sql("SET PASSWORD FOR 'agent' = PASSWORD('Geheim-3')").ok);
  const auto age = [&] { return status_of(be)["row"].value("age_ms", std::int64_t{1} << 40); };
  const auto seen = status_of(be)["sequence"].get<std::int64_t>();
  EXPECT_TRUE(wait_until([&] {
    return status_of(be)["sequence"].get<std::int64_t>() > seen && age() < 5'000;
  })) << be.console();
  EXPECT_EQ(be.status("reason"), "none") << be.console();
  EXPECT_EQ(server_starts(be), 1);
  for (const auto& text : {be.console(), be.agent("/v1/status"), be.verb({"status"}).second})
    EXPECT_EQ(text.find("Geheim"), std::string::npos) << text;
  for (const pid_t pid : {be.pid(), be.server_pid()})
    expect_no_password(pid, "Geheim");
}

TEST(S59_Rotation, WithTheNextPasswordAsWellNothingIsEverRefused) {
  PodNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  ASSERT_TRUE(fe.sql("CREATE USER 'agent' IDENTIFIED BY 'Geheim-1' DEFAULT ROLE cluster_admin").ok);
  const auto folder = root_of(net.be(0));
  const auto old_file = folder + "/password";
  const auto next_file = folder + "/next";
  write_text(old_file, "Geheim-1\n");
  write_text(next_file, "Geheim-2\n");
  const std::vector<Pod*> pods{&net.be(0), &net.cn(0)};
  for (Pod* pod : pods) {
    pod->set_env("SR_AGENT_USER", "agent");
    pod->set_env("SR_AGENT_SQL__PASSWORD_FILE", old_file);
    pod->set_env("SR_AGENT_SQL__NEXT_PASSWORD_FILE", next_file);
    pod->set_env("SR_AGENT_MEMBERSHIP__CHECK_INTERVAL_S", "5");
    pod->start();
  }
  for (Pod* pod : pods)
    ASSERT_TRUE(wait_settled(*pod)) << pod->console();
  ASSERT_TRUE(fe.sql("SET PASSWORD FOR 'agent' = PASSWORD('Geheim-2')").ok);
  for (Pod* pod : pods) {
    EXPECT_TRUE(looks_on(*pod)) << pod->console();
    EXPECT_TRUE(wait_until([&] {
      return status_of(*pod)["row"].value("age_ms", std::int64_t{1} << 40) < 5'000;
    })) << pod->console();
    EXPECT_EQ(pod->status("reason"), "none") << pod->console();
    EXPECT_EQ(pod->console().find("auth_failed"), std::string::npos) << pod->console();
    EXPECT_EQ(server_starts(*pod), 1);
  }
}

/// Its login is at its own server, whose word makes it ready.
TEST(S59_Rotation, AnFesOwnLoginFollowsBothWaysWithoutARestart) {
  PodNet net({.fe_count = 1, .all_names = false});
  net.serve_names("fe", 1);
  Pod& fe = net.fe(0);
  const auto file = root_of(fe) + "/password";
  const auto next = root_of(fe) + "/next";
  write_text(file, "Geheim-1\n");
  fe.set_env("SR_AGENT_USER", "agent");
  fe.set_env("SR_AGENT_SQL__PASSWORD_FILE", file);
  fe.set_env("SR_AGENT_SQL__NEXT_PASSWORD_FILE", next);
  fe.start();
  const std::string user =
      "CREATE USER 'agent' IDENTIFIED BY 'Geheim-1' DEFAULT ROLE cluster_admin";
  ASSERT_TRUE(wait_until([&] { return fe.sql(user).ok; })) << fe.console();
  ASSERT_TRUE(wait_probe(fe, "/readyz", 200, "ok\n")) << fe.console();
  // The server first.
  ASSERT_TRUE(fe.sql("SET PASSWORD FOR 'agent' = PASSWORD('Geheim-2')").ok);
  EXPECT_TRUE(wait_probe(fe, "/readyz", 503, "auth_failed")) << fe.console();
  EXPECT_EQ(probe(fe, "/livez"), 200) << "no restart helps";
  write_text(file, "Geheim-2\n");
  EXPECT_TRUE(wait_probe(fe, "/readyz", 200, "ok\n")) << fe.console();
  // With the password to come nothing is ever refused.
  write_text(next, "Geheim-3\n");
  const auto before = fe.console().size();
  ASSERT_TRUE(fe.sql("SET PASSWORD FOR 'agent' = PASSWORD('Geheim-3')").ok);
  EXPECT_TRUE(looks_on(fe)) << fe.console();
  EXPECT_EQ(probe(fe, "/readyz"), 200) << fe.agent("/readyz?verbose");
  EXPECT_EQ(fe.console().find("auth_failed", before), std::string::npos) << fe.console();
  EXPECT_EQ(server_starts(fe), 1);
  EXPECT_EQ(fe.console().find("Geheim"), std::string::npos);
}

/// Passwords may come by the agent's environment; the server's is what it was without them.
class S59_PasswordInEnvironment : public testing::TestWithParam<std::string> {};

TEST_P(S59_PasswordInEnvironment, TheServerDoesNotGetIt) {
  PodNet net({.fe_count = 1, .all_names = false});
  Pod& pod = GetParam() == "fe" ? net.fe(0) : net.be(0);
  net.serve_name(GetParam(), 0, true);
  for (const std::string name : {"MYSQL_PWD", "FE_PASSWORD", "FE_PWD", "SR_AGENT_SQL__PASSWORD"})
    pod.set_env(name, "Geheim-4");
  pod.set_env("NOT_SECRET", "kept");
  pod.start();
  ASSERT_TRUE(wait_until([&] { return pod.server_pid() != 0; }, milliseconds(90000)))
      << pod.console();
  const auto words = process_words(pod.server_pid(), "environ");
  EXPECT_NE(std::find(words.begin(), words.end(), "NOT_SECRET=kept"), words.end());
  expect_no_password(pod.server_pid(), "Geheim");
  EXPECT_EQ(pod.console().find("Geheim"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Kinds, S59_PasswordInEnvironment, testing::Values("fe", "be"));

TEST(S60_OwnUser, WithoutAnyPrivilegeTheServerRunsAndTheStatementSaidHelps) {
  PodNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  ASSERT_TRUE(fe.sql("CREATE USER 'o-nothing' IDENTIFIED BY 'x'").ok);
  Pod& be = net.be(0);
  as_user(be, "o-nothing");
  be.start();
  EXPECT_TRUE(wait_healthy(be)) << be.console();
  const auto fix = fix_of(be, "read the list of FEs", "OPERATE or NODE on SYSTEM");
  EXPECT_TRUE(be.wait_reason("privilege_denied")) << be.console();
  EXPECT_NE(be.status("detail").find("missing privilege OPERATE or NODE on SYSTEM; run GRANT"),
            std::string::npos)
      << be.status("detail");
  EXPECT_NE(be.console().find("feature_off"), std::string::npos);
  EXPECT_NE(be.verb({"status"}).second.find("cannot"), std::string::npos);
  paste(fe, fix);
  EXPECT_TRUE(net.wait_worker("be", 0)) << be.console();
  EXPECT_TRUE(wait_settled(be)) << be.console();
  EXPECT_TRUE(status_of(be)["features_off"].empty());
  EXPECT_EQ(server_starts(be), 1);
}

TEST(S60_OwnUser, WithOperateAloneItReadsAndOnlyCannotAddItself) {
  PodNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  ASSERT_TRUE(fe.sql("CREATE USER 'reader' IDENTIFIED BY 'x'").ok);
  ASSERT_TRUE(fe.sql("GRANT OPERATE ON SYSTEM TO USER 'reader'").ok);
  Pod& be = net.be(0);
  as_user(be, "reader");
  be.start();
  const auto fix = fix_of(be, "add the own row", "NODE on SYSTEM");
  EXPECT_EQ(fix,
            "GRANT cluster_admin TO USER 'reader'; SET DEFAULT ROLE cluster_admin TO 'reader'");
  EXPECT_TRUE(be.wait_reason("privilege_denied")) << be.console();
  EXPECT_EQ(status_of(be)["leader"], fe.name()) << "the lists are read all the same";
  EXPECT_TRUE(wait_healthy(be));
  ASSERT_TRUE(fe.sql("ALTER SYSTEM ADD BACKEND \"" + be.fqdn() + ":9050\"").ok);
  EXPECT_TRUE(wait_settled(be)) << be.console();
  EXPECT_TRUE(be.wait_reason("none")) << be.console();
}

TEST(S60_OwnUser, ARoleThatIsNotActiveIsToldFromOneThatIsMissing) {
  PodNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  ASSERT_TRUE(fe.sql("CREATE USER 'sleepy' IDENTIFIED BY 'x'").ok);
  ASSERT_TRUE(fe.sql("GRANT cluster_admin TO USER 'sleepy'").ok);
  Pod& cn = net.cn(0);
  as_user(cn, "sleepy");
  cn.start();
  const auto fix = fix_of(cn, "read the list of FEs", "OPERATE or NODE on SYSTEM");
  EXPECT_EQ(fix, "SET DEFAULT ROLE cluster_admin TO 'sleepy'");
  paste(fe, fix);
  EXPECT_TRUE(net.wait_worker("cn", 0)) << cn.console();
}

TEST(S60_OwnUser, AnFeThatMayNotAddItselfSaysSoAndJoinsOnceItMay) {
  PodNet net;
  SimNode founder(bare_fe(net, 0));
  ASSERT_TRUE(found(founder));
  ASSERT_TRUE(founder.sql("CREATE USER 'reader' IDENTIFIED BY 'x'").ok);
  ASSERT_TRUE(founder.sql("GRANT OPERATE ON SYSTEM TO USER 'reader'").ok);
  Pod& fe = net.fe(1);
  as_user(fe, "reader");
  fe.start();
  const auto fix = fix_of(fe, "add the own row", "NODE on SYSTEM");
  EXPECT_TRUE(fe.wait_reason("privilege_denied")) << fe.console();
  EXPECT_EQ(founder.sql("SHOW FRONTENDS").rows.size(), 1U);
  paste(founder, fix);
  EXPECT_TRUE(net.wait_frontends(2, 0)) << fe.console();
  EXPECT_TRUE(fe.wait_reason("none")) << fe.console();
}

TEST(S60_AtAStop, WithoutBlacklistOnlyTheMarksAreMissingUntilTheStatementSaidIsRun) {
  PodNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  ASSERT_TRUE(fe.sql("CREATE USER 'agent' IDENTIFIED BY 'x' DEFAULT ROLE cluster_admin").ok);
  Pod& be = net.be(0);
  as_user(be, "agent");
  be.start();
  ASSERT_TRUE(wait_settled(be)) << be.console();
  EXPECT_TRUE(status_of(be)["features_off"].empty()) << "nothing is missed before a stop";
  ASSERT_EQ(control(be, "/set?linger=1"), "ok\n");
  be.signal(SIGTERM);
  const auto fix = fix_of(be, "keep new work away before a stop", "BLACKLIST on SYSTEM");
  control(be, "/set?linger=0");
  EXPECT_EQ(be.wait_exit(), 143) << be.console();
  EXPECT_TRUE(said(be, "leaving_ended code=0")) << be.console();
  EXPECT_EQ(count_in_audit(net.fe(0), "ADD BACKEND BLACKLIST"), 0);
  paste(fe, fix);
  be.start();
  ASSERT_TRUE(wait_until([&] {
    return be.verb({"drain", "--dry-run"}).second.find("blacklisted at") != std::string::npos;
  })) << be.console();
  be.signal(SIGTERM);
  EXPECT_EQ(be.wait_exit(), 143) << be.console();
  EXPECT_EQ(count_in_audit(net.fe(0), "ADD BACKEND BLACKLIST"), 1) << be.console();
  EXPECT_EQ(srsim::count_of(be.console(), "feature_off"), 1U) << be.console();
}

/// Others' statements are not shown without OPERATE, and the list does not say so.
TEST(S60_AtAStop, WithoutOperateAnFeWaitsForNoStatementUntilTheStatementSaidIsRun) {
  PodNet net({.fe_count = 1, .all_names = false});
  net.serve_name("fe", 0, true);
  Pod& fe = net.fe(0);
  ASSERT_TRUE(net.start_frontends(1) && wait_sealed(fe)) << fe.console();
  ASSERT_TRUE(fe.sql("CREATE USER 'agent' IDENTIFIED BY 'x' DEFAULT ROLE cluster_admin").ok);
  const auto stop = [&] {
    fe.signal(SIGTERM);
    EXPECT_EQ(fe.wait_exit(), 143) << fe.console();
  };
  const auto serve = [&] {
    fe.start();
    return net.wait_frontends(1) && wait_probe(fe, "/readyz", 200, "");
  };
  stop();
  as_user(fe, "agent");
  ASSERT_TRUE(serve()) << fe.console();
  stop();
  const std::string grant = "GRANT OPERATE ON SYSTEM TO USER 'agent'";
  EXPECT_TRUE(said(fe,
                   "feature_off feature=\"wait for running statements before a stop\" "
                   "needs=\"OPERATE on SYSTEM\" fix=\"" +
                       grant + "\""))
      << fe.console();
  ASSERT_TRUE(serve()) << fe.console();
  ASSERT_TRUE(fe.sql(grant).ok);
  ASSERT_EQ(control(fe, "/fault?where=sql&match=select&kind=delay&ms=4000&times=1"), "ok\n");
  srsim::SqlAnswer answer;
  std::thread client([&] { answer = fe.sql("SELECT 1"); });
  EXPECT_TRUE(wait_until(
      [&] { return fe.sql("SHOW PROCESSLIST").row("Info", "SELECT 1").contains("Command"); }));
  stop();
  client.join();
  EXPECT_TRUE(answer.ok) << answer.error;
  EXPECT_TRUE(said(fe, "running_work count=1")) << fe.console();
  EXPECT_EQ(srsim::count_of(fe.console(), "feature_off"), 1U) << fe.console();
  EXPECT_EQ(srsim::count_of(fe.console(), "leaving_ended code=0"), 3U) << fe.console();
}

/// Environment, file and flag reach the wire: the same verb at a real server with and without TLS.
TEST(S62_Tls, TheSettingsReachTheWire) {
  ASSERT_TRUE(mariadblab::installed()) << "mariadb-server-core is missing: scripts/setup";
  PodNet net;
  const std::string name = "fe-tls.ns.svc.cluster.local";
  net.dns().set(name, {"127.0.0.1"});
  const mariadblab::Server plain(false);
  mariadblab::Server secure(true);
  const testcerts::Authority ours("ours");
  ASSERT_TRUE(secure.use(ours.issue(name)));
  for (const mariadblab::Server* server : {&plain, static_cast<const mariadblab::Server*>(&secure)})
    server->root("CREATE USER agent@'%' IDENTIFIED BY 'x'");
  Pod& be = net.be(0);
  const auto ca = root_of(be) + "/ca.pem";
  write_text(ca, ours.pem());
  as_user(be, "agent");
  const auto says = [&](const mariadblab::Server& at, const std::vector<std::string>& flags) {
    std::vector<std::string> words{"register", "be", name + ":" + std::to_string(at.port())};
    words.insert(words.end(), flags.begin(), flags.end());
    return be.verb(words).second;
  };
  const std::string tls = "tls_failed";
  const std::string through = "SHOW FRONTENDS";  // logged in, and then it is no FE
  EXPECT_NE(says(plain, {}).find(through), std::string::npos) << says(plain, {});
  EXPECT_NE(says(plain, {"--sql-tls-mode", "required"}).find(tls), std::string::npos);
  EXPECT_NE(says(plain, {"--sql-tls-ca", ca}).find(tls), std::string::npos) << "verify-ca";
  EXPECT_NE(says(secure, {"--sql-tls-ca", ca}).find(through), std::string::npos);
  be.set_env("SR_MYSQL_SSL_MODE", "VERIFY_IDENTITY");
  be.set_env("SR_MYSQL_SSL_CA", ca);
  EXPECT_NE(says(secure, {}).find(through), std::string::npos) << says(secure, {});
  EXPECT_NE(says(secure, {"--sql-tls-name", "other"}).find(tls), std::string::npos);
  be.unset_env("SR_MYSQL_SSL_CA");
  EXPECT_EQ(be.verb({"config", "check"}).first, 2);
}

}  // namespace
}  // namespace podlab
