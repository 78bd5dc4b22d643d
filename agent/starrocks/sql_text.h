#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/membership.h"
#include "core/result.h"
#include "core/types.h"

/// Texts of the statements that the agent sends, one address each. A host is letters, digits, '-',
/// '.', '_' or an IPv6 address, so no name can smuggle SQL; anything else is kBadConfig. Pure.
/// Source: docs/starrocks.md section 2.1.
namespace sragent {

inline constexpr std::string_view kShowFrontends = "SHOW FRONTENDS";
/// Local to the asked FE, and answered when no leader is known. Needs the OPERATE privilege.
inline constexpr std::string_view kShowProcFrontends = "SHOW PROC '/frontends'";
inline constexpr std::string_view kShowBackends = "SHOW BACKENDS";
inline constexpr std::string_view kShowComputeNodes = "SHOW COMPUTE NODES";

/// Connections of the asked FE; without OPERATE only the own ones.
inline constexpr std::string_view kShowProcesslist = "SHOW PROCESSLIST";

/// SHOW BACKENDS or SHOW COMPUTE NODES. Not for kFe.
[[nodiscard]] std::string_view show_workers(NodeKind kind);
/// The other kind's list.
[[nodiscard]] std::string_view show_other_workers(NodeKind kind);

/// Gives the user who sends it a password. kBadConfig: it is empty or has control characters.
[[nodiscard]] Result<std::string> set_own_password(std::string_view password);

/// True for a host that may stand in a statement: 1 to 253 characters of the set above.
[[nodiscard]] bool valid_host(std::string_view host);

[[nodiscard]] Result<std::string> add_frontend(FeRole role,
                                               std::string_view host,
                                               std::uint16_t port);
[[nodiscard]] Result<std::string> drop_frontend(FeRole role,
                                                std::string_view host,
                                                std::uint16_t port);
/// Where a CN stands; both empty: the default warehouse, and no clause in the statement. Any text
/// without control characters is a name: it is quoted, so none can smuggle SQL.
struct Placement {
  std::string_view warehouse{};
  std::string_view cn_group{};  ///< Only with `warehouse`.
};

/// `kind` kBe or kCn; `port` is the heartbeat port.
[[nodiscard]] Result<std::string> add_worker(NodeKind kind,
                                             std::string_view host,
                                             std::uint16_t port,
                                             Placement where = {});
/// `host` is the text of the IP column, not what it resolves to; `warehouse` that of the column
/// WarehouseName: 3.3.6 to 3.5 take the default warehouse for a DROP that names none, and check it.
[[nodiscard]] Result<std::string> drop_worker(NodeKind kind,
                                              std::string_view host,
                                              std::uint16_t port,
                                              std::string_view warehouse = {});
/// The same for a row of the list. The default warehouse is left out: every version finds its rows
/// without the clause.
[[nodiscard]] Result<std::string> drop_worker(NodeKind kind, const WorkerRow& row);

/// Sets SystemDecommissioned; again is no mistake. `host` as for drop_worker.
[[nodiscard]] Result<std::string> decommission_backend(std::string_view host, std::uint16_t port);
/// Of one that is not decommissioned it says OK.
[[nodiscard]] Result<std::string> cancel_decommission(std::string_view host, std::uint16_t port);

/// The asked FE's own blacklist: {ADD | DELETE} {BACKEND | COMPUTE NODE} BLACKLIST id. It is kept
/// in that FE's memory alone. kBadConfig: `id` is not digits.
[[nodiscard]] Result<std::string> add_to_blacklist(NodeKind kind, std::string_view id);
[[nodiscard]] Result<std::string> delete_from_blacklist(NodeKind kind, std::string_view id);
[[nodiscard]] std::string_view show_blacklist(NodeKind kind);

/// CREATE WAREHOUSE IF NOT EXISTS.
[[nodiscard]] Result<std::string> create_warehouse(std::string_view name);
/// ALTER WAREHOUSE ... ADD CNGROUP IF NOT EXISTS.
[[nodiscard]] Result<std::string> create_cn_group(Placement where);

}  // namespace sragent
