#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.h"

namespace sragent {

/// One setting on its way from a source to the Config. Durations are counts of the key's unit,
/// choices and endpoints are text.
using ConfigValue = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

/// What a text must look like.
enum class TextFormat : std::uint8_t {
  kAny,
  kPath,         ///< Absolute.
  kAddress,      ///< IPv4 or IPv6.
  kFqdn,         ///< A host name with a domain part.
  kHost,         ///< A host name or domain.
  kHostPort,     ///< host[:port]
  kHostAndPort,  ///< host:port
  kAddressPort,  ///< address[:port]
  kListen,       ///< address:port
  kSqlName,      ///< Up to 256 bytes without control characters.
};

[[nodiscard]] bool has_format(std::string_view text, TextFormat format);

/// "an absolute path", "host:port", ... to follow "expected ".
[[nodiscard]] std::string_view format_text(TextFormat format);

/// "host", "host:port", "[v6]:port" or a bare IPv6 address. Nothing if it is none of them.
[[nodiscard]] std::optional<ConfigEndpoint> parse_endpoint(std::string_view text);

/// The text that parse_endpoint reads back; empty for an empty host.
[[nodiscard]] std::string to_text(const ConfigEndpoint& endpoint);

/// Comma list without blanks around the items; empty items are dropped.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

/// The choices of a key for a message, each between two `quote`s: "a", "b". Empty ones are left
/// out: they fill a row's array up.
[[nodiscard]] std::string listed(std::span<const std::string_view> choices, std::string_view quote);

/// Equal but for the case of ASCII letters.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

/// As TOML writes it: 5, true, "text", ["a", "b"].
[[nodiscard]] std::string to_toml(const ConfigValue& value);

}  // namespace sragent
