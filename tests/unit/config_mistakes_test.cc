#include <algorithm>

#include <gtest/gtest.h>

#include "config_fixture.h"

namespace sragent {
namespace {

using test::env_only;
using test::file_only;

struct FileMistake {
  std::string_view text{};
  std::string_view message{};
};

TEST(ConfigMistakes, OfAFileNameLineKeyAndWhatWasExpected) {
  const std::vector<FileMistake> cases{
      {"[sql]\nuser = 5", "a.toml:2: sql.user: expected a non-empty text, found 5"},
      {"[sql]\nuser = \"\"", "a.toml:2: sql.user: expected a non-empty text, found \"\""},
      {"[loop]\ntick_ms = \"250\"",
       "a.toml:2: loop.tick_ms: expected an integer from 10 to 60000 (milliseconds), found "
       "\"250\""},
      {"[loop]\ntick_ms = 2.5",
       "a.toml:2: loop.tick_ms: expected an integer from 10 to 60000 (milliseconds), found a "
       "number with a fraction"},
      {"[loop]\n\n\ntick_ms = 9",
       "a.toml:4: loop.tick_ms: expected an integer from 10 to 60000 (milliseconds), found 9"},
      {"[fe]\nquery_port = 70000",
       "a.toml:2: fe.query_port: expected an integer from 1 to 65535, found 70000"},
      {"[fe]\ncount = 32", "a.toml:2: fe.count: expected an integer from 0 to 31, found 32"},
      {"[fe]\ncount = -1", "a.toml:2: fe.count: expected an integer from 0 to 31, found -1"},
      {"[fe]\nobserver = 1", "a.toml:2: fe.observer: expected true or false, found 1"},
      {"[fe]\nbootstrap = \"always\"",
       "a.toml:2: fe.bootstrap: expected one of auto, strict, never, found \"always\""},
      {"[fe]\nbootstrap = \"\"",
       "a.toml:2: fe.bootstrap: expected one of auto, strict, never, found \"\""},
      {"[fe]\nhelper = \"fe-0\"", "a.toml:2: fe.helper: expected host:port, found \"fe-0\""},
      {"[node]\nroot = \"opt\"", "a.toml:2: node.root: expected an absolute path, found \"opt\""},
      {"[node]\nservice = \"fe\"",
       "a.toml:2: node.service: expected a list, each item host[:port], found \"fe\""},
      {"[node]\nservice = [\"fe:x\"]",
       "a.toml:2: node.service: expected a list, each item host[:port], found a list"},
      {"[node]\nservice = [1]",
       "a.toml:2: node.service: expected a list, each item host[:port], found a list"},
      {"[node]\npod_fqdn = \"fe-0\"",
       "a.toml:2: node.pod_fqdn: expected a host name with a domain part, found \"fe-0\""},
      {"[dns]\nservers = [\"ns1\"]",
       "a.toml:2: dns.servers: expected a list, each item address[:port], found a list"},
      {"[http]\nlisten = \"8099\"", "a.toml:2: http.listen: expected address:port, found \"8099\""},
      {"[sql]\npasword_file = \"/x\"",
       "a.toml:2: sql.pasword_file: expected a known key; the nearest is sql.password_file"},
      {"[node]\npassword_file = \"/x\"",
       "a.toml:2: node.password_file: expected a known key; the nearest is sql.password_file"},
      {"[sqll]\nuser = \"x\"",
       "a.toml:2: sqll.user: expected a known key; the nearest is sql.user"},
      {"[zzz]", "a.toml:1: zzz: expected a known key"},
      {"tick_ms = 5", "a.toml:1: tick_ms: expected a table, [tick_ms], found an integer"},
      {"[[sql]]\nuser = \"x\"", "a.toml:1: sql: expected a table, [sql], found a list"},
      {"[sql.user]\na = 1", "a.toml:1: sql.user: expected a non-empty text, found a table"},
  };
  for (const auto& row : cases) {
    const auto loaded = load_config(file_only(std::string{row.text}));
    ASSERT_EQ(loaded.errors.size(), 1U) << row.text;
    EXPECT_EQ(loaded.errors[0], row.message);
  }
}

TEST(ConfigMistakes, OfTomlItselfNameTheLine) {
  for (const auto* text : {"[sql]\nuser = ",
                           "[sql]\nuser = \"a\"\nuser = \"b\"",
                           "[sql\n",
                           "[sql]\nuser = \"\xff\""}) {
    const auto loaded = load_config(file_only(text));
    ASSERT_EQ(loaded.errors.size(), 1U) << text;
    EXPECT_TRUE(loaded.errors[0].starts_with("a.toml:")) << loaded.errors[0];
    EXPECT_NE(loaded.errors[0].find(": TOML: expected valid TOML: "), std::string::npos);
  }
}

/// Found by the fuzzer: toml++ 3.3 ended the process by an assertion.
TEST(ConfigMistakes, AKeyThatIsMissingIsAMistakeLikeOthers) {
  for (const char* text : {"[\n", "[.a]", "[[\n", "[=]", "[fe]\ncount = 3\n[.a]"}) {
    const auto loaded = load_config(file_only(text));
    ASSERT_EQ(loaded.errors.size(), 1U) << text;
    EXPECT_EQ(loaded.errors[0].find("a.toml"), 0U) << loaded.errors[0];
    EXPECT_NE(loaded.errors[0].find("TOML: expected valid TOML"), std::string::npos);
  }
}

TEST(ConfigMistakes, OfTypeAreFoundForEveryKey) {
  for (const auto& key : config_keys()) {
    const auto name = std::string{key.name};
    const auto text = "[" + std::string{key.table} + "]\n" + name + " = 1979-05-27\n";
    const auto loaded = load_config(file_only(text));
    ASSERT_EQ(loaded.errors.size(), 1U) << full_name(key);
    EXPECT_TRUE(loaded.errors[0].starts_with("a.toml:2: " + full_name(key) + ": expected "))
        << loaded.errors[0];
  }
}

TEST(ConfigMistakes, OfRangeAreFoundForEveryNumber) {
  for (const auto& key : config_keys()) {
    if (key.type != KeyType::kInteger) continue;
    for (const auto number : {key.spec.min - 1, key.spec.max + 1}) {
      const auto loaded = load_config(env_only({{env_name(key), std::to_string(number)}}));
      ASSERT_EQ(loaded.errors.size(), 1U) << full_name(key) << " = " << number;
      EXPECT_TRUE(loaded.errors[0].starts_with("environment " + env_name(key) + ": expected "));
    }
  }
}

TEST(ConfigMistakes, AreReportedAllAtOnceFromEverySource) {
  auto sources = file_only("[sql]\nuser = 5\nnope = 1\n[loop]\ntick_ms = 0\n");
  sources.environment = {{"SR_AGENT_FE__COUNT", "many"}, {"SR_AGENT_LOOP__LIVE_LIMIT_MS", ""}};
  sources.flags = {{"log.level", "loud", "flag --log-level"}, {"log.levl", "x", "flag --log-levl"}};
  const auto loaded = load_config(sources);
  EXPECT_EQ(loaded.errors.size(), 7U);
  const auto has = [&loaded](std::string_view message) {
    return std::find(loaded.errors.begin(), loaded.errors.end(), message) != loaded.errors.end();
  };
  EXPECT_TRUE(
      has("environment SR_AGENT_FE__COUNT: expected an integer from 0 to 31, found \"many\""));
  EXPECT_TRUE(has("flag --log-level: expected one of debug, info, warn, error, found \"loud\""));
  EXPECT_TRUE(has("flag --log-levl: expected a known key; the nearest is log.level"));
}

TEST(ConfigMistakes, AreFoundInAValueThatAHigherSourceOverrides) {
  auto sources = file_only("[loop]\ntick_ms = 0\n");
  sources.flags = {{"loop.tick_ms", "100", "flag --loop-tick-ms"}};
  EXPECT_EQ(load_config(sources).errors.size(), 1U);
}

TEST(ConfigMistakes, NeverRepeatAPassword) {
  const std::string secret(3, '\0');
  auto sources = file_only("[sql]\npassword = 4711\n");
  sources.environment = {{"MYSQL_PWD", secret + "geheim"}};
  const auto loaded = load_config(sources);
  ASSERT_EQ(loaded.errors.size(), 2U);
  for (const auto& error : loaded.errors) {
    EXPECT_EQ(error.find("geheim"), std::string::npos) << error;
    EXPECT_EQ(error.find("4711"), std::string::npos) << error;
  }
}

TEST(ConfigMistakes, ShowNoMoreThanTheBeginningOfAHugeValue) {
  const auto loaded =
      load_config(env_only({{"SR_AGENT_LOOP__TICK_MS", std::string(100'000, '7')}}));
  ASSERT_EQ(loaded.errors.size(), 1U);
  EXPECT_LT(loaded.errors[0].size(), 300U);
}

struct Combination {
  std::string_view text{};
  std::string_view message{};
};

TEST(ConfigMistakes, OfCombinationAreBlamedOnAKeyThatWasSet) {
  const std::vector<Combination> cases{
      {"[membership]\nconnect_probe_ms = 3000",
       "a.toml:2: membership.connect_probe_ms: expected membership.connect_probe_ms not above "
       "membership.slow_connect_probe_ms"},
      {"[membership]\nslow_connect_probe_ms = 100",
       "a.toml:2: membership.slow_connect_probe_ms: expected membership.connect_probe_ms not above "
       "membership.slow_connect_probe_ms"},
      {"[membership]\nbackoff_max_s = 1\nbackoff_min_ms = 1001",
       "a.toml:3: membership.backoff_min_ms: expected membership.backoff_min_ms not above "
       "membership.backoff_max_s"},
      {"[sql]\nstatement_timeout_ms = 100",
       "a.toml:2: sql.statement_timeout_ms: expected sql.connect_timeout_ms not above "
       "sql.statement_timeout_ms"},
      {"[sql]\nshow_timeout_ms = 100",
       "a.toml:2: sql.show_timeout_ms: expected sql.connect_timeout_ms not above "
       "sql.show_timeout_ms"},
      {"[loop]\ntick_ms = 6000",
       "a.toml:2: loop.tick_ms: expected loop.live_limit_ms at least twice loop.tick_ms"},
      {"[stop]\nreserve_s = 30",
       "a.toml:2: stop.reserve_s: expected stop.reserve_s below stop.grace_s"},
      {"[http]\nlisten = \"0.0.0.0:9030\"",
       "a.toml:2: http.listen: expected http.listen with another port than fe.query_port"},
      {"[node]\nrole = \"be\"\n[fe]\nobserver = true",
       "a.toml:4: fe.observer: expected false, since node.role is not fe"},
      {"[simulation]\ntime_scale = 2",
       "a.toml:2: simulation.time_scale: expected 1, since node.pod_ip is not in 127.0.0.0/8: "
       "other values are for loopback only"},
      {"[node]\npod_ip = \"10.127.0.1\"\n[simulation]\ntime_scale = 2",
       "a.toml:4: simulation.time_scale: expected 1, since node.pod_ip is not in 127.0.0.0/8: "
       "other values are for loopback only"},
  };
  for (const auto& row : cases) {
    const auto loaded = load_config(file_only(std::string{row.text}));
    ASSERT_EQ(loaded.errors.size(), 1U) << row.text;
    EXPECT_EQ(loaded.errors[0], row.message);
  }
}

TEST(ConfigMistakes, AreNoneWhereTimeIsScaledOnLoopback) {
  const auto loaded =
      load_config(file_only("[node]\npod_ip = \"127.3.0.7\"\n[simulation]\ntime_scale = 50"));
  EXPECT_TRUE(loaded.ok());
  EXPECT_EQ(loaded.config.simulation.time_scale, 50U);
}

TEST(ConfigMistakes, OfRoleNameBothPlaces) {
  auto sources = file_only("[node]\nrole = \"be\"\n");
  sources.environment = {{"COMPONENT_NAME", "fe"}};
  const auto loaded = load_config(sources);
  ASSERT_EQ(loaded.errors.size(), 1U);
  EXPECT_EQ(loaded.errors[0],
            "node.role: expected one role: env COMPONENT_NAME says \"fe\", a.toml:2 says \"be\"");
  sources.environment = {{"COMPONENT_NAME", "be"}};
  EXPECT_TRUE(load_config(sources).ok());
}

}  // namespace
}  // namespace sragent
