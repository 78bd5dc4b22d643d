#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "config/load.h"
#include "config/reference.h"
#include "config/reload.h"
#include "config_fixture.h"

namespace sragent {
namespace {

using test::file_only;
using test::sample;

/// What has to be said with some keys, so that they are no mistake.
std::string companions(const ConfigKey& key) {
  if (full_name(key) == "node.cn_group") return "warehouse = \"w\"\n";
  if (full_name(key) == "sql.tls_mode") return "tls_ca = \"/ca.pem\"\n";
  if (full_name(key) == "sql.tls_name")
    return "tls_ca = \"/ca.pem\"\ntls_mode = \"verify-identity\"\n";
  if (full_name(key) == "sql.first_password") return "password_file = \"/password\"\n";
  if (full_name(key) == "sql.next_password_file") return "password_file = \"/password\"\n";
  return {};
}

std::string toml_line(const ConfigKey& key, int variant) {
  return "[" + std::string{key.table} + "]\n" + std::string{key.name} + " = " +
         sample(key, variant).toml + "\n" + companions(key);
}

std::string value_of(const ConfigKey& key, int variant) {
  return to_toml(parse_text(key, sample(key, variant).text).value());
}

/// The scale is refused off loopback, and roles must agree: both are tested on their own.
bool needs_others(const ConfigKey& key) {
  return full_name(key) == "simulation.time_scale" || full_name(key) == "node.role";
}

TEST(ConfigPrecedence, OfEveryKeyIsFlagEnvironmentAliasFileDefault) {
  for (const auto& key : config_keys()) {
    if (needs_others(key)) continue;
    const auto name = full_name(key);
    ConfigSources sources;
    auto loaded = load_config(sources);
    EXPECT_TRUE(loaded.origins.at(name).starts_with("default")) << name;

    sources = file_only(toml_line(key, 0));
    loaded = load_config(sources);
    EXPECT_TRUE(loaded.ok()) << loaded.errors.at(0);
    EXPECT_EQ(loaded.origins.at(name), "a.toml:2");
    EXPECT_EQ(test::loaded_value(loaded, key), value_of(key, 0)) << name;

    const auto& alias = key.spec.aliases[0];
    if (alias.rule == AliasRule::kSame && !alias.name.empty()) {
      sources.environment[std::string{alias.name}] = sample(key, 1).text;
      loaded = load_config(sources);
      EXPECT_EQ(loaded.origins.at(name), "env " + std::string{alias.name});
      EXPECT_EQ(test::loaded_value(loaded, key), value_of(key, 1)) << name;
    }

    sources.environment[env_name(key)] = sample(key, 2).text;
    loaded = load_config(sources);
    EXPECT_TRUE(loaded.ok()) << loaded.errors.at(0);
    EXPECT_EQ(loaded.origins.at(name), "env " + env_name(key));
    EXPECT_EQ(test::loaded_value(loaded, key), value_of(key, 2)) << name;

    sources.flags = {{name, sample(key, 3).text, "flag " + flag_name(key)}};
    loaded = load_config(sources);
    EXPECT_TRUE(loaded.ok()) << loaded.errors.at(0);
    EXPECT_EQ(loaded.origins.at(name), "flag " + flag_name(key));
    EXPECT_EQ(test::loaded_value(loaded, key), value_of(key, 3)) << name;
  }
}

TEST(ConfigPrecedence, LetsTheLaterOfTwoFlagsWin) {
  ConfigSources sources;
  sources.flags = {{"sql.user", "a", "flag --sql-user"}, {"sql.user", "b", "flag --sql-user"}};
  EXPECT_EQ(load_config(sources).config.sql.user, "b");
}

TEST(ConfigLoad, WithoutAnySourceGivesTheDefaults) {
  const auto loaded = load_config({});
  EXPECT_TRUE(loaded.ok());
  EXPECT_TRUE(loaded.warnings.empty());
  for (const auto& key : config_keys())
    EXPECT_EQ(key.fetch(loaded.config), key.fetch(Config{})) << full_name(key);
}

TEST(ConfigLoad, TakesChoicesInAnyCase) {
  EXPECT_EQ(load_config(file_only("[node]\nhost_type = \"fqdn\"")).config.node.host_type,
            HostTypeSetting::kFqdn);
}

TEST(ConfigLoad, TakesTheReferenceFileAsItIsAndUncommented) {
  const auto commented = load_config(file_only(reference_toml()));
  EXPECT_TRUE(commented.ok());
  std::string uncommented;
  std::istringstream lines{reference_toml()};
  for (std::string line; std::getline(lines, line);) {
    for (const auto& key : config_keys()) {
      if (line.starts_with("# " + std::string{key.name} + " = ")) {
        line.erase(0, 2);
        break;
      }
    }
    uncommented += line + "\n";
  }
  const auto loaded = load_config(file_only(uncommented));
  EXPECT_TRUE(loaded.ok()) << loaded.errors.at(0);
  for (const auto& key : config_keys()) {
    EXPECT_TRUE(loaded.origins.at(full_name(key)).starts_with("a.toml:")) << full_name(key);
    EXPECT_EQ(key.fetch(loaded.config), key.fetch(Config{})) << full_name(key);
  }
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sr-agent-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  TemporaryFolder(TemporaryFolder&&) = delete;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;

  [[nodiscard]] std::string file(std::string_view name, std::string_view text) const {
    auto path = (path_ / name).string();
    std::ofstream{path, std::ios::binary} << text;
    return path;
  }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_{};
};

TEST(ConfigFile, IsReadWhole) {
  const TemporaryFolder folder;
  const std::string text(10'000, '#');
  EXPECT_EQ(read_config_file(folder.file("c.toml", text)).value(), text);
}

TEST(ConfigFile, SaysWhyItCannotBeRead) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_config_file(folder.path() + "/none").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(read_config_file(folder.file("c", "") + "/x").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(read_config_file(folder.path()).error().what, "not a regular file");
  EXPECT_EQ(read_config_file(folder.file("big", std::string((1U << 20U) + 1, '#'))).error().what,
            "larger than 1 MiB");
}

TEST(ConfigFile, ThatWasAskedForMustBeThere) {
  const TemporaryFolder folder;
  const auto missing = folder.path() + "/none";
  for (const bool by_flag : {true, false}) {
    ConfigSources sources;
    if (!by_flag) sources.environment["SR_AGENT_CONFIG"] = missing;
    add_config_file(by_flag ? missing : "", sources);
    const auto loaded = load_config(sources);
    ASSERT_EQ(loaded.errors.size(), 1U);
    EXPECT_EQ(loaded.errors[0], missing + ": expected a readable file: No such file or directory");
  }
}

TEST(ConfigFile, OfTheFlagWinsOverTheEnvironment) {
  const TemporaryFolder folder;
  ConfigSources sources;
  sources.environment["SR_AGENT_CONFIG"] = folder.file("env", "[sql]\nuser = \"env\"");
  const auto by_flag = folder.file("flag", "[sql]\nuser = \"flag\"");
  add_config_file(by_flag, sources);
  const auto loaded = load_config(sources);
  EXPECT_EQ(loaded.config.sql.user, "flag");
  EXPECT_EQ(loaded.origins.at("sql.user"), by_flag + ":2");
}

TEST(ConfigFile, ThatIsUnreadableDoesNotHideOtherMistakes) {
  ConfigSources sources;
  sources.environment["SR_AGENT_LOOP__TICK_MS"] = "x";
  add_config_file("/nonexistent/file", sources);
  EXPECT_EQ(load_config(sources).errors.size(), 2U);
}

TEST(ConfigReload, AppliesWhatIsLiveAndNamesTheRest) {
  const Config running;
  auto wanted = running;
  wanted.sql.user = "agent";
  wanted.http.listen.port = 8123;
  const auto plan = plan_reload(running, wanted);
  ASSERT_EQ(plan.changes.size(), 2U);
  EXPECT_EQ(plan.changes[0].key, "sql.user");
  EXPECT_EQ(plan.changes[0].change, KeyChange::kApplied);
  EXPECT_EQ(plan.changes[1].key, "http.listen");
  EXPECT_EQ(plan.changes[1].change, KeyChange::kRestartNeeded);
  EXPECT_EQ(plan.config.sql.user, "agent");
  EXPECT_EQ(plan.config.http.listen.port, 8099);
}

TEST(ConfigReload, SeesAChangeOfEveryKey) {
  for (const auto& key : config_keys()) {
    Config wanted;
    key.store(wanted, parse_text(key, sample(key, 0).text).value());
    const auto plan = plan_reload({}, wanted);
    ASSERT_EQ(plan.changes.size(), 1U) << full_name(key);
    EXPECT_EQ(plan.changes[0].key, full_name(key));
    const auto& expected = key.spec.reloadable ? wanted : Config{};
    EXPECT_EQ(key.fetch(plan.config), key.fetch(expected)) << full_name(key);
  }
}

TEST(ConfigReload, OfTheSameIsNothing) {
  EXPECT_TRUE(plan_reload({}, {}).changes.empty());
}

std::string project_file(const char* path) {
  std::ifstream file{std::string{SRAGENT_SOURCE_DIR} + "/" + path, std::ios::binary};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(ConfigReference, IsTheFileOfTheProject) {
  EXPECT_EQ(project_file("config/sr-agent.toml"), reference_toml())
      << "sr-agent config show --default > config/sr-agent.toml";
}

TEST(ConfigReference, IsThePageOfTheProject) {
  EXPECT_EQ(project_file("docs/configuration.md"), reference_markdown())
      << "sr-agent config show --reference > docs/configuration.md";
}

}  // namespace
}  // namespace sragent
