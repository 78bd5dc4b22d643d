#include "starrocks/sql_text.h"

#include <algorithm>

namespace sragent {
namespace {

bool host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == ':' || c == '_';
}

Result<std::string> alter(std::string_view what, std::string_view host, std::uint16_t port) {
  if (!valid_host(host))
    return tl::unexpected(Error{ErrorKind::kBadConfig,
                                "\"" + std::string(host.substr(0, 60)) +
                                    "\" is no host name: expected letters, digits, '-', '.', '_'"});
  if (port == 0) return tl::unexpected(Error{ErrorKind::kBadConfig, "port 0 in a statement"});
  return "ALTER SYSTEM " + std::string(what) + " \"" + host_port(host, port) + "\"";
}

std::string with_role(std::string_view verb, FeRole role) {
  return std::string(verb) + " " + std::string(to_string(role));
}

std::string with_kind(std::string_view verb, NodeKind kind) {
  return std::string(verb) + (kind == NodeKind::kCn ? " COMPUTE NODE" : " BACKEND");
}

}  // namespace

std::string_view show_workers(NodeKind kind) {
  return kind == NodeKind::kCn ? kShowComputeNodes : kShowBackends;
}

std::string_view show_other_workers(NodeKind kind) {
  return kind == NodeKind::kCn ? kShowBackends : kShowComputeNodes;
}

bool valid_host(std::string_view host) {
  constexpr std::size_t kLongest = 253;
  return !host.empty() && host.size() <= kLongest &&
         std::all_of(host.begin(), host.end(), host_character);
}

Result<std::string> add_frontend(FeRole role, std::string_view host, std::uint16_t port) {
  return alter(with_role("ADD", role), host, port);
}

Result<std::string> drop_frontend(FeRole role, std::string_view host, std::uint16_t port) {
  return alter(with_role("DROP", role), host, port);
}

Result<std::string> add_worker(NodeKind kind, std::string_view host, std::uint16_t port) {
  return alter(with_kind("ADD", kind), host, port);
}

Result<std::string> drop_worker(NodeKind kind, std::string_view host, std::uint16_t port) {
  return alter(with_kind("DROP", kind), host, port);
}

}  // namespace sragent
