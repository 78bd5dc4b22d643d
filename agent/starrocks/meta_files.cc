#include <algorithm>

#include "core/printable.h"
#include "core/text.h"
#include "starrocks/meta_dir.h"
#include "starrocks/properties.h"

namespace sragent {
namespace {

tl::unexpected<Error> garbled(std::string_view what) {
  return tl::unexpected(Error{ErrorKind::kGarbled, printable(what)});
}

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

const std::string* find(const Properties& from, std::string_view key) {
  const auto it = from.find(key);
  return it == from.end() ? nullptr : &it->second;
}

/// "<host>_<port>_<millis>"; the host may hold '_' itself.
bool split_node_name(std::string_view name, RoleFile& out) {
  const auto last = name.rfind('_');
  if (last == std::string_view::npos || !all_digits(name.substr(last + 1))) return false;
  const auto rest = name.substr(0, last);
  const auto middle = rest.rfind('_');
  if (middle == std::string_view::npos || middle == 0) return false;
  const auto digits = rest.substr(middle + 1);
  const auto port = whole_number<std::uint16_t>(digits).value_or(0);
  if (port == 0) return false;
  out.host = rest.substr(0, middle);
  out.port = port;
  return true;
}

bool set_host_type(const std::string* value, RoleFile& out) {
  out.host_type_key = value != nullptr;
  if (value == nullptr || value->empty()) return true;
  if (*value != "FQDN" && *value != "IP") return false;
  out.host_type_value = true;
  out.host_type = *value == "IP" ? HostType::kIp : HostType::kFqdn;
  return true;
}

}  // namespace

Result<RoleFile> parse_role(std::string_view text) {
  const auto parsed = parse_properties(text);
  if (!parsed) return tl::unexpected(parsed.error());
  const auto* role = find(*parsed, "role");
  const auto* name = find(*parsed, "name");
  if (role == nullptr) return garbled("no key role");
  if (*role != "FOLLOWER" && *role != "OBSERVER")
    return garbled("role is \"" + role->substr(0, 40) + "\", expected FOLLOWER or OBSERVER");
  if (name == nullptr) return garbled("no key name");
  RoleFile out;
  out.role = *role == "OBSERVER" ? FeRole::kObserver : FeRole::kFollower;
  out.node_name = *name;
  if (!split_node_name(*name, out))
    return garbled("name is \"" + name->substr(0, 80) + "\", expected <host>_<port>_<millis>");
  const auto* type = find(*parsed, "hostType");
  if (!set_host_type(type, out))
    return garbled("hostType is \"" + type->substr(0, 40) + "\", expected FQDN, IP or nothing");
  return out;
}

Result<VersionFile> parse_version_file(std::string_view text) {
  const auto parsed = parse_properties(text);
  if (!parsed) return tl::unexpected(parsed.error());
  const auto* id = find(*parsed, "clusterId");
  if (id == nullptr) return garbled("no key clusterId");
  constexpr std::size_t kMostDigits = 19;
  if (!all_digits(*id) || id->size() > kMostDigits)
    return garbled("clusterId is \"" + id->substr(0, 40) + "\", expected a number");
  VersionFile out;
  out.cluster_id = *id;
  if (const auto* token = find(*parsed, "token")) out.token = *token;
  if (const auto* mode = find(*parsed, "runMode")) out.run_mode = *mode;
  return out;
}

}  // namespace sragent
