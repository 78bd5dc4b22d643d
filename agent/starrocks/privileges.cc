#include "starrocks/privileges.h"

#include <algorithm>
#include <array>

namespace sragent {
namespace {

/// Text between the first `begin` and the `end` behind it; nullopt: one of the two is not there.
std::optional<std::string_view> between(std::string_view text,
                                        std::string_view begin,
                                        std::string_view end) {
  const auto from = text.find(begin);
  if (from == std::string_view::npos) return std::nullopt;
  text.remove_prefix(from + begin.size());
  const auto to = text.find(end);
  if (to == std::string_view::npos) return std::nullopt;
  return text.substr(0, to);
}

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (end > 0) out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + separator.size()));
  }
  return out;
}

std::string quoted(std::string_view name) {
  std::string out{"'"};
  for (const char c : name) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

bool has(const std::vector<std::string>& all, std::string_view wanted) {
  return std::find(all.begin(), all.end(), wanted) != all.end();
}

struct FeatureRow {
  std::string_view begins{};
  std::string_view feature{};
};

/// The first whose words the statement begins with.
constexpr std::array kFeatures{
    FeatureRow{"SHOW FRONTENDS", "read the list of FEs"},
    FeatureRow{"SHOW PROCESSLIST", "wait for running statements before a stop"},
    FeatureRow{"SHOW PROC", "read the list of FEs while no leader is known"},
    FeatureRow{"SHOW BACKENDS", "read the list of BEs"},
    FeatureRow{"SHOW COMPUTE NODES", "read the list of CNs"},
    FeatureRow{"ALTER SYSTEM ADD", "add the own row"},
    FeatureRow{"ALTER SYSTEM DROP", "drop the own row"},
    FeatureRow{"SHOW BACKEND BLACKLIST", "keep new work away before a stop"},
    FeatureRow{"SHOW COMPUTE NODE BLACKLIST", "keep new work away before a stop"},
    FeatureRow{"ADD BACKEND BLACKLIST", "keep new work away before a stop"},
    FeatureRow{"ADD COMPUTE NODE BLACKLIST", "keep new work away before a stop"},
    FeatureRow{"DELETE BACKEND BLACKLIST", "keep new work away before a stop"},
    FeatureRow{"DELETE COMPUTE NODE BLACKLIST", "keep new work away before a stop"},
};

}  // namespace

std::optional<MissingPrivilege> missing_privilege(std::string_view text) {
  const auto names = between(text, "you need (at least one of) the ", " privilege(s)");
  if (!names) return std::nullopt;
  MissingPrivilege out;
  const bool by_word = names->find(" OR ") != std::string_view::npos;
  out.any_of = split(*names, by_word ? " OR " : "/");
  if (const auto roles = between(text, "Inactivated role(s): [", "]"))
    out.inactive = split(*roles, ", ");
  return out;
}

std::string to_text(const MissingPrivilege& missing) {
  std::string out;
  for (const auto& name : missing.any_of)
    out += (out.empty() ? "" : " or ") + name;
  return out + " on SYSTEM";
}

std::string grant_statement(const MissingPrivilege& missing, std::string_view user) {
  constexpr std::string_view kRole = "cluster_admin";
  const auto name = quoted(user);
  auto activate = "SET DEFAULT ROLE " + std::string{kRole} + " TO " + name;
  if (missing.any_of.empty()) return {};
  if (!has(missing.any_of, "NODE"))
    return "GRANT " + missing.any_of.back() + " ON SYSTEM TO USER " + name;
  if (has(missing.inactive, kRole)) return activate;
  return "GRANT " + std::string{kRole} + " TO USER " + name + "; " + activate;
}

std::string_view feature_of(std::string_view statement) {
  const auto* const row = std::find_if(kFeatures.begin(), kFeatures.end(), [&](const auto& one) {
    return statement.substr(0, one.begins.size()) == one.begins;
  });
  return row == kFeatures.end() ? std::string_view{"a statement"} : row->feature;
}

}  // namespace sragent
