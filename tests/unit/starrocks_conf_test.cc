#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "starrocks/conf_file.h"
#include "starrocks/conf_files.h"

namespace sragent {
namespace {

ConfContext context_of(NodeKind kind, EnvMap env = {}) {
  return {kind, "/opt/starrocks/" + std::string(to_string(kind)), std::move(env)};
}

Result<FeConf> fe(std::string_view text, EnvMap env = {}) {
  const auto context = context_of(NodeKind::kFe, std::move(env));
  return read_fe_conf(parse_conf(text, context), context, "fe.conf");
}

Result<BeConf> worker(NodeKind kind, std::string_view text, EnvMap env = {}) {
  const auto context = context_of(kind, std::move(env));
  return read_be_conf(parse_conf(text, context), context, conf_name(kind));
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool any_contains(const std::vector<std::string>& list, std::string_view part) {
  return std::any_of(
      list.begin(), list.end(), [&](const std::string& text) { return contains(text, part); });
}

TEST(FeConf, HasTheServersDefaults) {
  const auto conf = fe("");
  ASSERT_TRUE(conf);
  EXPECT_EQ(conf->http_port, 8030);
  EXPECT_EQ(conf->rpc_port, 9020);
  EXPECT_EQ(conf->query_port, 9030);
  EXPECT_EQ(conf->edit_log_port, 9010);
  EXPECT_EQ(conf->meta_dir, "/opt/starrocks/fe/meta");
  EXPECT_EQ(conf->run_mode, "shared_nothing");
  EXPECT_EQ(conf->log_dir, "/opt/starrocks/fe/log");
  EXPECT_EQ(conf->sys_log_dir, "/opt/starrocks/fe/log");
  EXPECT_EQ(conf->pid_dir, "/opt/starrocks/fe/bin");
  EXPECT_FALSE(conf->reset_election_group);
  EXPECT_TRUE(conf->warnings.empty());
}

struct MetaDirCase {
  const char* line;
  const char* expected;
};

TEST(FeConf, S14_MetaDirIsTheFolderThatTheServerOpens) {
  const std::vector<MetaDirCase> cases{
      {"meta_dir = ${STARROCKS_HOME}/meta", "/opt/starrocks/fe/meta"},
      {"meta_dir=/data/meta   ", "/data/meta"},
      {"meta_dir = /data/meta\t \t", "/data/meta"},
      {"  meta_dir : /data/meta", "/data/meta"},
      {"meta_dir /data/meta", "/data/meta"},
      {"meta_dir = /a\nmeta_dir = /b", "/b"},
      {"meta_dir = /a\nmeta_dir =", "/opt/starrocks/fe/meta"},
      {"meta_dir = ${BASE}/m", "/from/env/m"},
      {"BASE = /from/file\nmeta_dir = ${BASE}/m", "/from/file/m"},
      {"meta_dir = ${BASE}/m\nBASE = \"${STARROCKS_HOME}\"", "/opt/starrocks/fe/m"},
      {"meta_dir = ${LOG_DIR}/../meta", "/opt/starrocks/fe/log/../meta"},
      {"meta_dir = /a\\\n  /b", "/a/b"},
      {"#meta_dir = /no\n!meta_dir = /no", "/opt/starrocks/fe/meta"},
  };
  for (const auto& row : cases) {
    const auto conf = fe(row.line, {{"BASE", "/from/env"}, {"LOG_DIR", "/ignored"}});
    ASSERT_TRUE(conf) << row.line << ": " << conf.error().what;
    EXPECT_EQ(conf->meta_dir, row.expected) << row.line;
  }
}

TEST(FeConf, S14_AShellVariableWithoutBracesIsNotReplacedAndWarnedAbout) {
  const auto conf = fe("meta_dir = $STARROCKS_HOME/meta");
  ASSERT_TRUE(conf);
  EXPECT_EQ(conf->meta_dir, "$STARROCKS_HOME/meta");  // as the server takes it
  EXPECT_TRUE(any_contains(conf->warnings, "replaces only ${NAME}"));
  EXPECT_TRUE(any_contains(conf->warnings, "relative"));
}

TEST(FeConf, AnUnsetNameInAPathIsAnErrorAndElsewhereAWarning) {
  const auto bad = fe("meta_dir = ${NOWHERE}/meta");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().kind, ErrorKind::kBadConfig);
  EXPECT_TRUE(contains(bad.error().what, "meta_dir")) << bad.error().what;
  const auto other = fe("tmp_dir = ${NOWHERE}/tmp");
  ASSERT_TRUE(other);
  EXPECT_TRUE(any_contains(other->warnings, "NOWHERE"));
}

TEST(FeConf, EveryMistakeIsNamedAtOnce) {
  const auto bad = fe("http_port = abc\nedit_log_port = 70000\nquery_port = 0\nrpc_port = 9020.5");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().kind, ErrorKind::kBadConfig);
  for (const auto* part : {"fe.conf: http_port: expected a port from 1 to 65535, got \"abc\"",
                           "edit_log_port",
                           "query_port",
                           "rpc_port"})
    EXPECT_TRUE(contains(bad.error().what, part)) << bad.error().what;
}

TEST(FeConf, S69_PortsAreThoseOfTheFile) {
  const auto conf = fe("edit_log_port = 19010\nhttp_port=+18030\nquery_port = \n");
  ASSERT_TRUE(conf);
  EXPECT_EQ(conf->edit_log_port, 19010);
  EXPECT_EQ(conf->http_port, 18030);
  EXPECT_EQ(conf->query_port, 9030);
}

TEST(FeConf, TheChartsDefaultFileIsReadAndItsCommandsAreNotRun) {
  const ConfContext context = context_of(NodeKind::kFe);
  const auto file = parse_conf(
      "LOG_DIR = ${STARROCKS_HOME}/log\n"
      "DATE = \"$(date +%Y%m%d-%H%M%S)\"\n"
      "JAVA_OPTS=\"-Dlog4j2.formatMsgNoLookups=true -Xmx8192m "
      "-Xlog:gc*:${LOG_DIR}/fe.gc.log.$DATE:time\"\n"
      "http_port = 8030\nsys_log_level = INFO\nmysql_service_nio_enabled = true\n",
      context);
  EXPECT_EQ(file.exported.at("LOG_DIR"), "/opt/starrocks/fe/log");
  EXPECT_EQ(file.exported.at("DATE"), "$(date +%Y%m%d-%H%M%S)");
  EXPECT_EQ(file.exported.at("JAVA_OPTS"),
            "-Dlog4j2.formatMsgNoLookups=true -Xmx8192m "
            "-Xlog:gc*:/opt/starrocks/fe/log/fe.gc.log.$(date +%Y%m%d-%H%M%S):time");
  EXPECT_TRUE(file.unresolved.empty());
  EXPECT_TRUE(file.garbage.empty());
  EXPECT_TRUE(read_fe_conf(file, context, "fe.conf"));
}

TEST(FeConf, OnlyTheFileSetsPidAndLogFolders) {
  const auto conf = fe("PID_DIR = /run/fe\n", {{"PID_DIR", "/env"}, {"LOG_DIR", "/env"}});
  ASSERT_TRUE(conf);
  EXPECT_EQ(conf->pid_dir, "/run/fe");
  EXPECT_EQ(conf->log_dir, "/opt/starrocks/fe/log");
}

TEST(FeConf, GarbageLinesAreListedAndDoNotHurt) {
  const ConfContext context = context_of(NodeKind::kFe);
  const auto file =
      parse_conf("]]] what\nthis is no line\nhttp_port = 8031\n\x01\x02\xff\n%%=3\n", context);
  EXPECT_GE(file.garbage.size(), 3U);
  EXPECT_EQ(file.garbage.front().line, 1);
  const auto conf = read_fe_conf(file, context, "fe.conf");
  ASSERT_TRUE(conf);
  EXPECT_EQ(conf->http_port, 8031);
  EXPECT_TRUE(any_contains(conf->warnings, "fe.conf: line 1: ")) << "where";
  EXPECT_TRUE(any_contains(conf->warnings, "expected KEY = VALUE"));
}

TEST(FeConf, NoiseIsWarnedOfInAFewLines) {
  const ConfContext context = context_of(NodeKind::kFe);
  std::string noise;
  for (int i = 0; i < 50; ++i)
    noise += "]" + std::to_string(i) + "\n";
  const auto conf = read_fe_conf(parse_conf(noise, context), context, "fe.conf");
  ASSERT_TRUE(conf);
  ASSERT_EQ(conf->warnings.size(), 4U);
  EXPECT_TRUE(contains(conf->warnings[3], "47 more lines")) << conf->warnings[3];
}

TEST(WorkerConf, GarbageLinesAreWarnedOf) {
  const auto conf = worker(NodeKind::kBe, "be_http_port = 8041\nno separator here\n");
  ASSERT_TRUE(conf);
  EXPECT_EQ(conf->http_port, 8041);
  EXPECT_TRUE(any_contains(conf->warnings, "be.conf: line 2: \"no separator here\""));
}

TEST(FeConf, ATextThatJavaRefusesIsAnError) {
  const auto bad = fe("http_port = 8030\nx = \\u12\n");
  ASSERT_FALSE(bad);
  EXPECT_TRUE(contains(bad.error().what, "line 2")) << bad.error().what;
}

TEST(FeConf, RecoveryKeysOfBothAgesAreSeen) {
  const auto set = fe("bdbje_reset_election_group = true");
  EXPECT_TRUE(set->reset_election_group);
  ASSERT_EQ(set->warnings.size(), 1U) << "one that is forgotten makes a second cluster";
  EXPECT_TRUE(contains(set->warnings.front(), "take it out once the FE leads"));
  EXPECT_TRUE(fe("metadata_failure_recovery = TRUE")->reset_election_group);
  EXPECT_FALSE(fe("bdbje_reset_election_group = yes")->reset_election_group);
}

TEST(WorkerConf, HasTheServersDefaults) {
  const auto conf = worker(NodeKind::kBe, "");
  ASSERT_TRUE(conf);
  EXPECT_EQ(conf->heartbeat_port, 9050);
  EXPECT_EQ(conf->http_port, 8040);
  EXPECT_EQ(conf->be_port, 9060);
  EXPECT_EQ(conf->brpc_port, 8060);
  EXPECT_EQ(conf->starlet_port, 9070);
  EXPECT_EQ(conf->storage_roots, std::vector<std::string>{"/opt/starrocks/be/storage"});
  EXPECT_EQ(conf->loop_count_wait, -1);
}

TEST(WorkerConf, S69_TwoNamesForThePortsAreDecidedAsTheServerDoes) {
  EXPECT_EQ(worker(NodeKind::kBe, "webserver_port = 18040")->http_port, 18040);
  const auto both = worker(NodeKind::kBe, "webserver_port = 18040\nbe_http_port = 18041");
  ASSERT_TRUE(both);
  EXPECT_EQ(both->http_port, 18041);
  EXPECT_TRUE(any_contains(both->warnings, "webserver_port = 18040"));
  EXPECT_TRUE(worker(NodeKind::kBe, "webserver_port = 1\nbe_http_port = 1")->warnings.empty());
  const auto cn = worker(NodeKind::kCn, "thrift_port = 19060\nbe_port = 19061");
  ASSERT_TRUE(cn);
  EXPECT_EQ(cn->be_port, 19061);
  EXPECT_TRUE(any_contains(cn->warnings, "thrift_port = 19060"));
}

TEST(WorkerConf, StorageRootsAreThePathsAlone) {
  const auto conf = worker(NodeKind::kBe,
                           "storage_root_path = ${DISK}/a,medium:ssd; /b/ ;;/c,capacity:50",
                           {{"DISK", "/mnt"}});
  ASSERT_TRUE(conf);
  EXPECT_EQ(conf->storage_roots, (std::vector<std::string>{"/mnt/a", "/b", "/c"}));
}

TEST(WorkerConf, AnEmptyPortIsAMistakeForABeUnlikeForAnFe) {
  const auto bad = worker(NodeKind::kBe, "heartbeat_service_port =\nbrpc_port = x");
  ASSERT_FALSE(bad);
  EXPECT_TRUE(contains(bad.error().what, "be.conf: heartbeat_service_port")) << bad.error().what;
  EXPECT_TRUE(contains(bad.error().what, "brpc_port")) << bad.error().what;
}

TEST(WorkerConf, LinesAreNoJavaProperties) {
  const auto conf =
      worker(NodeKind::kBe, "brpc_port: 1\nbe_port = 9061\\\n heartbeat_service_port = 9051");
  ASSERT_FALSE(conf);  // the backslash belongs to the value
  EXPECT_TRUE(contains(conf.error().what, "be_port")) << conf.error().what;
}

TEST(FeConf, ValuesThatDoubleWithEveryLineAreRefused) {
  const auto name = [](int i) { return "A" + std::to_string(i); };
  std::string text = "A0=0123456789\n";
  for (int i = 1; i < 60; ++i)
    text += name(i) + "=$" + name(i - 1) + "${" + name(i - 1) + "}\n";
  text += "meta_dir = ${A59}\n";
  const auto conf = fe(text);
  ASSERT_FALSE(conf);
  EXPECT_TRUE(contains(conf.error().what, "more than 2 MiB")) << conf.error().what;
}

TEST(FeConf, WhatAMessageRepeatsIsPrintable) {
  const auto conf = fe("http_port = \\u001b[2J\\nx\nkey\\u0007 = 1\n");
  ASSERT_FALSE(conf);
  EXPECT_TRUE(contains(conf.error().what, "\\x1b[2J\\x0ax")) << conf.error().what;
}

TEST(Conf, SurvivesEveryCutOfAHostileText) {
  const std::string text =
      "A=\"${B\nC='$(x`y\nD=`z\nmeta_dir=${\nx=${}\n=\n\\u00zz=1\nhttp_port=${A}${A}\nE=$\nF=${F}"
      "\n";
  for (const auto kind : {NodeKind::kFe, NodeKind::kBe, NodeKind::kCn}) {
    const auto context = context_of(kind, {{"B", "${B}"}});
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      const auto file = parse_conf(std::string_view(text).substr(0, cut), context);
      EXPECT_LT(file.values.size(), 20U);
    }
  }
}

TEST(ConfFiles, AreFoundUnderTheNodesHome) {
  const auto home = std::filesystem::path(::testing::TempDir()) / "sragent-conf-home";
  std::filesystem::remove_all(home);
  std::filesystem::create_directories(home / "conf");
  const ConfContext context{NodeKind::kFe, home.string(), {}};
  const auto missing = load_fe_conf(context);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(contains(missing.error().what, "conf/fe.conf"));
  std::ofstream(home / "conf" / "fe.conf") << "query_port = 19030\n";
  ASSERT_TRUE(load_fe_conf(context));
  EXPECT_EQ(load_fe_conf(context)->query_port, 19030);
  std::ofstream(home / "conf" / "fe.conf") << std::string((1U << 20U) + 1U, 'x');
  ASSERT_FALSE(load_fe_conf(context));
  EXPECT_EQ(load_fe_conf(context).error().kind, ErrorKind::kGarbled);
  std::filesystem::remove_all(home);
}

}  // namespace
}  // namespace sragent
