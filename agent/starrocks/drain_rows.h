#pragma once

#include <optional>
#include <string_view>

#include "core/result.h"
#include "starrocks/rows.h"

/// What a leaving node reads: marks against it and work that still runs. Pure. Columns as in
/// rows.h.
namespace sragent {

/// Whether SHOW {BACKEND | COMPUTE NODE} BLACKLIST has an entry of a person (`MANUAL`) for this
/// node. Entries of the FE itself (`AUTO`) go by themselves and are none. Source: docs/starrocks.md
/// sections 2.7 and 3.4.
[[nodiscard]] Result<bool> blacklisted(const TableView& table, std::string_view node_id);

/// Statements that run in SHOW PROCESSLIST, without SHOW PROCESSLIST itself.
[[nodiscard]] Result<int> running_statements(const TableView& table);

/// Queries and loads that run on a BE or CN, by its `/metrics`: live query contexts
/// (pip_query_ctx_cnt, what its own drain waits for) and open load channels. nullopt: it does not
/// tell the first. Source: docs/starrocks.md section 11.
[[nodiscard]] std::optional<int> running_work(std::string_view metrics);

}  // namespace sragent
