#include "starrocks/sql_text.h"

#include <algorithm>

namespace sragent {
namespace {

bool host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == ':' || c == '_';
}

Result<std::string> alter(std::string_view what, std::string_view host, std::uint16_t port) {
  if (!valid_host(host)) {
    return tl::unexpected(Error{ErrorKind::kBadConfig,
                                "\"" + std::string(host.substr(0, 60)) +
                                    "\" is no host name: expected letters, digits, '-', '.', '_'"});
  }
  if (port == 0) return tl::unexpected(Error{ErrorKind::kBadConfig, "port 0 in a statement"});
  return "ALTER SYSTEM " + std::string(what) + " \"" + host_port(host, port) + "\"";
}

std::string with_role(std::string_view verb, FeRole role) {
  return std::string(verb) + " " + std::string(to_string(role));
}

std::string with_kind(std::string_view verb, NodeKind kind) {
  return std::string(verb) + (kind == NodeKind::kCn ? " COMPUTE NODE" : " BACKEND");
}

Result<std::string> blacklist(const std::string& verb, std::string_view id) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (id.empty() || id.size() > 19 || !std::all_of(id.begin(), id.end(), digit)) {
    return tl::unexpected(
        Error{ErrorKind::kBadConfig,
              "\"" + std::string(id.substr(0, 60)) + "\" is no node id: expected 1 to 19 digits"});
  }
  return verb + " BLACKLIST " + std::string(id);
}

/// In backquotes, doubled inside. Source: StarRocksLex.g4, BACKQUOTED_IDENTIFIER.
Result<std::string> quoted_name(std::string_view name) {
  constexpr std::size_t kLongest = 256;
  const auto control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  if (name.empty() || name.size() > kLongest || std::any_of(name.begin(), name.end(), control)) {
    return tl::unexpected(Error{ErrorKind::kBadConfig,
                                "a warehouse or CN group of " + std::to_string(name.size()) +
                                    " bytes: expected 1 to 256 bytes without control characters"});
  }
  std::string out{"`"};
  for (const char c : name) {
    if (c == '`') out += c;
    out += c;
  }
  return out + '`';
}

Result<std::string> placed(Result<std::string> statement,
                           std::string_view preposition,
                           Placement where) {
  if (!statement || where.warehouse.empty()) return statement;
  auto warehouse = quoted_name(where.warehouse);
  if (!warehouse) return warehouse;
  *statement += " " + std::string(preposition) + " WAREHOUSE " + *warehouse;
  if (where.cn_group.empty()) return statement;
  auto group = quoted_name(where.cn_group);
  if (!group) return group;
  *statement += " CNGROUP " + *group;
  return statement;
}

}  // namespace

std::string_view show_workers(NodeKind kind) {
  return kind == NodeKind::kCn ? kShowComputeNodes : kShowBackends;
}

std::string_view show_other_workers(NodeKind kind) {
  return kind == NodeKind::kCn ? kShowBackends : kShowComputeNodes;
}

Result<std::string> set_own_password(std::string_view password) {
  std::string out = "SET PASSWORD = PASSWORD('";
  for (const char c : password) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      return tl::unexpected(
          Error{ErrorKind::kBadConfig, "the password has a control character, as a line end"});
    }
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  if (password.empty()) return tl::unexpected(Error{ErrorKind::kBadConfig, "it is empty"});
  return out + "')";
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

Result<std::string> add_worker(NodeKind kind,
                               std::string_view host,
                               std::uint16_t port,
                               Placement where) {
  return placed(alter(with_kind("ADD", kind), host, port), "INTO", where);
}

Result<std::string> drop_worker(NodeKind kind,
                                std::string_view host,
                                std::uint16_t port,
                                std::string_view warehouse) {
  return placed(alter(with_kind("DROP", kind), host, port), "FROM", {warehouse, {}});
}

Result<std::string> drop_worker(NodeKind kind, const WorkerRow& row) {
  const std::string_view warehouse{row.warehouse};
  const bool usual = warehouse == kDefaultWarehouse;
  return drop_worker(kind, row.host, row.heartbeat_port, usual ? std::string_view{} : warehouse);
}

Result<std::string> decommission_backend(std::string_view host, std::uint16_t port) {
  return alter("DECOMMISSION BACKEND", host, port);
}

Result<std::string> cancel_decommission(std::string_view host, std::uint16_t port) {
  return alter("CANCEL DECOMMISSION BACKEND", host, port).map([](const std::string& text) {
    return text.substr(std::string_view{"ALTER SYSTEM "}.size());
  });
}

Result<std::string> add_to_blacklist(NodeKind kind, std::string_view id) {
  return blacklist(with_kind("ADD", kind), id);
}

Result<std::string> delete_from_blacklist(NodeKind kind, std::string_view id) {
  return blacklist(with_kind("DELETE", kind), id);
}

std::string_view show_blacklist(NodeKind kind) {
  return kind == NodeKind::kCn ? "SHOW COMPUTE NODE BLACKLIST" : "SHOW BACKEND BLACKLIST";
}

Result<std::string> create_warehouse(std::string_view name) {
  return quoted_name(name).map(
      [](const std::string& quoted) { return "CREATE WAREHOUSE IF NOT EXISTS " + quoted; });
}

Result<std::string> create_cn_group(Placement where) {
  auto warehouse = quoted_name(where.warehouse);
  if (!warehouse) return warehouse;
  return quoted_name(where.cn_group).map([&](const std::string& group) {
    return "ALTER WAREHOUSE " + *warehouse + " ADD CNGROUP IF NOT EXISTS " + group;
  });
}

}  // namespace sragent
