#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"

namespace sragent {

enum class OutputFormat : std::uint8_t { kText, kJson };

/// One call of a verb, parsed and checked against its row in verbs.cc.
struct Invocation {
  std::string verb{};                    ///< "run", "config show"
  std::vector<std::string> arguments{};  ///< Positional words after the verb.
  std::map<std::string, std::string, std::less<>>
      options{};  ///< "--write" -> value; "" for a switch.
  OutputFormat output{OutputFormat::kText};
  std::string config_file{};               ///< --config; empty: not given.
  std::vector<ConfigFlag> config_flags{};  ///< --table-key flags of the configuration.

  [[nodiscard]] bool has(std::string_view option) const { return options.contains(option); }
  /// Value of an option, or `fallback` if it was not given.
  [[nodiscard]] std::string value(std::string_view option, std::string_view fallback = {}) const;
};

/// Runs one verb. `words` is argv without the program name. Returns the process's exit code.
[[nodiscard]] int run_cli(std::span<const std::string_view> words);

/// The configuration for this invocation: file, environment of the process, flags, and for verbs
/// that take them the arguments ROLE (node.role) and SERVICE (node.service).
[[nodiscard]] LoadedConfig load_for(const Invocation& call);

/// load_for, then warnings and errors on stderr, one a line. False if there were errors: the verb
/// returns kExitUsage. Also sets up the log for a verb that ends by itself.
[[nodiscard]] bool load_or_complain(const Invocation& call, LoadedConfig& out);

/// The same for a verb that needs no more of it than where the running agent is: mistakes are told
/// as warnings, and what they concern has its default.
[[nodiscard]] LoadedConfig load_to_find_agent(const Invocation& call);

/// Warnings and errors on stderr, one a line. False if there were errors.
[[nodiscard]] bool complain_of(const LoadedConfig& loaded);

// The verbs, each in its own file. Each returns an exit code of its row in verbs.cc.
[[nodiscard]] int run_run(const Invocation& call);
[[nodiscard]] int run_run_server(const Invocation& call);
[[nodiscard]] int run_init(const Invocation& call);
[[nodiscard]] int run_register(const Invocation& call);
[[nodiscard]] int run_offline(const Invocation& call);
[[nodiscard]] int run_register_helper_verb(const Invocation& call);
[[nodiscard]] int run_offline_helper(const Invocation& call);
[[nodiscard]] int run_prestop(const Invocation& call);
[[nodiscard]] int run_probe_verb(const Invocation& call);
[[nodiscard]] int run_drain(const Invocation& call);
[[nodiscard]] int run_hold(const Invocation& call);
[[nodiscard]] int run_resume(const Invocation& call);
[[nodiscard]] int run_transfer_leader(const Invocation& call);
[[nodiscard]] int run_status(const Invocation& call);
[[nodiscard]] int run_support(const Invocation& call);
[[nodiscard]] int run_peers(const Invocation& call);
[[nodiscard]] int run_explain(const Invocation& call);
[[nodiscard]] int run_check(const Invocation& call);
[[nodiscard]] int run_config_check(const Invocation& call);
[[nodiscard]] int run_config_show(const Invocation& call);
[[nodiscard]] int run_version(const Invocation& call);

}  // namespace sragent
