#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/leader.h"
#include "core/membership.h"
#include "core/result.h"

/// Result sets of the membership statements to core types. Columns are found by name, without case;
/// an unknown one is ignored, a missing one that is needed is kGarbled and named, as is a value
/// that is none. Pure. Source: docs/starrocks.md section 3.
namespace sragent {

/// A result set as text, not owned; SQL NULL is nullopt. From an SqlTable t: `{t.columns, t.rows}`.
struct TableView {
  std::span<const std::string> columns{};
  std::span<const std::vector<std::optional<std::string>>> rows{};
};

/// SHOW FRONTENDS or SHOW PROC '/frontends' as the FE at `asked_host` told it. `asked_host` is its
/// host as its own row spells it. `asked_at`: when the statement was sent. self_declared_leaders is
/// left empty.
[[nodiscard]] Result<FeList> fe_list(const TableView& table,
                                     std::string_view asked_host,
                                     Instant asked_at);

/// What else a row of the FE list tells: where to reach that FE.
struct FeAddress {
  std::string host{};
  std::uint16_t edit_log_port = 0;
  std::uint16_t http_port = 0;   ///< The answering FE's own; all FEs must use the same.
  std::uint16_t query_port = 0;  ///< 0: never heard of.
  std::uint16_t rpc_port = 0;
  bool alive = false;
  std::string version{};                     ///< "3.5.7-d2da301"; empty: unknown.
  std::string error{};                       ///< ErrMsg.
  std::optional<std::int64_t> journal_id{};  ///< ReplayedJournalId; none: never heard of.
};
[[nodiscard]] Result<std::vector<FeAddress>> fe_addresses(const TableView& table);

/// SHOW BACKENDS or SHOW COMPUTE NODES.
[[nodiscard]] Result<std::vector<WorkerRow>> worker_rows(const TableView& table);

/// "25.122 GB" as bytes; nullopt: not such a text.
[[nodiscard]] std::optional<std::int64_t> table_bytes(std::string_view text);

/// "2026-11-21 07:48:45" as seconds of some zone; nullopt: not such a text. Only differences of two
/// such values from one table mean anything.
[[nodiscard]] std::optional<std::int64_t> table_seconds(std::string_view text);

}  // namespace sragent
