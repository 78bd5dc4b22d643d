#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>

#include "dropin_lab.h"
#include "fe_lab.h"
#include "leave_lab.h"
#include "worker_lab.h"

/// Names of the environment that the operator, the chart or a user sets, by the wrappers:
/// docs/drop-in.md section 4.
namespace podlab {
namespace {

namespace fs = std::filesystem;
using srsim::SimNode;

/// FE 0 without an agent, and pods of the operator's beside it.
struct OneFe {
  explicit OneFe(const std::string& version = "3.5.7") : net(1, version), fe(bare_fe(net, 0)) {
    up = found(fe);
  }
  Pod& pod(const std::string& kind, int ordinal = 0) {
    auto& out = kind == "be" ? net.be(ordinal) : net.cn(ordinal);
    as_operator(out);
    return out;
  }
  int listed(const std::string& kind, const std::string& host) {
    return rows(net, kind == "be" ? kBackends : kComputeNodes, host);
  }
  OperatorNet net;
  SimNode fe;
  bool up = false;
};

TEST(DropIn_Names, AnyThatTheOperatorInjectsMayBeMissing) {
  OneFe lab;
  ASSERT_TRUE(lab.up);
  for (const std::string kind : {"be", "cn"}) {
    auto& pod = lab.pod(kind);
    for (const std::string name :
         {"POD_NAME", "POD_NAMESPACE", "HOST_IP", "COMPONENT_NAME", "FE_QUERY_PORT"})
      pod.unset_env(name);
    start_as_operator(pod, kind);
    EXPECT_TRUE(lab.net.wait_worker(kind, 0)) << pod.console();
    EXPECT_EQ(lab.listed(kind, pod.fqdn()), 1);
  }
}

TEST(DropIn_Names, AnyThatTheOperatorInjectsMayBeMissingOnAnFeThatFounds) {
  OperatorNet net;
  auto& fe = net.fe(0);
  as_operator(fe);
  for (const std::string name : {"POD_NAME", "POD_NAMESPACE", "HOST_IP", "COMPONENT_NAME"})
    fe.unset_env(name);
  start_as_operator(fe, "fe");
  EXPECT_TRUE(net.wait_frontends(1)) << fe.console();
  EXPECT_EQ(rows_of(net.frontends(0), fe.fqdn()), 1U);
}

/// What a user may call a pod of this kind.
std::string own_name(const std::string& kind) {
  return "mine-" + kind + "-7.kube-" + kind + "-search.ns.svc.cluster.local";
}

TEST(DropIn_Names, PodFqdnIsTheOwnNameOfEveryKind) {
  OneFe lab;
  ASSERT_TRUE(lab.up);
  for (const std::string kind : {"be", "cn"}) {
    auto& pod = lab.pod(kind);
    const auto name = own_name(kind);
    lab.net.dns().set(name, {pod.ip()});
    pod.set_env("POD_FQDN", name);
    start_as_operator(pod, kind);
    EXPECT_TRUE(wait_settled(pod)) << pod.console();
    EXPECT_EQ(lab.listed(kind, name), 1);
    EXPECT_EQ(lab.listed(kind, pod.fqdn()), 0);
  }
  auto& fe = lab.net.fe(1);
  as_operator(fe);
  const auto name = own_name("fe");
  lab.net.dns().set(name, {fe.ip()});
  fe.set_env("POD_FQDN", name);
  fe.set_env("SR_SIM_HOSTNAME", name);
  fe.set_env("SR_SIM_HOSTS", fe.ip() + " " + name);
  start_as_operator(fe, "fe");
  EXPECT_TRUE(wait_sealed(fe)) << fe.console();
  EXPECT_EQ(rows_of(lab.fe.sql("SHOW FRONTENDS"), name), 1U);
}

TEST(DropIn_Names, PodFqdnWithoutADomainIsConfigInvalidForEveryKind) {
  OperatorNet net;
  for (const std::string kind : {"fe", "be", "cn"}) {
    auto& pod = kind == "fe" ? net.fe(0) : kind == "be" ? net.be(0) : net.cn(0);
    as_operator(pod);
    pod.set_env("POD_FQDN", "kube-" + kind + "-0");
    start_as_operator(pod, kind);
    EXPECT_EQ(pod.wait_exit(), 2) << pod.console();
    EXPECT_TRUE(said(pod, "environment POD_FQDN: expected ")) << pod.console();
    EXPECT_NE(pod.termination_message().find("config_invalid"), std::string::npos);
  }
}

TEST(DropIn_Names, PodIpIsTheAddressOfEveryKindAndMustBeAnOwnOne) {
  OneFe lab;
  ASSERT_TRUE(lab.up);
  for (const std::string kind : {"be", "cn"}) {
    auto& pod = lab.pod(kind);
    pod.set_env("HOST_TYPE", "IP");
    start_as_operator(pod, kind);
    EXPECT_TRUE(wait_settled(pod)) << pod.console();
    EXPECT_EQ(lab.listed(kind, pod.ip()), 1);
    auto& other = lab.pod(kind, 1);
    other.set_env("POD_IP", "192.0.2.1");
    other.set_env("SR_AGENT_SIMULATION__TIME_SCALE", "1");  // more is for loopback alone
    start_as_operator(other, kind);
    EXPECT_EQ(other.wait_exit(), 2) << other.console();
    EXPECT_TRUE(said(other, "192.0.2.1 is not an address of this host")) << other.console();
  }
}

TEST(DropIn_Names, AHostTypeThatIsNeitherIsFqdnWithAWarning) {
  OneFe lab;
  ASSERT_TRUE(lab.up);
  auto& be = lab.pod("be");
  be.set_env("HOST_TYPE", "hostname");
  start_as_operator(be, "be");
  EXPECT_TRUE(wait_settled(be)) << be.console();
  EXPECT_EQ(lab.listed("be", be.fqdn()), 1);
  EXPECT_TRUE(said(be, "environment HOST_TYPE: taken as FQDN")) << be.console();
}

TEST(DropIn_Names, FeQueryPortIsThePortOfTheFesBehindTheirHeadlessName) {
  OperatorNet net;
  net.fe(0).add_conf("query_port = 19030");
  auto spec = bare_fe(net, 0);
  SimNode fe(spec);
  fe.start();
  auto& be = net.be(0);
  as_operator(be);
  be.set_env("FE_QUERY_PORT", "19030");
  start_as_operator(be, "be");
  EXPECT_TRUE(wait_settled(be)) << be.console();
  EXPECT_EQ(count_in_audit(net.fe(0), "ALTER SYSTEM ADD BACKEND \"" + be.fqdn() + ":9050\""), 1);
}

TEST(DropIn_Names, FeQueryPortOnAnFeGivesWayToItsConfFile) {
  OperatorNet net;
  for (const std::string port : {"9999", "tcp://10.96.0.10:9030"}) {
    auto& fe = net.fe(0);
    as_operator(fe);
    fe.set_env("FE_QUERY_PORT", port);
    start_as_operator(fe, "fe");
    ASSERT_TRUE(net.wait_frontends(1) && wait_sealed(fe)) << fe.console();
    EXPECT_EQ(srsim::cell(net.frontends(0).row("IP", fe.fqdn()), "QueryPort"), "9030");
    fe.kill_container();
  }
  EXPECT_TRUE(said(net.fe(0), "FE_QUERY_PORT: ignored: expected an integer"));
}

TEST(DropIn_Names, TheServiceIsAskedWhereNoHeadlessNameOfTheFesIsServed) {
  OneFe lab;
  ASSERT_TRUE(lab.up);
  lab.net.dns().set(lab.net.headless("fe"), {});
  lab.net.serve_service({lab.fe.ip()});
  auto& be = lab.pod("be");
  start_as_operator(be, "be");
  EXPECT_TRUE(wait_settled(be)) << be.console();
}

TEST(DropIn_Names, MysqlPwdComesAfterAPasswordFileAndBeforeFePassword) {
  OneFe lab;
  ASSERT_TRUE(lab.up && lab.fe.sql("SET PASSWORD = PASSWORD('secret')").ok);
  auto& by_file = lab.pod("be", 0);
  const auto file = root_of(by_file) + "/password";
  write_text(file, "secret\n");
  by_file.set_env("SR_AGENT_PASSWORD_FILE", file);
  by_file.set_env("MYSQL_PWD", "another");
  auto& by_name = lab.pod("be", 1);
  by_name.set_env("MYSQL_PWD", "secret");
  by_name.set_env("FE_PASSWORD", "another");
  auto& by_alias = lab.pod("be", 2);
  by_alias.set_env("FE_PASSWORD", "secret");
  for (auto* pod : {&by_file, &by_name, &by_alias}) {
    start_as_operator(*pod, "be");
    EXPECT_TRUE(wait_settled(*pod)) << pod->console();
    const auto env = server_environment(*pod);
    EXPECT_EQ(env.find("secret"), std::string::npos) << env;
    EXPECT_EQ(env.find("another"), std::string::npos) << env;
  }
  constexpr auto kWarning = "environment FE_PASSWORD: use SR_AGENT_SQL__PASSWORD instead";
  EXPECT_TRUE(said(by_alias, kWarning)) << by_alias.console();
  EXPECT_FALSE(by_file.console().find(kWarning) != std::string::npos);
}

TEST(DropIn_Names, TheTlsModeOfAForkIsObeyedAndItsTimesAreRead) {
  OneFe lab;
  ASSERT_TRUE(lab.up);
  auto& be = lab.pod("be");
  be.set_env("SR_MYSQL_SSL_MODE", "REQUIRED");
  be.set_env("SR_MYSQL_TIMEOUT", "20");
  be.set_env("SR_MYSQL_CONNECT_TIMEOUT", "soon");
  start_as_operator(be, "be");
  EXPECT_TRUE(be.wait_reason("tls_failed")) << be.console();
  EXPECT_TRUE(said(be, "SR_MYSQL_CONNECT_TIMEOUT: ignored: expected")) << be.console();
  EXPECT_EQ(lab.listed("be", be.fqdn()), 0) << "this FE offers no TLS";
  const auto shown = be.verb({"config", "show", "--origin"}).second;
  EXPECT_NE(shown.find("env SR_MYSQL_TIMEOUT"), std::string::npos) << shown;
  be.kill_container();
  be.set_env("SR_MYSQL_SSL_MODE", "DISABLED");
  start_as_operator(be, "be");
  EXPECT_TRUE(wait_settled(be)) << be.console();
}

TEST(DropIn_Names, WhatEndsInFoundingByTimeElsewhereIsToldAndHasNoEffect) {
  OperatorNet net{2};
  auto& fe = net.fe(1);
  as_operator(fe);
  for (const std::string name :
       {"PROBE_LEADER_POD0_TIMEOUT", "PROBE_LEADER_PODX_TIMEOUT", "RESTORE_CLUSTER_SNAPSHOT"})
    fe.set_env(name, "1");
  fe.set_env("RESTORE_CLUSTER_GENERATION", "7");
  start_as_operator(fe, "fe");
  ASSERT_TRUE(fe.wait_reason("waiting_for_peers")) << fe.console();
  ASSERT_TRUE(looks_on(fe));
  EXPECT_FALSE(has_metadata(fe));
  EXPECT_TRUE(said(fe, "PROBE_LEADER_POD0_TIMEOUT: ignored: no time-out ends in founding"));
  EXPECT_TRUE(said(fe, "PROBE_LEADER_PODX_TIMEOUT: ignored: no time-out ends in founding"));
  EXPECT_TRUE(said(fe, "RESTORE_CLUSTER_SNAPSHOT: ignored: this version does not")) << fe.console();
  SimNode leader(bare_fe(net, 0));
  ASSERT_TRUE(found(leader));
  ASSERT_TRUE(wait_sealed(fe)) << fe.console();
  const auto env = server_environment(fe);
  EXPECT_NE(env.find("\nRESTORE_CLUSTER_SNAPSHOT=1\n"), std::string::npos) << env;
  EXPECT_NE(env.find("\nRESTORE_CLUSTER_GENERATION=7\n"), std::string::npos) << env;
}

/// As server_environment() has it.
std::string line_of(const std::string& name, const std::string& value) {
  return "\n" + name + "=" + value + "\n";
}

TEST(DropIn_Names, WhatIsTheStartScriptsArrivesThereAsItIs) {
  OperatorNet net;
  const std::map<std::string, std::string> names{{"FE_ENABLE_AUTO_JVM_XMX_DETECT", "true"},
                                                 {"FE_JVM_XMX_PERCENTAGE", "60"},
                                                 {"JAVA_HOME", "/usr/lib/jvm/java"},
                                                 {"JEMALLOC_CONF", "percpu_arena:percpu,prof:true"},
                                                 {"ENABLE_DATADOG_PROFILE", "true"},
                                                 {"DD_SERVICE", "a service"},
                                                 {"TZ", "Asia/Shanghai"},
                                                 {"COREDUMP_PATH", "/data/dumps"},
                                                 {"COREDUMP_COLLECT_MINIMUM_INTERVAL", "600"},
                                                 {"COREDUMP_SKIP_REMOVE_GIANT", "false"},
                                                 {"COREDUMP_BLOBSTORE_PREFIX", "s3://dumps"},
                                                 {"KUBE_CLUSTER_NAME", "kube"},
                                                 {"SR_IMAGE_TAG", "3.5.7"},
                                                 {"KRB5_CONFIG", "/etc/krb5.conf"},
                                                 {"KRB5_MOUNT_PATH", "/etc/krb5"},
                                                 {"KEYTAB_MOUNT_PATH", "/etc/keytab"}};
  for (const std::string kind : {"fe", "be", "cn"}) {
    auto& pod = kind == "fe" ? net.fe(0) : kind == "be" ? net.be(0) : net.cn(0);
    as_operator(pod);
    for (const auto& [name, value] : names)
      pod.set_env(name, value);
    start_as_operator(pod, kind);
    ASSERT_TRUE(wait_healthy(pod, kind == "fe" ? 8030 : 8040)) << pod.console();
    const auto env = server_environment(pod);
    for (const auto& [name, value] : names) {
      const auto line = line_of(name, value);
      EXPECT_NE(env.find(line), std::string::npos) << line << env;
    }
  }
}

TEST(DropIn_Names, LogConsoleIsTheOptionOfEachStartScriptForOneAlone) {
  for (const std::string& setting : {std::string{"LOG_CONSOLE=1"},
                                     std::string{"SYS_LOG_TO_CONSOLE=1"},
                                     std::string{"LOG_CONSOLE=true"}}) {
    OperatorNet net;
    const auto equals = setting.find('=');
    for (const std::string kind : {"fe", "be", "cn"}) {
      auto& pod = kind == "fe" ? net.fe(0) : kind == "be" ? net.be(0) : net.cn(0);
      as_operator(pod);
      note_arguments(pod);
      pod.set_env(setting.substr(0, equals), setting.substr(equals + 1));
      start_as_operator(pod, kind);
      ASSERT_TRUE(wait_healthy(pod, kind == "fe" ? 8030 : 8040)) << pod.console();
      const auto words = noted_arguments(pod);
      EXPECT_EQ(words.find("--logconsole") != std::string::npos, setting.back() == '1')
          << kind << " " << setting << ": " << words;
    }
  }
}

TEST(DropIn_Names, ACnGroupIsMadeInItsWarehouseAndNotNamedWhereItIsUnset) {
  for (const std::string group : {"", "g"}) {
    OperatorNet net{1, "main"};
    SimNode fe(warehouse_fe(net));
    ASSERT_TRUE(found(fe));
    auto& cn = net.cn(0);
    as_operator(cn);
    cn.set_env("KUBE_STARROCKS_MULTI_WAREHOUSE", "w-1");
    cn.set_env("KUBE_STARROCKS_CNGROUP", group);
    start_as_operator(cn, "cn");
    ASSERT_TRUE(net.wait_worker("cn", 0)) << cn.console();
    EXPECT_EQ(row_cell(net, kComputeNodes, cn.fqdn(), "WarehouseName"), "w-1");
    const auto told = net.fe(0).file("log/fe.audit.log");
    EXPECT_NE(told.find("CREATE WAREHOUSE IF NOT EXISTS `w-1`"), std::string::npos) << told;
    EXPECT_EQ(told.find("CNGROUP") != std::string::npos, !group.empty()) << told;
    EXPECT_EQ(told.find("ADD CNGROUP IF NOT EXISTS `g`") != std::string::npos, !group.empty())
        << told;
  }
}

/// A server that crashes, in the containers of the operator's pods.
struct CrashCase {
  std::string variable{};
  bool by_signal_alone = false;  ///< A status of the server's own ends the container.
};

TEST(DropIn_Names, DebugModeAndCoredumpsStartACrashedServerAgainAfterTheUsersWait) {
  const std::vector<CrashCase> cases{{"DEBUG_MODE", false}, {"COREDUMP_ENABLED", true}};
  OperatorNet net;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    auto& be = net.be(static_cast<int>(i));
    as_operator(be);
    be.set_env(cases[i].variable, "true");
    be.set_env("BE_RESTART_WAIT_SECONDS", "3");
    const auto dump = be.home() + "/storage/coredumps/core.1";
    fs::create_directories(fs::path{dump}.parent_path());
    write_text(dump, "core");
    start_as_operator(be, "be");
    ASSERT_TRUE(wait_healthy(be)) << be.console();
    ASSERT_TRUE(wait_until([&] { return be.server_pid() > 0; }));
    ::kill(be.server_pid(), SIGSEGV);
    EXPECT_TRUE(wait_until([&] { return server_starts(be) == 2 && wait_healthy(be); }))
        << be.console();
    EXPECT_TRUE(said(be, "server_restart_in ms=3000")) << be.console();
    EXPECT_EQ(read_text(dump), "core") << "whoever uploads it removes it";
    control(be, "/exit?code=7");
    if (cases[i].by_signal_alone) {
      EXPECT_EQ(be.wait_exit(), 7) << be.console();
      continue;
    }
    EXPECT_TRUE(wait_until([&] { return server_starts(be) == 3; })) << be.console();
    EXPECT_TRUE(wait_healthy(be));
    be.signal(SIGTERM);
    EXPECT_EQ(be.wait_exit(), 143) << "a stop is no crash: " << be.console();
    EXPECT_EQ(server_starts(be), 3);
  }
}

/// A loop as stock's, which waits for dumps with what the user set.
TEST(DropIn_Names, TheImagesUploaderOfDumpsRunsBesideTheServerAndEndsWithTheContainer) {
  OneFe lab;
  ASSERT_TRUE(lab.up);
  for (const std::string kind : {"be", "cn"}) {
    auto& pod = lab.pod(kind);
    const auto script = root_of(pod) + "/upload_coredump.sh";
    const auto seen = root_of(pod) + "/uploader";
    write_text(script,
               "#!/bin/sh\necho \"pid=$$ path=$COREDUMP_PATH password=$MYSQL_PWD\" > " + seen +
                   "\nwhile :; do sleep 1; done\n");
    fs::permissions(script, fs::perms::owner_all);
    pod.set_env("COREDUMP_ENABLED", "true");
    pod.set_env("COREDUMP_PATH", "/dumps");
    pod.set_env("MYSQL_PWD", "hidden");
    start_as_operator(pod, kind);
    ASSERT_TRUE(wait_until([&] { return read_text(seen).ends_with("\n"); })) << pod.console();
    const auto text = read_text(seen);
    EXPECT_TRUE(text.ends_with(" path=/dumps password=\n")) << text;
    EXPECT_TRUE(wait_healthy(pod)) << pod.console();
    const auto pid = std::stoi(text.substr(4));
    EXPECT_EQ(::kill(pid, 0), 0) << "it runs on beside the server";
    pod.signal(SIGTERM);
    EXPECT_EQ(pod.wait_exit(), 143) << pod.console();
    EXPECT_TRUE(wait_until([&] { return ::kill(pid, 0) != 0; }));
  }
}

TEST(DropIn_Names, TheOwnRowIsHostAndPort) {
  OneFe lab;
  ASSERT_TRUE(lab.up);
  auto& be = lab.pod("be");
  // What `grep -w` would take for it.
  for (const auto& other : {"x." + be.fqdn() + ":9050", be.fqdn() + ".x:9050", be.fqdn() + ":9051"})
    EXPECT_TRUE(lab.fe.sql("ALTER SYSTEM ADD BACKEND \"" + other + "\"").ok) << other;
  start_as_operator(be, "be");
  EXPECT_TRUE(wait_settled(be)) << be.console();
  EXPECT_EQ(count_in_audit(lab.net.fe(0), "ALTER SYSTEM ADD BACKEND \"" + be.fqdn() + ":9050\""),
            1);
  EXPECT_EQ(lab.listed("be", be.fqdn()), 2) << "the other port's row is somebody else's";
}

TEST(DropIn_Names, TheGraceIsThatOfTheOperatorWhereItsNamesAreThereAndTheUsersWhereHeSaysIt) {
  OperatorNet net;
  auto& be = net.be(0);
  as_operator(be);
  const auto grace = [&be] {
    const auto shown = be.verb({"config", "show", "--origin"}).second;
    const auto at = shown.find("\ngrace_s ");
    return shown.substr(at + 1, shown.find('\n', at + 1) - at - 1);
  };
  EXPECT_EQ(grace().substr(0, 13), "grace_s = 120") << grace();
  be.set_env("SR_AGENT_GRACE_SECONDS", "600");
  EXPECT_EQ(grace().substr(0, 13), "grace_s = 600") << grace();
  be.unset_env("SR_AGENT_GRACE_SECONDS");
  be.unset_env("COMPONENT_NAME");
  EXPECT_EQ(grace().substr(0, 12), "grace_s = 30") << grace();
}

TEST(DropIn_Names, TheConfigMapsBothPortNamesAreToldWhereTheyDiffer) {
  OneFe lab;
  ASSERT_TRUE(lab.up);
  for (const std::string kind : {"be", "cn"}) {
    auto& pod = lab.pod(kind);
    const auto conf = kind + ".conf";
    pod.set_env(
        "CONFIGMAP_MOUNT_PATH",
        config_map(
            pod,
            {{conf, pod.file("conf/" + conf) + "be_http_port = 8041\nwebserver_port = 8042\n"}}));
    start_as_operator(pod, kind);
    EXPECT_TRUE(wait_healthy(pod, 8041)) << pod.console();
    EXPECT_TRUE(said(pod, "webserver_port = 8042")) << pod.console();
    EXPECT_TRUE(wait_settled(pod)) << pod.console();
  }
}

}  // namespace
}  // namespace podlab
