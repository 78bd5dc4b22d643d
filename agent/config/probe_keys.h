#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/probe_config.h"
#include "config/value.h"

namespace sragent {

enum class ProbeType : std::uint8_t { kText, kChoice, kInteger, kBool, kList };

/// One row of the table of keys of a `[[probe]]`.
struct ProbeKey {
  std::string_view name{};
  ProbeType type = ProbeType::kText;
  std::string_view kinds{};   ///< With blanks; empty: every kind has it.
  std::string_view needed{};  ///< Kinds that must have it, as `kinds`; "all": every one.
  std::string_view usual{};   ///< The default, for people; empty: none.
  std::string_view help{};
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::array<std::string_view, 7> choices{};  ///< In the order of the enumerators.
  TextFormat format = TextFormat::kAny;
  /// `value` has the type and range of the row.
  void (*store)(ProbeConfig& probe, const ConfigValue& value) = nullptr;
};

[[nodiscard]] std::span<const ProbeKey> probe_keys();

/// A key of a `[[probe]]` as the file has it.
struct ProbeEntry {
  std::string key{};
  std::optional<ConfigValue> value{};  ///< nullopt: of no type that a key has.
  std::string place{};                 ///< "file:line".
};

/// What a list of tables comes to: each mistake with place, key and what was expected.
struct ProbesRead {
  std::vector<ProbeConfig> probes{};
  std::vector<std::string> errors{};
};

/// Adds one `[[probe]]` that begins at `place`.
void read_probe(const std::string& place, const std::vector<ProbeEntry>& entries, ProbesRead& out);

/// host:port of a probe's `address` or `url`. "self" is the node's own address and stays that word.
struct ProbePlace {
  bool tls = false;
  std::string host{};
  std::uint16_t port = 0;
  std::string path{"/"};
};
[[nodiscard]] std::optional<ProbePlace> parse_probe_url(std::string_view url);
[[nodiscard]] std::optional<ProbePlace> parse_probe_address(std::string_view address);

/// The probe as a `[[probe]]` that reads back as itself.
[[nodiscard]] std::string to_toml(const ProbeConfig& probe);

/// The part of docs/configuration.md and of config/sr-agent.toml that tells of probes.
[[nodiscard]] std::string probes_markdown();
[[nodiscard]] std::string probes_toml();

}  // namespace sragent
