#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/keys.h"
#include "config/load.h"
#include "config/probe_keys.h"
#include "config/value.h"

namespace sragent {

enum class OriginKind : std::uint8_t { kDefault, kFile, kEnvironment, kFlag };

/// Where a value came from.
struct Origin {
  OriginKind kind{OriginKind::kDefault};
  std::string place{};  ///< "file:line", the variable, the flag, or why this default.
};

/// "default (why)", "file:line", "env NAME", "flag --x": for `config show --origin`.
[[nodiscard]] std::string to_text(const Origin& origin);

/// "file:line: key", "environment NAME", "flag --x", "key": the beginning of a message.
[[nodiscard]] std::string message_place(const Origin& origin, std::string_view key);

/// A valid value that a source holds for a key.
struct Candidate {
  const ConfigKey* key{};
  ConfigValue value{};
  Origin origin{};
};

/// What the sources yield. Candidates are added from the lowest rank to the highest.
struct Findings {
  std::vector<Candidate> candidates{};
  std::vector<std::string> errors{};
  std::vector<std::string> warnings{};
  std::vector<ProbeConfig> probes{};
};

/// "expected a known key; the nearest is sql.user"
[[nodiscard]] std::string unknown_key_text(std::string_view wanted);

/// Whether a table of this name has keys.
[[nodiscard]] bool is_table(std::string_view name);

/// ", found \"text\"" shortened and escaped; nothing for a secret.
[[nodiscard]] std::string found_text(const ConfigKey& key, std::string_view text);

// The three sources, each in its own file.
void read_toml(const ConfigSources& sources, Findings& out);
void read_environment(const ConfigSources& sources, Findings& out);
void read_flags(const ConfigSources& sources, Findings& out);

/// True for the names that Kubernetes makes of a Service: X_SERVICE_HOST, X_SERVICE_PORT[_NAME],
/// X_PORT, X_PORT_<n>_{TCP,UDP,SCTP}[_ADDR|_PORT|_PROTO] (enableServiceLinks).
[[nodiscard]] bool is_service_link(std::string_view name);

/// Fills in the defaults that depend on other keys and checks what no key can check alone.
void complete(const ConfigSources& sources,
              LoadedConfig& out,
              std::map<std::string, Origin, std::less<>>& origins);

}  // namespace sragent
