#include <set>

#include <gtest/gtest.h>

#include "config/keys.h"
#include "config_fixture.h"

namespace sragent {
namespace {

using test::sample;

TEST(ConfigKeys, HaveUniqueNamesFlagsAndVariables) {
  std::set<std::string> seen;
  for (const auto& key : config_keys()) {
    EXPECT_TRUE(seen.insert(full_name(key)).second) << full_name(key);
    EXPECT_TRUE(seen.insert(env_name(key)).second) << env_name(key);
    if (!key.spec.secret) {
      EXPECT_TRUE(seen.insert(flag_name(key)).second) << flag_name(key);
    }
    for (const auto& alias : key.spec.aliases) {
      if (!alias.name.empty()) {
        EXPECT_TRUE(seen.insert(std::string{alias.name}).second) << alias.name;
      }
    }
  }
}

TEST(ConfigKeys, StandTogetherByTable) {
  std::set<std::string_view> closed;
  std::string_view table;
  for (const auto& key : config_keys()) {
    if (key.table == table) continue;
    EXPECT_TRUE(closed.insert(key.table).second) << full_name(key);
    table = key.table;
  }
}

TEST(ConfigKeys, OfDurationsEndInTheirUnit) {
  for (const auto& key : config_keys()) {
    if (key.unit == "milliseconds") {
      EXPECT_TRUE(key.name.ends_with("_ms")) << full_name(key);
    }
    if (key.unit == "seconds") {
      EXPECT_TRUE(key.name.ends_with("_s")) << full_name(key);
    }
  }
}

TEST(ConfigKeys, HaveDefaultsWithinTheirOwnBounds) {
  for (const auto& key : config_keys()) {
    if (key.type != KeyType::kInteger) continue;
    const auto usual = std::get<std::int64_t>(key.fetch(Config{}));
    EXPECT_GE(usual, key.spec.min) << full_name(key);
    EXPECT_LE(usual, key.spec.max) << full_name(key);
  }
}

TEST(ConfigKeys, SayWhatTheyMean) {
  for (const auto& key : config_keys())
    EXPECT_TRUE(key.spec.help.ends_with('.')) << full_name(key);
}

TEST(ConfigKeys, StoreWhatTheyFetch) {
  for (const auto& key : config_keys()) {
    const auto value = parse_text(key, sample(key, 0).text);
    ASSERT_TRUE(value) << full_name(key);
    Config config;
    key.store(config, *value);
    EXPECT_EQ(key.fetch(config), *value) << full_name(key);
    EXPECT_NE(key.fetch(config), key.fetch(Config{})) << full_name(key);
  }
}

TEST(ConfigKeys, StoreIntoTheirOwnMemberOnly) {
  for (const auto& key : config_keys()) {
    Config config;
    key.store(config, parse_text(key, sample(key, 0).text).value());
    for (const auto& other : config_keys()) {
      if (full_name(other) == full_name(key)) continue;
      EXPECT_EQ(other.fetch(config), other.fetch(Config{}))
          << full_name(key) << " changes " << full_name(other);
    }
  }
}

TEST(ConfigKeys, MapEveryChoiceThereAndBack) {
  for (const auto& key : config_keys()) {
    for (const auto choice : key.spec.choices) {
      if (choice.empty()) continue;
      Config config;
      key.store(config, std::string{choice});
      EXPECT_EQ(key.fetch(config), ConfigValue{std::string{choice}}) << full_name(key);
    }
  }
}

TEST(ConfigKeys, GiveChoicesTheirEnumerators) {
  Config config;
  find_key("node.role")->store(config, std::string{"cn"});
  EXPECT_EQ(config.node.role, RoleSetting::kCn);
  find_key("node.host_type")->store(config, std::string{"FQDN"});
  EXPECT_EQ(config.node.host_type, HostTypeSetting::kFqdn);
  find_key("fe.bootstrap")->store(config, std::string{"strict"});
  EXPECT_EQ(config.fe.bootstrap, BootstrapSetting::kStrict);
  find_key("policy.on_refusal")->store(config, std::string{"exit"});
  EXPECT_EQ(config.policy.on_refusal, RefusalSetting::kExit);
  find_key("log.level")->store(config, std::string{"error"});
  EXPECT_EQ(config.log.level, LogLevelSetting::kError);
  find_key("log.format")->store(config, std::string{"json"});
  EXPECT_EQ(config.log.format, LogFormatSetting::kJson);
}

TEST(ConfigKeys, HideAPasswordThatIsSet) {
  Config config;
  const auto* key = find_key("sql.password");
  EXPECT_EQ(shown_value(*key, config), "\"\"");
  config.sql.password = "geheim";
  EXPECT_EQ(shown_value(*key, config), "\"***\"");
}

TEST(ConfigKeys, GiveNoFlagToASecret) {
  EXPECT_EQ(flag_name(*find_key("sql.password")), "");
  EXPECT_EQ(flag_name(*find_key("sql.connect_timeout_ms")), "--sql-connect-timeout-ms");
}

}  // namespace
}  // namespace sragent
