#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "config/sources.h"
#include "config_fixture.h"

namespace sragent {
namespace {

using test::env_only;

TEST(ConfigEnvironment, KnowsTheNamesThatKubernetesMakesOfAService) {
  for (const auto* name : {"SR_AGENT_FE_SERVICE_SERVICE_HOST",
                           "SR_AGENT_FE_SERVICE_SERVICE_PORT",
                           "SR_AGENT_FE_SERVICE_SERVICE_PORT_QUERY",
                           "SR_AGENT_FE_SERVICE_PORT",
                           "SR_AGENT_FE_SERVICE_PORT_9030_TCP",
                           "SR_AGENT_FE_SERVICE_PORT_9030_TCP_ADDR",
                           "SR_AGENT_FE_SERVICE_PORT_9030_TCP_PORT",
                           "SR_AGENT_FE_SERVICE_PORT_9030_TCP_PROTO",
                           "SR_AGENT_CN_SERVICE_PORT_53_UDP_ADDR"}) {
    EXPECT_TRUE(is_service_link(name)) << name;
    const auto loaded = load_config(env_only({{name, "tcp://10.96.0.7:9030"}}));
    EXPECT_TRUE(loaded.ok()) << name;
    EXPECT_TRUE(loaded.warnings.empty()) << name;
  }
}

TEST(ConfigEnvironment, DoesNotTakeOtherNamesForServiceLinks) {
  for (const auto* name : {"SR_AGENT_LISTEN",
                           "SR_AGENT_FE_COUNT",
                           "SR_AGENT_PORTS",
                           "SR_AGENT_X_PORT_TCP",
                           "SR_AGENT_X_PORT_9030_HTTP",
                           "SR_AGENT_X_PORT_9030_TCP_NAME",
                           "SR_AGENT_X_PORT_9030"})
    EXPECT_FALSE(is_service_link(name)) << name;
}

TEST(ConfigEnvironment, WarnsOfAnUnknownNameWithTheNearest) {
  const auto loaded =
      load_config(env_only({{"SR_AGENT_SQL__USR", "x"}, {"SR_AGENT_WHATEVER", "x"}}));
  EXPECT_TRUE(loaded.ok());
  EXPECT_EQ(loaded.warnings,
            (std::vector<std::string>{
                "environment SR_AGENT_SQL__USR: ignored: expected a known name; the nearest is "
                "SR_AGENT_SQL__USER",
                "environment SR_AGENT_WHATEVER: ignored: expected a known name"}));
}

TEST(ConfigEnvironment, LeavesNamesOfOthersAlone) {
  const auto loaded = load_config(env_only(
      {{"PATH", "/bin"}, {"SR_IMAGE_TAG", "3.5.7"}, {"SR_AGENT_CONFIG", "/x"}, {"JAVA_HOME", ""}}));
  EXPECT_TRUE(loaded.ok());
  EXPECT_TRUE(loaded.warnings.empty());
}

TEST(ConfigEnvironment, IgnoresAPortThatIsALink) {
  const auto loaded = load_config(env_only({{"FE_QUERY_PORT", "tcp://10.96.0.7:9030"}}));
  EXPECT_TRUE(loaded.ok());
  EXPECT_EQ(loaded.config.fe.query_port, 9030);
  ASSERT_EQ(loaded.warnings.size(), 1U);
  EXPECT_EQ(loaded.warnings[0],
            "environment FE_QUERY_PORT: ignored: expected an integer from 1 to 65535, found "
            "\"tcp://10.96.0.7:9030\"");
}

TEST(ConfigEnvironment, TakesAnEmptyAliasAsUnset) {
  for (const auto& key : config_keys()) {
    for (const auto& alias : key.spec.aliases) {
      if (alias.name.empty() || alias.name == "COMPONENT_NAME") continue;
      const auto loaded = load_config(env_only({{std::string{alias.name}, ""}}));
      EXPECT_TRUE(loaded.ok()) << alias.name;
      EXPECT_TRUE(loaded.warnings.empty()) << alias.name;
      EXPECT_TRUE(loaded.origins.at(full_name(key)).starts_with("default")) << alias.name;
    }
  }
}

struct AliasCase {
  std::string_view name{};
  std::string_view value{};
  std::string_view key{};
  std::string_view loaded{};
  std::size_t warnings{0};
};

TEST(ConfigEnvironment, ReadsEachAliasByItsRule) {
  const std::vector<AliasCase> cases{
      {"COMPONENT_NAME", "cn", "node.role", "\"cn\""},
      {"COMPONENT_NAME", "proxy", "node.role", "\"\"", 1},
      {"STARROCKS_ROOT", "/data/sr", "node.root", "\"/data/sr\""},
      {"FE_SERVICE_NAME", "a,b:9031", "node.service", R"(["a", "b:9031"])"},
      {"FE_ADDRS", "10.0.0.1:9030,b", "node.service", R"(["10.0.0.1:9030", "b"])"},
      {"FE_USR", "u", "sql.user", "\"u\""},
      {"FE_PWD", "geheim", "sql.password", "\"geheim\""},
      {"CN_PORT", "9051", "helper.cn_port", "9051"},
      {"CN_PORT", "tcp://10.96.0.9:9050", "helper.cn_port", "9050", 1},
      {"CN_NS", "ns", "helper.cn_namespace", "\"ns\""},
      {"CN_NAME", "cn", "helper.cn_deployment", "\"cn\""},
      {"KUBERNETES_SERVICE_HOST", "10.96.0.1", "kubernetes.host", "\"10.96.0.1\""},
      {"KUBERNETES_SERVICE_PORT", "6443", "kubernetes.port", "6443"},
      {"HOST_TYPE", "FQDN", "node.host_type", "\"FQDN\""},
      {"HOST_TYPE", "ip", "node.host_type", "\"IP\""},
      {"HOST_TYPE", "hostname", "node.host_type", "\"FQDN\"", 1},
      {"POD_NAME", "x", "node.pod_name", "\"x\""},
      {"POD_NAMESPACE", "ns", "node.pod_namespace", "\"ns\""},
      {"POD_IP", "10.0.0.1", "node.pod_ip", "\"10.0.0.1\""},
      {"POD_FQDN", "a.b", "node.pod_fqdn", "\"a.b\""},
      {"POD_UID", "u-1", "node.pod_uid", "\"u-1\""},
      {"CONFIGMAP_MOUNT_PATH",
       "/etc/starrocks/be/conf",
       "node.config_mount",
       "\"/etc/starrocks/be/conf\""},
      {"CONFIGMAP_MOUNT_PATH", "conf", "node.config_mount", "\"\"", 1},
      {"LOG_CONSOLE", "1", "node.log_console", "true"},
      {"LOG_CONSOLE", "true", "node.log_console", "false"},
      {"SYS_LOG_TO_CONSOLE", "1", "node.log_console", "true"},
      {"SR_AGENT_FE_COUNT", "3", "fe.count", "3"},
      {"SR_AGENT_BOOTSTRAP", "never", "fe.bootstrap", "\"never\""},
      {"IS_FE_OBSERVER", "true", "fe.observer", "true"},
      {"IS_FE_OBSERVER", "1", "fe.observer", "true"},
      {"IS_FE_OBSERVER", "no", "fe.observer", "false"},
      {"ELECT_NUMBER", "3", "fe.electors", "3"},
      {"ELECT_NUMBER", "all", "fe.electors", "0", 1},
      {"DNS_READY_INTERVAL", "7", "dns.interval_ms", "7000"},
      {"DNS_READY_INTERVAL", "soon", "dns.interval_ms", "5000", 1},
      {"SR_AGENT_HELPER", "fe-0.x:9030", "fe.helper", "\"fe-0.x:9030\""},
      {"FE_QUERY_PORT", "9031", "fe.query_port", "9031"},
      {"SR_AGENT_USER", "agent", "sql.user", "\"agent\""},
      {"SR_AGENT_PASSWORD_FILE", "/p", "sql.password_file", "\"/p\""},
      {"MYSQL_PWD", "geheim", "sql.password", "\"geheim\""},
      {"FE_PASSWORD", "geheim", "sql.password", "\"geheim\"", 1},
      {"SR_AGENT_TLS_MODE", "REQUIRED", "sql.tls_mode", "\"required\""},
      {"SR_MYSQL_SSL_MODE", "DISABLED", "sql.tls_mode", "\"disabled\""},
      {"SR_AGENT_TLS_CA", "/ca.pem", "sql.tls_ca", "\"/ca.pem\""},
      {"SR_MYSQL_SSL_CA", "/ca.pem", "sql.tls_ca", "\"/ca.pem\""},
      {"SR_MYSQL_CONNECT_TIMEOUT", "5", "sql.connect_timeout_ms", "5000"},
      {"SR_MYSQL_CONNECT_TIMEOUT", "soon", "sql.connect_timeout_ms", "2000", 1},
      {"SR_MYSQL_TIMEOUT", "20", "sql.statement_timeout_ms", "20000"},
      {"SR_AGENT_STATE_DIR", "/s", "node.state_dir", "\"/s\""},
      {"SR_AGENT_LISTEN", "127.0.0.1:80", "http.listen", "\"127.0.0.1:80\""},
      {"SR_AGENT_ON_REFUSAL", "exit", "policy.on_refusal", "\"exit\""},
      {"SR_AGENT_HOST_CHECKS", "strict", "host.checks", "\"strict\""},
      {"SR_AGENT_GRACE_SECONDS", "60", "stop.grace_s", "60"},
      {"KUBE_STARROCKS_MULTI_WAREHOUSE", "w", "node.warehouse", "\"w\""},
      {"DEBUG_MODE", "true", "restart.debug_mode", "true"},
      {"DEBUG_MODE", "1", "restart.debug_mode", "false"},
      {"COREDUMP_ENABLED", "true", "restart.coredump_enabled", "true"},
      {"BE_RESTART_WAIT_SECONDS", "7", "restart.wait_s", "7"},
      {"BE_RESTART_WAIT_SECONDS", "5s", "restart.wait_s", "5", 1},
  };
  for (const auto& row : cases) {
    const auto loaded = load_config(env_only({{std::string{row.name}, std::string{row.value}}}));
    EXPECT_TRUE(loaded.ok()) << row.name << "=" << row.value;
    EXPECT_EQ(test::loaded_value(loaded, *find_key(row.key)), row.loaded) << row.name;
    EXPECT_EQ(loaded.warnings.size(), row.warnings) << row.name << "=" << row.value;
  }
}

/// The environment has it from the pod's annotation; one that is not there gives an empty text.
TEST(ConfigEnvironment, TakesTheGraceOfAnAnnotationAndTheDefaultWithoutOne) {
  const auto grace = [](const char* text) {
    return load_config(env_only({{"COMPONENT_NAME", "be"}, {"SR_AGENT_GRACE_SECONDS", text}}));
  };
  EXPECT_EQ(grace("600").config.stop.budget(), std::chrono::seconds(570)) << "a reserve of 30";
  EXPECT_EQ(grace("").config.stop.budget(), std::chrono::seconds(108)) << "120, less a tenth";
  EXPECT_TRUE(grace("").ok());
  EXPECT_FALSE(grace("ten minutes").ok()) << "said before anything is started";
}

TEST(ConfigEnvironment, TestsEveryAliasThatThereIs) {
  // A new alias needs its row above; this counts them.
  std::size_t count = 0;
  for (const auto& key : config_keys()) {
    for (const auto& alias : key.spec.aliases)
      if (!alias.name.empty()) ++count;
  }
  EXPECT_EQ(count, 47U);
}

TEST(ConfigEnvironment, RanksAliasesByTheirOrder) {
  const auto loaded = load_config(env_only({{"MYSQL_PWD", "first"}, {"FE_PASSWORD", "last"}}));
  EXPECT_EQ(loaded.config.sql.password, "first");
  EXPECT_EQ(loaded.origins.at("sql.password"), "env MYSQL_PWD");
}

TEST(ConfigEnvironment, SaysWhatItCannotFollow) {
  for (const auto* name :
       {"PROBE_LEADER_POD0_TIMEOUT", "PROBE_LEADER_PODX_TIMEOUT", "RESTORE_CLUSTER_SNAPSHOT"}) {
    const auto loaded = load_config(env_only({{name, "x"}}));
    EXPECT_TRUE(loaded.ok()) << name;
    ASSERT_EQ(loaded.warnings.size(), 1U) << name;
    EXPECT_TRUE(loaded.warnings[0].starts_with("environment " + std::string{name} + ": ignored: "));
  }
}

TEST(ConfigEnvironment, S62_TakesTheModesOfTlsAsMysqlWritesThem) {
  const auto mode = [](const char* name, const char* text) {
    const auto loaded = load_config(env_only({{name, text}, {"SR_MYSQL_SSL_CA", "/ca.pem"}}));
    EXPECT_TRUE(loaded.ok()) << text;
    return loaded.config.sql.tls_mode;
  };
  for (const auto* name : {"SR_AGENT_TLS_MODE", "SR_MYSQL_SSL_MODE", "SR_AGENT_SQL__TLS_MODE"}) {
    EXPECT_EQ(mode(name, "DISABLED"), TlsSetting::kDisabled) << name;
    EXPECT_EQ(mode(name, "preferred"), TlsSetting::kPreferred) << name;
    EXPECT_EQ(mode(name, "Required"), TlsSetting::kRequired) << name;
    EXPECT_EQ(mode(name, "verify-ca"), TlsSetting::kVerifyCa) << name;
    EXPECT_EQ(mode(name, "verify-identity"), TlsSetting::kVerifyIdentity) << name;
    EXPECT_EQ(load_config(env_only({{name, "verify"}})).errors.size(), 1U) << name;
  }
  EXPECT_EQ(mode("SR_MYSQL_SSL_MODE", "VERIFY_CA"), TlsSetting::kVerifyCa);
  EXPECT_EQ(mode("SR_AGENT_TLS_MODE", "verify_identity"), TlsSetting::kVerifyIdentity);
}

TEST(ConfigEnvironment, S62_ACaMeansThatItIsVerifiedUnlessTheModeIsSaid) {
  EXPECT_EQ(load_config({}).config.sql.tls_mode, TlsSetting::kPreferred);
  const auto implied = load_config(env_only({{"SR_AGENT_TLS_CA", "/ca.pem"}}));
  EXPECT_EQ(implied.config.sql.tls_mode, TlsSetting::kVerifyCa);
  EXPECT_EQ(implied.origins.at("sql.tls_mode"), "default (sql.tls_ca is set)");
  EXPECT_TRUE(implied.warnings.empty());
  const auto unused =
      load_config(env_only({{"SR_AGENT_TLS_CA", "/ca.pem"}, {"SR_AGENT_TLS_MODE", "required"}}));
  EXPECT_EQ(unused.config.sql.tls_mode, TlsSetting::kRequired);
  ASSERT_EQ(unused.warnings.size(), 1U);
  EXPECT_NE(unused.warnings[0].find("sql.tls_ca is not used"), std::string::npos);
}

TEST(ConfigEnvironment, S62_WhatBelongsTogetherIsNotSaidAlone) {
  const auto error = [](std::map<std::string, std::string, std::less<>> environment) {
    const auto loaded = load_config(env_only(std::move(environment)));
    return loaded.errors.size() == 1 ? loaded.errors[0] : "not one error";
  };
  EXPECT_EQ(error({{"SR_AGENT_TLS_MODE", "verify-ca"}}),
            "environment SR_AGENT_TLS_MODE: expected sql.tls_ca to name the file of the CA, which "
            "this mode verifies against");
  EXPECT_TRUE(error({{"SR_MYSQL_SSL_MODE", "VERIFY_IDENTITY"}})
                  .starts_with("environment SR_MYSQL_SSL_MODE: expected sql.tls_ca"));
  EXPECT_TRUE(error({{"SR_AGENT_SQL__TLS_NAME", "fe.test"}, {"SR_AGENT_TLS_CA", "/ca.pem"}})
                  .starts_with("environment SR_AGENT_SQL__TLS_NAME: expected sql.tls_mode"));
  EXPECT_TRUE(error({{"SR_AGENT_SQL__NEXT_PASSWORD_FILE", "/next"}})
                  .starts_with("environment SR_AGENT_SQL__NEXT_PASSWORD_FILE: expected"));
}

TEST(ConfigEnvironment, TakesTheOperatorsWarehouseAndWarnsWhereItHasNoMeaning) {
  constexpr auto kWarehouse = "KUBE_STARROCKS_MULTI_WAREHOUSE";
  constexpr auto kGroup = "KUBE_STARROCKS_CNGROUP";
  const auto cn =
      load_config(env_only({{kWarehouse, "w 1"}, {kGroup, "g"}, {"COMPONENT_NAME", "cn"}}));
  EXPECT_TRUE(cn.ok());
  EXPECT_TRUE(cn.warnings.empty());
  EXPECT_EQ(cn.config.node.warehouse, "w 1");
  EXPECT_EQ(cn.config.node.cn_group, "g");
  const auto fe = load_config(env_only({{kWarehouse, "w"}, {"COMPONENT_NAME", "fe"}}));
  EXPECT_TRUE(fe.ok());
  EXPECT_EQ(fe.warnings.size(), 1U);
  EXPECT_TRUE(load_config(env_only({{kWarehouse, ""}, {"COMPONENT_NAME", "cn"}})).ok());
  EXPECT_EQ(load_config(env_only({{kGroup, "g"}, {"COMPONENT_NAME", "cn"}})).errors.size(), 1U);
  EXPECT_EQ(load_config(env_only({{kWarehouse, "a\nb"}, {"COMPONENT_NAME", "cn"}})).errors.size(),
            1U);
}

TEST(ConfigEnvironment, WarnsOfAnIpInAStatefulSet) {
  EXPECT_EQ(load_config(env_only({{"POD_NAME", "sr-fe-0"}})).warnings.size(), 1U);
  EXPECT_TRUE(
      load_config(env_only({{"POD_NAME", "sr-fe-0"}, {"HOST_TYPE", "FQDN"}})).warnings.empty());
  EXPECT_TRUE(load_config(env_only({{"POD_NAME", "sr-cn-7d9f-x2x"}})).warnings.empty());
}

TEST(ConfigEnvironment, AMountedLoginCountsAsAWholeAndOnlyWhereNothingElseIsSaid) {
  const auto with = [](std::map<std::string, std::string, std::less<>> environment,
                       const std::string& user) {
    auto sources = env_only(std::move(environment));
    sources.login = MountedLogin{user, "/etc/basic_auth/password", {}};
    return load_config(sources);
  };
  EXPECT_EQ(load_config({}).config.sql.auth_dir, "/etc/basic_auth");
  const auto mounted = with({}, "agent");
  EXPECT_EQ(mounted.config.sql.user, "agent");
  EXPECT_EQ(mounted.config.sql.password_file, "/etc/basic_auth/password");
  EXPECT_EQ(mounted.origins.at("sql.user"), "default (found in sql.auth_dir)");
  EXPECT_EQ(with({}, "").config.sql.user, "root");
  EXPECT_EQ(with({}, "").config.sql.password_file, "/etc/basic_auth/password");
  for (const std::string name : {"SR_AGENT_USER", "MYSQL_PWD", "SR_AGENT_PASSWORD_FILE"}) {
    const auto said = with({{name, "/said"}}, "agent");
    EXPECT_NE(said.config.sql.user, "agent") << name;
    EXPECT_NE(said.config.sql.password_file, "/etc/basic_auth/password") << name;
  }
}

TEST(ConfigEnvironment, TheFolderOfAMountedLoginIsReadAsKubernetesWritesIt) {
  const std::string dir = testing::TempDir() + "auth." + std::to_string(::getpid());
  EXPECT_FALSE(mounted_login(dir));
  EXPECT_FALSE(mounted_login(""));
  std::filesystem::create_directories(dir);
  std::ofstream(dir + "/username") << "agent\n";
  EXPECT_FALSE(mounted_login(dir)) << "a user without a password is no login";
  std::ofstream(dir + "/password") << "secret";
  const auto found = mounted_login(dir);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->user, "agent");
  EXPECT_EQ(found->password_file, dir + "/password");
  std::filesystem::remove(dir + "/username");
  EXPECT_EQ(mounted_login(dir)->user, "");
  std::filesystem::create_directories(dir + "/username");
  const auto odd = mounted_login(dir);
  EXPECT_NE(odd->problem.find(dir + "/username: "), std::string::npos) << odd->problem;
  ConfigSources sources;
  sources.login = odd;
  const auto loaded = load_config(sources);
  EXPECT_EQ(loaded.config.sql.password_file, "") << "a password goes with its user";
  EXPECT_EQ(loaded.warnings.size(), 1U);
  std::filesystem::remove_all(dir);
}

TEST(ConfigEnvironment, KnowsTheGraceOfTheOperator) {
  const auto operated = load_config(env_only({{"COMPONENT_NAME", "be"}}));
  EXPECT_EQ(operated.config.stop.grace.count(), 120);
  EXPECT_EQ(operated.config.stop.reserve.count(), 12);
  EXPECT_TRUE(operated.origins.at("stop.grace_s").starts_with("default ("));
  const auto plain = load_config({});
  EXPECT_EQ(plain.config.stop.grace.count(), 30);
  EXPECT_EQ(plain.config.stop.reserve.count(), 5);
  const auto stated =
      load_config(env_only({{"COMPONENT_NAME", "be"}, {"SR_AGENT_GRACE_SECONDS", "4"}}));
  EXPECT_EQ(stated.config.stop.grace.count(), 4);
  EXPECT_EQ(stated.config.stop.reserve.count(), 2);
}

TEST(ConfigEnvironment, LetsThePeerPortFollowTheListenPort) {
  const auto loaded = load_config(env_only({{"SR_AGENT_LISTEN", "0.0.0.0:8123"}}));
  EXPECT_EQ(loaded.config.http.peer_port, 8123);
  const auto stated = load_config(
      env_only({{"SR_AGENT_LISTEN", "0.0.0.0:8123"}, {"SR_AGENT_HTTP__PEER_PORT", "8099"}}));
  EXPECT_EQ(stated.config.http.peer_port, 8099);
}

}  // namespace
}  // namespace sragent
