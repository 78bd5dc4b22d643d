#include "host_port.h"

#include <arpa/inet.h>

#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include "text_codec.h"

namespace srsim {
namespace {

std::string without_space(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (std::isspace(static_cast<unsigned char>(c)) == 0) out += c;
  return out;
}

/// Canonical spelling of an IPv6 literal, else the text itself.
std::string normalised(const std::string& host) {
  std::array<unsigned char, 16> raw{};
  if (inet_pton(AF_INET6, host.c_str(), raw.data()) != 1) return host;
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, raw.data(), text.data(), text.size());
  return text.data();
}

std::string_view kind_word(HostPortKind kind) {
  switch (kind) {
    case HostPortKind::kFrontend:
      return "FRONTEND";
    case HostPortKind::kBackend:
      return "BACKEND";
    case HostPortKind::kComputeNode:
      return "COMPUTE NODE";
  }
  return "";
}

/// Host and port texts; empty if `text` is not of that form.
std::optional<std::pair<std::string, std::string>> cut(const Profile& profile,
                                                       const std::string& text) {
  if (profile.ipv6_host_port && text.starts_with('[')) {
    const std::size_t end = text.find("]:");
    if (end == std::string::npos) return std::nullopt;
    return std::pair{text.substr(1, end - 1), text.substr(end + 2)};
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || text.find(':', colon + 1) != std::string::npos)
    return std::nullopt;
  return std::pair{text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

std::string to_string(const HostPort& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

bool is_ip_literal(std::string_view text) {
  std::array<unsigned char, 16> raw{};
  const std::string host(text);
  return inet_pton(AF_INET, host.c_str(), raw.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), raw.data()) == 1;
}

std::variant<HostPort, HostPortError> parse_host_port(const Profile& profile,
                                                      HostPortKind kind,
                                                      std::string_view text) {
  const std::string plain = without_space(text);
  const auto refuse = [&](const std::string& reason) {
    if (profile.new_host_port_errors) return HostPortError{.reason = reason};
    return HostPortError{.reason =
                             std::string(kind_word(kind)) + " host or port is wrong. " + reason};
  };
  const auto parts = cut(profile, plain);
  if (!parts) return refuse("Invalid host port: " + plain);
  const auto& [host, port_text] = *parts;
  if (host.empty()) return refuse("Host is null");
  const auto port = parse_number(port_text);
  if (!port) return refuse("Encounter unknown exception: For input string: \"" + port_text + "\"");
  if (*port <= 0 || *port >= 65536) {
    return refuse(
        "Encounter unknown exception: Getting analyzing error. Detail message: Port is out of "
        "range: " +
        std::to_string(*port) + ".");
  }
  return HostPort{.host = profile.ipv6_host_port ? normalised(host) : host,
                  .port = static_cast<int>(*port)};
}

}  // namespace srsim
