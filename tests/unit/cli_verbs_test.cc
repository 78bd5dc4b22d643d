#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "cli/cli.h"
#include "cli/dispatch.h"
#include "cli/parse.h"
#include "cli/verbs.h"
#include "core/exit_codes.h"

namespace sragent {
namespace {

using Words = std::vector<std::string_view>;

ParsedWords parse(std::string_view verb, const Words& words) {
  return parse_words(*find_verb(verb), words);
}

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

TEST(Verbs, HaveEveryHandlerInTheTable) {
  std::set<std::string_view> seen;
  for (const auto& handler : verb_handlers()) {
    EXPECT_NE(find_verb(handler.verb), nullptr) << handler.verb;
    EXPECT_NE(handler.run, nullptr) << handler.verb;
    EXPECT_TRUE(seen.insert(handler.verb).second) << handler.verb;
  }
}

TEST(Verbs, AreAllCarriedOut) {
  for (const auto& verb : verbs()) {
    const auto handlers = verb_handlers();
    EXPECT_TRUE(std::any_of(handlers.begin(), handlers.end(), [&verb](const VerbHandler& handler) {
      return handler.verb == verb.name;
    })) << verb.name;
  }
}

TEST(Verbs, SayAllThatAUserNeeds) {
  for (const auto& verb : verbs()) {
    EXPECT_FALSE(verb.summary.empty()) << verb.name;
    EXPECT_TRUE(verb.example.starts_with("sr-agent " + std::string{verb.name})) << verb.name;
    std::set<int> codes;
    for (const auto& exit : verb.exits)
      EXPECT_TRUE(codes.insert(exit.code).second) << verb.name << " " << exit.code;
    for (const int code : {kExitDone, kExitUsage, kExitInternal})
      EXPECT_TRUE(codes.contains(code)) << verb.name << " " << code;
  }
}

TEST(Verbs, EndTheirHelpWithTheExample) {
  for (const auto& verb : verbs())
    EXPECT_TRUE(verb_help(verb).ends_with("Example:\n  " + std::string{verb.example} + "\n"));
}

TEST(Verbs, HaveExamplesThatParse) {
  for (const auto& verb : verbs()) {
    Words words;
    auto rest = verb.example.substr(std::string_view{"sr-agent "}.size() + verb.name.size());
    while (!rest.empty()) {
      const auto blank = rest.find(' ');
      if (blank != 0) words.push_back(rest.substr(0, blank));
      rest = blank == std::string_view::npos ? std::string_view{} : rest.substr(blank + 1);
    }
    EXPECT_EQ(parse_words(verb, words).error, "") << verb.example;
  }
}

TEST(Verbs, AreThePageOfTheProject) {
  std::ifstream file{std::string{SRAGENT_SOURCE_DIR} + "/docs/verbs.md", std::ios::binary};
  std::ostringstream page;
  page << file.rdbuf();
  EXPECT_EQ(page.str(), verbs_markdown()) << "sr-agent --help-markdown > docs/verbs.md";
}

TEST(CommandLine, SplitsArgumentsOptionsAndConfiguration) {
  const auto parsed = parse("init",
                            {"fe",
                             "--write",
                             "/x",
                             "svc",
                             "-o",
                             "json",
                             "--dry-run",
                             "--sql-user=agent",
                             "-c",
                             "/c.toml"});
  EXPECT_EQ(parsed.error, "");
  EXPECT_EQ(parsed.call.verb, "init");
  EXPECT_EQ(parsed.call.arguments, (std::vector<std::string>{"fe", "svc"}));
  EXPECT_EQ(parsed.call.value("--write"), "/x");
  EXPECT_TRUE(parsed.call.has("--dry-run"));
  EXPECT_FALSE(parsed.call.has("--from"));
  EXPECT_EQ(parsed.call.output, OutputFormat::kJson);
  EXPECT_EQ(parsed.call.config_file, "/c.toml");
  ASSERT_EQ(parsed.call.config_flags.size(), 1U);
  EXPECT_EQ(parsed.call.config_flags[0].key, "sql.user");
  EXPECT_EQ(parsed.call.config_flags[0].value, "agent");
  EXPECT_EQ(parsed.call.config_flags[0].origin, "flag --sql-user");
}

TEST(CommandLine, KeepsAnEmptyValueAndOneThatLooksLikeAnOption) {
  const auto parsed = parse("run", {"fe", "--sql-user=", "--log-level", "warn", "--node-root=-x"});
  EXPECT_EQ(parsed.error, "");
  ASSERT_EQ(parsed.call.config_flags.size(), 3U);
  EXPECT_EQ(parsed.call.config_flags[0].value, "-x");
  EXPECT_EQ(parsed.call.config_flags[1].value, "");
  EXPECT_EQ(parsed.call.config_flags[2].value, "warn");
}

TEST(CommandLine, KeepsAnEmptyArgumentInItsPlace) {
  EXPECT_EQ(parse("run", {"fe", ""}).call.arguments, (std::vector<std::string>{"fe", ""}));
}

TEST(CommandLine, TakesTheLastOfTwo) {
  EXPECT_EQ(parse("init", {"--write", "/a", "--write", "/b"}).call.value("--write"), "/b");
}

struct BadWords {
  std::string_view verb{};
  Words words{};
  std::string_view error{};
};

TEST(CommandLine, NamesTheNearestOption) {
  const std::vector<BadWords> cases{
      {"config show", {"--orgin"}, "--orgin: expected a known option; the nearest is --origin"},
      {"status",
       {"--sql-usr", "x"},
       "--sql-usr: expected a known option; the nearest is --sql-user"},
      {"status", {"--zzzzzz"}, "--zzzzzz: expected a known option"},
      {"status", {"-x"}, "-x: expected a known option"},
      {"status", {"--origin"}, "--origin: expected a known option"},
      {"status", {"--output=xml"}, "--output: expected text or json, found xml"},
      {"status", {"--config="}, "--config: expected the path of a file"},
      {"status",
       {"--sql-password=geheim"},
       "--sql-password: expected in SR_AGENT_SQL__PASSWORD or in a file: everyone can read "
       "arguments"},
  };
  for (const auto& row : cases)
    EXPECT_EQ(parse(row.verb, row.words).error, row.error);
}

TEST(CommandLine, WantsTheValueOfAnOption) {
  EXPECT_TRUE(parse("status", {"--output"}).error.starts_with("--output: "));
  EXPECT_NE(parse("init", {"--write"}).error, "");
}

TEST(CommandLine, TakesNoOptionForAValueSinceThatCouldShowAPassword) {
  const std::string refused = ": expected a value, found the option --sql-password";
  for (const auto* option : {"-o", "-c", "-ho", "--output", "--fe-count", "--node-root"})
    EXPECT_EQ(parse("run", {"fe", option, "--sql-password=hunter2"}).error, option + refused);
  EXPECT_EQ(parse("init", {"--write", "--sql-password=hunter2"}).error, "--write" + refused);
  EXPECT_EQ(parse("init", {"--dry-run", "--write=/a"}).error, "");
}

TEST(CommandLine, EndsWithUsageForAnUnknownVerb) {
  const std::vector<std::pair<Words, std::string_view>> cases{
      {{"statsu"}, "sr-agent: statsu: expected a verb; the nearest is status"},
      {{"confg", "show"}, "sr-agent: confg: expected a verb; the nearest is config show"},
      {{"config", "shwo"}, "sr-agent: config shwo: expected a verb; the nearest is config show"},
      {{"config"}, "sr-agent: config: expected a verb; the nearest is config check or config show"},
      {{"zzzzzz"}, "sr-agent: zzzzzz: expected a verb\n"},
      {{""}, "sr-agent: : expected a verb"},
      {{"help", "statsu"}, "sr-agent: statsu: expected a verb; the nearest is status"},
      {{"version", "x"}, "sr-agent: version: expected no more arguments, found x"},
      {{"config", "check", "a", "b"},
       "sr-agent: config check: expected no more arguments, found b"},
      {{"config", "check", "-c", "a", "b"},
       "sr-agent: config check: expected one file, found --config a and b"},
  };
  for (const auto& [words, message] : cases) {
    const auto outcome = run(words);
    EXPECT_EQ(outcome.code, kExitUsage) << message;
    EXPECT_TRUE(outcome.err.starts_with(message)) << outcome.err;
    EXPECT_EQ(outcome.out, "");
  }
  EXPECT_EQ(run({}).code, kExitUsage);
}

TEST(CommandLine, HelpsEachVerb) {
  for (const auto& verb : verbs()) {
    Words words;
    const auto blank = verb.name.find(' ');
    words.push_back(verb.name.substr(0, blank));
    if (blank != std::string_view::npos) words.push_back(verb.name.substr(blank + 1));
    words.push_back("--help");
    const auto outcome = run(words);
    EXPECT_EQ(outcome.code, kExitDone) << verb.name;
    EXPECT_EQ(outcome.out, verb_help(verb));
  }
  EXPECT_EQ(run({"--help"}).out, general_help());
}

TEST(CommandLine, HelpsByTheWordHelpAndForAWordThatOnlyBeginsVerbs) {
  const auto config = group_help("config");
  EXPECT_NE(config.find("config check"), std::string::npos);
  EXPECT_NE(config.find("config show"), std::string::npos);
  EXPECT_EQ(config.find("status"), std::string::npos);
  const std::vector<std::pair<Words, std::string>> cases{
      {{"help"}, general_help()},
      {{"help", "--help"}, general_help()},
      {{"help", "status"}, verb_help(*find_verb("status"))},
      {{"help", "config", "show"}, verb_help(*find_verb("config show"))},
      {{"help", "config"}, config},
      {{"config", "--help"}, config},
      {{"config", "-h"}, config},
  };
  for (const auto& [words, text] : cases) {
    const auto outcome = run(words);
    EXPECT_EQ(outcome.code, kExitDone) << words.back();
    EXPECT_EQ(outcome.out, text);
    EXPECT_EQ(outcome.err, "");
  }
}

}  // namespace
}  // namespace sragent
