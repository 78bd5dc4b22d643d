#include "config/value.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <type_traits>

#include <fmt/format.h>

#include "core/text.h"

namespace sragent {
namespace {

constexpr std::size_t kMaxHostLength = 253;  // RFC 1035 section 2.3.4, without the last dot
constexpr std::size_t kMaxLabelLength = 63;

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_address(std::string_view text) {
  if (text.find('\0') != std::string::npos) return false;  // inet_pton would not see the rest.
  std::array<unsigned char, sizeof(in6_addr)> buffer{};
  const std::string copy{text};
  return inet_pton(AF_INET, copy.c_str(), buffer.data()) == 1 ||
         inet_pton(AF_INET6, copy.c_str(), buffer.data()) == 1;
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kMaxLabelLength && label.front() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return is_alnum(c) || c == '-' || c == '_';
         });
}

bool is_host(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > kMaxHostLength) return false;
  while (true) {
    const auto dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto port = whole_number<std::uint16_t>(text);
  return port && *port > 0 ? port : std::nullopt;
}

std::optional<ConfigEndpoint> parse_bracketed(std::string_view text) {
  const auto close = text.find(']');
  if (close == std::string_view::npos) return std::nullopt;
  const auto host = text.substr(1, close - 1);
  const auto rest = text.substr(close + 1);
  if (!is_address(host)) return std::nullopt;
  if (rest.empty()) return ConfigEndpoint{std::string{host}, 0};
  const auto port = rest.front() == ':' ? parse_port(rest.substr(1)) : std::nullopt;
  if (!port) return std::nullopt;
  return ConfigEndpoint{std::string{host}, *port};
}

std::string in_quotes(std::string_view text) {
  std::string out{"\""};
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string quoted_list(const std::vector<std::string>& items) {
  std::string out{"["};
  for (const auto& item : items) {
    if (out.size() > 1) out += ", ";
    out += in_quotes(item);
  }
  return out + ']';
}

}  // namespace

bool has_format(std::string_view text, TextFormat format) {
  const auto endpoint = [text] { return parse_endpoint(text); };
  switch (format) {
    case TextFormat::kAny:
      return text.find('\0') == std::string_view::npos;
    case TextFormat::kPath:
      return text.starts_with('/') && text.find('\0') == std::string_view::npos;
    case TextFormat::kAddress:
      return is_address(text);
    case TextFormat::kFqdn:
      return is_host(text) && text.find('.') < text.size() - 1;
    case TextFormat::kHost:
      return is_host(text);
    case TextFormat::kHostPort:
      return endpoint().has_value();
    case TextFormat::kHostAndPort:
      return endpoint().value_or(ConfigEndpoint{}).port != 0;
    case TextFormat::kAddressPort: {
      const auto parsed = endpoint();
      return parsed && is_address(parsed->host);
    }
    case TextFormat::kListen: {
      const auto parsed = endpoint();
      return parsed && is_address(parsed->host) && parsed->port != 0;
    }
    case TextFormat::kSqlName: {
      constexpr std::size_t kLongest = 256;
      return text.size() <= kLongest && std::none_of(text.begin(), text.end(), [](char c) {
               return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
             });
    }
  }
  return false;
}

std::string_view format_text(TextFormat format) {
  switch (format) {
    case TextFormat::kAny:
      return "text";
    case TextFormat::kPath:
      return "an absolute path";
    case TextFormat::kAddress:
      return "an IP address";
    case TextFormat::kFqdn:
      return "a host name with a domain part";
    case TextFormat::kHost:
      return "a host or domain name";
    case TextFormat::kHostPort:
      return "host[:port]";
    case TextFormat::kHostAndPort:
      return "host:port";
    case TextFormat::kAddressPort:
      return "address[:port]";
    case TextFormat::kListen:
      return "address:port";
    case TextFormat::kSqlName:
      return "a name of up to 256 bytes without control characters";
  }
  return "text";
}

std::optional<ConfigEndpoint> parse_endpoint(std::string_view text) {
  if (text.starts_with('[')) return parse_bracketed(text);
  const auto colon = text.find(':');
  if (colon != text.rfind(':'))  // two colons without brackets: an IPv6 address, no port
    return is_address(text) ? std::optional{ConfigEndpoint{std::string{text}, 0}} : std::nullopt;
  const auto host = text.substr(0, colon);
  if (!is_host(host)) return std::nullopt;
  if (colon == std::string_view::npos) return ConfigEndpoint{std::string{host}, 0};
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return std::nullopt;
  return ConfigEndpoint{std::string{host}, *port};
}

std::string to_text(const ConfigEndpoint& endpoint) {
  if (endpoint.port == 0) return endpoint.host;
  const bool v6 = endpoint.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", endpoint.host, v6 ? "]" : "", endpoint.port);
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto comma = text.find(',');
    auto item = text.substr(0, comma);
    const auto first = item.find_first_not_of(" \t");
    const auto last = item.find_last_not_of(" \t");
    if (first != std::string_view::npos) out.emplace_back(item.substr(first, last - first + 1));
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return out;
}

std::string listed(std::span<const std::string_view> choices, std::string_view quote) {
  std::string out;
  for (const auto choice : choices) {
    if (!choice.empty())
      out += fmt::format("{}{}{}{}", out.empty() ? "" : ", ", quote, choice, quote);
  }
  return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string to_toml(const ConfigValue& value) {
  return std::visit(
      [](const auto& v) -> std::string {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, bool>) return v ? "true" : "false";
        if constexpr (std::is_same_v<T, std::int64_t>) return fmt::format("{}", v);
        if constexpr (std::is_same_v<T, std::string>) return in_quotes(v);
        if constexpr (std::is_same_v<T, std::vector<std::string>>) return quoted_list(v);
      },
      value);
}

}  // namespace sragent
