#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "node_view.h"
#include "sql_result.h"

namespace srsim {

/// What one connection carries between statements. Owned by its connection thread.
struct Session {
  std::uint32_t connection_id{};
  std::string user{"root"};
  std::string peer{};  ///< client as ip:port
  std::string db{};
  std::set<std::string> active_roles{};            ///< from the user's default roles at login
  std::map<std::string, std::string> variables{};  ///< session values that differ from the defaults
  bool closing{};  ///< KILL of its own id: the connection ends after this answer
};

/// Session of `user` as after a login: default roles active.
[[nodiscard]] Session open_session(const Catalog& catalog, const std::string& user);

/// Executes one COM_QUERY text: splits it into statements, parses all (a syntax error anywhere is
/// one ERR and nothing runs), then runs them in order until one fails. Forwards to the leader what
/// a non-leader does not answer itself. Delays as the real FE does: see NodeView.
/// Faults are not looked up here but in MysqlServer, so a forwarded statement strikes once.
/// Source: docs/starrocks.md sections 2 and 3.
[[nodiscard]] SqlResult execute(Session& session, NodeView& view, std::string_view sql);

/// The leader's side of forward(): executes `request` as its user.
[[nodiscard]] SqlResult execute_forwarded(const ForwardRequest& request, NodeView& view);

/// Stable word for faults and logs: "show_frontends", "show_backends", "show_compute_nodes",
/// "show_proc", "add_follower", "add_observer", "drop_follower", "drop_observer", "add_backend",
/// "drop_backend", "add_compute_node", "drop_compute_node", "decommission", "cancel_decommission",
/// "modify_frontend_host", "modify_backend_host", "add_blacklist", "delete_blacklist",
/// "show_blacklist", "select", "set", "show", "user", "ddl", "other" (what does not parse is
/// "other").
[[nodiscard]] std::string statement_kind(const Profile& profile, std::string_view sql);

/// Login check against the catalog: is `reply` the mysql_native_password answer to `scramble`?
/// An empty reply is the empty password.
[[nodiscard]] bool check_password(const User& user,
                                  std::string_view scramble,
                                  std::string_view reply);
/// `*` + hex of SHA1(SHA1(password)); empty for the empty password.
[[nodiscard]] std::string native_password_hash(std::string_view password);

/// One tick of the decommission daemon (every 10 s on the leader): drops each decommissioned BE
/// without tablets when drop_backend_after_decommission allows it, else moves what replicas it can
/// to other BEs. Returns the lines that fe.log shows. Source: docs/starrocks.md section 8.
[[nodiscard]] std::vector<std::string> decommission_tick(NodeView& view);

}  // namespace srsim
