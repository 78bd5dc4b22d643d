#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a user may not do, and how to change that (S60). Source: docs/starrocks.md section 2.6.
/// Pure.
namespace sragent {

/// A refusal in an FE's words. NODE cannot be granted, it comes with the role cluster_admin; a role
/// that was granted has no effect before it is a default role of the user.
struct MissingPrivilege {
  std::vector<std::string> any_of{};    ///< "OPERATE", "NODE": one of them would do.
  std::vector<std::string> inactive{};  ///< Roles that the user has and that are not active.
};

/// Of "Access denied; you need (at least one of) the OPERATE OR NODE privilege(s) ...", in the
/// forms of all versions ("OPERATE/NODE"). nullopt: another text.
[[nodiscard]] std::optional<MissingPrivilege> missing_privilege(std::string_view text);

/// "OPERATE or NODE on SYSTEM".
[[nodiscard]] std::string to_text(const MissingPrivilege& missing);

/// The statements by which an admin gives `user` the last of `any_of`, the one that all statements
/// of the agent have in common: "GRANT ...; ...". Quoted, ready to be pasted.
[[nodiscard]] std::string grant_statement(const MissingPrivilege& missing, std::string_view user);

/// What an agent cannot do without this statement, by name: "read the list of FEs".
[[nodiscard]] std::string_view feature_of(std::string_view statement);

}  // namespace sragent
