#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "core/result.h"

namespace sragent {

inline constexpr std::string_view kDefaultConfigFile = "/etc/sr-agent/sr-agent.toml";

/// A value from the command line. `origin` names it in messages and in `config show --origin`,
/// for example "flag --sql-user" or "argument SERVICE".
struct ConfigFlag {
  std::string key{};  ///< "table.key"
  std::string value{};
  std::string origin{};
};

/// What a mounted Secret with `username` and `password` says (sql.auth_dir).
struct MountedLogin {
  std::string user{};           ///< Empty: it names none.
  std::string password_file{};  ///< Its path.
  std::string problem{};        ///< Not empty: why it is not used.
};

/// Everything that load_config looks at; it reads nothing by itself.
struct ConfigSources {
  std::string file_name{};   ///< In messages. Empty: there is no file.
  std::string file_text{};   ///< TOML.
  std::string file_error{};  ///< Not empty: why the file could not be read.
  std::map<std::string, std::string, std::less<>> environment{};
  std::vector<ConfigFlag> flags{};      ///< A later one for the same key wins.
  std::optional<MountedLogin> login{};  ///< Where nothing else names a user or a password.
};

/// The outcome of load_config. `config` may be used only if `ok()`.
struct LoadedConfig {
  Config config{};
  /// For each key: "file:line", "env NAME", a ConfigFlag's origin, "default" or "default (why)".
  std::map<std::string, std::string, std::less<>> origins{};
  std::vector<std::string> errors{};    ///< "where: key: expected ...", every mistake there is.
  std::vector<std::string> warnings{};  ///< Accepted, but the user should know.

  [[nodiscard]] bool ok() const { return errors.empty(); }
};

/// Merges and checks all sources: flag > SR_AGENT_<TABLE>__<KEY> > aliases by rank > file >
/// default. Pure; never throws for bad input.
[[nodiscard]] LoadedConfig load_config(const ConfigSources& sources);

/// Text of a configuration file. kNotFound if there is none, kIo with the reason otherwise
/// (also for a directory and for more than 1 MiB).
[[nodiscard]] Result<std::string> read_config_file(const std::string& path);

/// The configuration file: `path` if not empty, else SR_AGENT_CONFIG of the environment, else
/// kDefaultConfigFile.
[[nodiscard]] std::string config_file_name(
    const std::string& path, const std::map<std::string, std::string, std::less<>>& environment);

/// Fills the file members of `sources` from config_file_name(); the default alone may be missing.
void add_config_file(const std::string& path, ConfigSources& sources);

/// What `dir` (sql.auth_dir) holds; nullopt: no file `password`, or no `dir`.
[[nodiscard]] std::optional<MountedLogin> mounted_login(const std::string& dir);

/// The environment of this process as a map.
[[nodiscard]] std::map<std::string, std::string, std::less<>> process_environment();

}  // namespace sragent
