#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/config.h"
#include "config/value.h"

namespace sragent {

enum class KeyType : std::uint8_t { kBool, kInteger, kChoice, kText, kList };

/// How the value of an alias, a name that was not made for the agent, is read. An empty one counts
/// as unset, as `${NAME:-default}` does in the stock scripts.
enum class AliasRule : std::uint8_t {
  kSame,         ///< As SR_AGENT_<TABLE>__<KEY>: a bad value is an error.
  kIgnoreBad,    ///< A bad value is a warning and counts as unset (Kubernetes service links).
  kOne,          ///< "1" is true; anything else counts as unset.
  kTrue,         ///< "true" is true, anything else is false.
  kTrueOrOne,    ///< "true" or "1" is true, anything else is false.
  kHostType,     ///< Anything but IP is FQDN, as the stock BE and CN scripts take it.
  kSeconds,      ///< Whole seconds for a key in milliseconds; a bad value is ignored.
  kDiscouraged,  ///< As kSame, with a warning.
  kDashes,       ///< As kSame, with "_" for "-": VERIFY_CA.
};

struct KeyAlias {
  std::string_view name{};
  AliasRule rule{AliasRule::kSame};
};

/// What is said once about a key. Its type, unit and default come from the member of Config.
struct KeySpec {
  std::string_view help{};
  TextFormat format{TextFormat::kAny};
  std::int64_t min{0};
  std::int64_t max{0};
  std::array<std::string_view, 5>
      choices{};                      ///< In the order of the enumerators; empty at the end.
  std::array<KeyAlias, 3> aliases{};  ///< Highest rank first; an empty name at the end.
  bool choice_may_be_unset{false};    ///< The first enumerator is "".
  bool reloadable{false};
  bool secret{false};
  std::string_view default_note{};  ///< How load_config finds the default, where it is not fixed.
};

/// One row of the key table.
struct ConfigKey {
  std::string_view table{};
  std::string_view name{};
  KeyType type{};
  std::string_view unit{};  ///< "milliseconds", "seconds" or empty.
  KeySpec spec{};
  /// `value` must have been accepted by is_valid.
  void (*store)(Config& config, const ConfigValue& value){};
  ConfigValue (*fetch)(const Config& config){};
};

/// Every key, grouped by table, in the order of the documentation.
[[nodiscard]] std::span<const ConfigKey> config_keys();

/// The row of "table.key", or nullptr.
[[nodiscard]] const ConfigKey* find_key(std::string_view wanted);

[[nodiscard]] std::string full_name(const ConfigKey& key);  ///< "sql.user"
[[nodiscard]] std::string env_name(const ConfigKey& key);   ///< "SR_AGENT_SQL__USER"
[[nodiscard]] std::string flag_name(const ConfigKey& key);  ///< "--sql-user"; empty for a secret.

/// Type, range, choice and format. A value equal to the default is always valid.
[[nodiscard]] bool is_valid(const ConfigKey& key, const ConfigValue& value);

/// A text from the environment or the command line; nothing if it is not valid.
[[nodiscard]] std::optional<ConfigValue> parse_text(const ConfigKey& key, std::string_view text);

/// What is_valid accepts, to follow "expected ": "an integer from 1 to 5 (seconds)".
[[nodiscard]] std::string expected_text(const ConfigKey& key);

/// The value as TOML writes it, a set secret as "***".
[[nodiscard]] std::string shown_value(const ConfigKey& key, const Config& config);

}  // namespace sragent
