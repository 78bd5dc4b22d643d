#include <cstdlib>

#include <gtest/gtest.h>

#include "cli/cli.h"
#include "cli/output.h"
#include "core/exit_codes.h"
#include "runtime/log.h"

namespace sragent {
namespace {

using Words = std::vector<std::string_view>;

struct Outcome {
  int code{};
  std::string out{};
  std::string err{};
};

Outcome run(const Words& words) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code = run_cli(words);
  auto out = testing::internal::GetCapturedStdout();
  return {code, std::move(out), testing::internal::GetCapturedStderr()};
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(ConfigVerbs, CheckFindsMistakesOfFlags) {
  const auto outcome = run({"config", "check", "--loop-tick-ms", "x", "--fe-count=99"});
  EXPECT_EQ(outcome.code, kExitUsage);
  EXPECT_TRUE(contains(outcome.err, "flag --loop-tick-ms: expected an integer"));
  EXPECT_TRUE(contains(outcome.err, "flag --fe-count: expected an integer"));
  EXPECT_EQ(outcome.out, "");
}

TEST(ConfigVerbs, CheckWarnsOfFilesThatCannotBeRead) {
  const Words words{"config", "check", "--sql-password-file=/nonexistent/p", "--sql-tls-ca=/none"};
  const auto outcome = run(words);
  EXPECT_EQ(outcome.code, kExitDone);
  EXPECT_TRUE(contains(outcome.err, "warning: sql.password_file: ")) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "/nonexistent/p: No such file")) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "warning: sql.tls_ca: ")) << outcome.err;
  auto in_json = words;
  in_json.insert(in_json.end(), {"-o", "json"});
  EXPECT_TRUE(contains(run(in_json).out, "/nonexistent/p")) << run(in_json).out;
}

TEST(ConfigVerbs, CheckAnswersInJson) {
  const auto outcome = run({"config", "check", "/nonexistent/x", "-o", "json"});
  EXPECT_EQ(outcome.code, kExitUsage);
  EXPECT_EQ(outcome.out,
            "{\"valid\": false, \"errors\": [\"/nonexistent/x: expected a readable file: No such "
            "file or directory\"], \"warnings\": []}\n");
}

TEST(ConfigVerbs, ShowSaysWhereAValueComesFromAndHidesThePassword) {
  ::setenv("MYSQL_PWD", "geheim", 1);
  for (const auto* format : {"text", "json"}) {
    const auto outcome =
        run({"config", "show", "--origin", "--log-level", "warn", "--output", format});
    EXPECT_EQ(outcome.code, kExitDone);
    EXPECT_TRUE(contains(outcome.out, "flag --log-level")) << outcome.out;
    EXPECT_TRUE(contains(outcome.out, "env MYSQL_PWD")) << outcome.out;
    EXPECT_TRUE(contains(outcome.out, "***"));
    EXPECT_FALSE(contains(outcome.out + outcome.err, "geheim"));
  }
  ::unsetenv("MYSQL_PWD");
}

TEST(ConfigVerbs, ShowPrintsWhatTheLoaderReads) {
  ConfigSources sources;
  sources.file_name = "shown";
  sources.file_text = run({"config", "show", "--origin", "--node-service", "a,b:1"}).out;
  const auto loaded = load_config(sources);
  EXPECT_TRUE(loaded.ok()) << loaded.errors.at(0);
  EXPECT_EQ(loaded.config.node.service.size(), 2U);
}

TEST(LoadFor, TakesRoleAndServiceFromArguments) {
  Invocation call;
  call.verb = "run";
  call.arguments = {"be", "svc:9031,other"};
  const auto loaded = load_for(call);
  EXPECT_TRUE(loaded.ok());
  EXPECT_EQ(loaded.config.node.role, RoleSetting::kBe);
  ASSERT_EQ(loaded.config.node.service.size(), 2U);
  EXPECT_EQ(loaded.config.node.service[0], (ConfigEndpoint{"svc", 9031}));
  EXPECT_EQ(loaded.origins.at("node.service"), "argument SERVICE");
}

TEST(LoadFor, WarnsOfMoreArguments) {
  Invocation call;
  call.verb = "run";
  call.arguments = {"be", "svc", "more"};
  const auto loaded = load_for(call);
  EXPECT_TRUE(loaded.ok());
  EXPECT_EQ(loaded.warnings,
            (std::vector<std::string>{
                "argument 3: ignored: expected role and service only, found more"}));
}

TEST(LoadFor, LetsTheVariableFillAnEmptyArgument) {
  ::setenv("FE_SERVICE_NAME", "from-env", 1);
  Invocation call;
  call.verb = "run";
  call.arguments = {"be", ""};
  const auto loaded = load_for(call);
  ::unsetenv("FE_SERVICE_NAME");
  ASSERT_EQ(loaded.config.node.service.size(), 1U);
  EXPECT_EQ(loaded.config.node.service[0].host, "from-env");
}

TEST(LoadFor, LogsForAVerbInTheAgentsOwnFormAndFromWarnOn) {
  const auto logged = [](std::vector<ConfigFlag> flags) {
    Invocation call;
    call.verb = "register";
    call.config_flags = std::move(flags);
    LoadedConfig loaded;
    EXPECT_TRUE(load_or_complain(call, loaded));
    testing::internal::CaptureStderr();
    log_debug("asked");
    log_info("sql_transport");
    log_warn("feature_off");
    return testing::internal::GetCapturedStderr();
  };
  const auto text = logged({});
  EXPECT_TRUE(contains(text, "Z sr-agent warning feature_off")) << text;
  EXPECT_FALSE(contains(text, "sql_transport")) << text;
  EXPECT_TRUE(contains(logged({{"log.level", "debug", "flag"}}), "sr-agent debug asked"));
  EXPECT_EQ(logged({{"log.level", "error", "flag"}}), "");
}

TEST(LoadFor, RefusesAWordThatIsNoRole) {
  Invocation call;
  call.verb = "run";
  call.arguments = {"fee"};
  const auto loaded = load_for(call);
  ASSERT_EQ(loaded.errors.size(), 1U);
  EXPECT_EQ(loaded.errors[0], "argument ROLE: expected one of fe, be, cn, found \"fee\"");
}

TEST(Json, EscapesWhatJsonCannotHold) {
  EXPECT_EQ(json_text("a\"b\\c\n\t\x01"), R"("a\"b\\c\n\t\u0001")");
  EXPECT_EQ(json_text("gr\xc3\xbc\xc3\x9f"), "\"gr\xc3\xbc\xc3\x9f\"");
  EXPECT_EQ(json_text("\xff"), R"("\ufffd")");
  EXPECT_EQ(json_text("\xc3"), R"("\ufffd")");
  EXPECT_EQ(json_text("\xc0\xaf"), R"("\ufffd\ufffd")");
  EXPECT_EQ(json_text("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")");
  EXPECT_EQ(json_text("\xf0\x9f\x98\x80"), "\"\xf0\x9f\x98\x80\"");
}

TEST(Json, ObjectsKeepTheirOrder) {
  EXPECT_EQ(JsonObject{}.text("b", "x").number("a", -1).boolean("c", true).raw("d", "[]").str(),
            R"({"b": "x", "a": -1, "c": true, "d": []})");
  EXPECT_EQ(JsonObject{}.str(), "{}");
}

}  // namespace
}  // namespace sragent
