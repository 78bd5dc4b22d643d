#include "starrocks/drain_rows.h"

#include "core/printable.h"
#include "starrocks/columns.h"

namespace sragent {

using starrocks_detail::Columns;
using starrocks_detail::RowReader;
using starrocks_detail::same_name;

namespace {

tl::unexpected<Error> garbled(const std::string& what) {
  return tl::unexpected(Error{ErrorKind::kGarbled, printable(what)});
}

/// Value of a metric without labels; nullopt: it is not there.
std::optional<int> metric(std::string_view text, std::string_view name) {
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    at = end + 1;
    if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ' ') continue;
    const auto value = line.substr(name.size() + 1);
    double out = 0;
    const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), out);
    if (error == std::errc{} && out >= 0 && out < 1e9) return static_cast<int>(out);
  }
  return std::nullopt;
}

}  // namespace

Result<bool> blacklisted(const TableView& table, std::string_view node_id) {
  Columns columns(table);
  auto id = columns.find("BackendId");
  if (!id) id = columns.find("ComputeNodeId");
  if (!id) return garbled("blacklist: no column BackendId or ComputeNodeId");
  const auto type = columns.need("AddBlackListType");
  if (columns.bad()) return garbled("blacklist: " + columns.error());
  bool out = false;
  for (const auto& cells : table.rows) {
    RowReader cell(columns, cells);
    out |= cell.text(*id) == node_id && same_name(cell.text(type), "MANUAL");
    if (columns.bad()) return garbled("blacklist: " + columns.error());
  }
  return out;
}

Result<int> running_statements(const TableView& table) {
  Columns columns(table);
  const auto command = columns.need("Command");
  const auto info = columns.need("Info");
  if (columns.bad()) return garbled("process list: " + columns.error());
  int out = 0;
  for (const auto& cells : table.rows) {
    RowReader cell(columns, cells);
    const bool runs = same_name(cell.text(command), "Query");
    const bool own = same_name(cell.text(info), "SHOW PROCESSLIST");
    if (columns.bad()) return garbled("process list: " + columns.error());
    if (runs && !own) ++out;
  }
  return out;
}

std::optional<int> running_work(std::string_view metrics) {
  const auto queries = metric(metrics, "starrocks_be_pip_query_ctx_cnt");
  if (!queries) return std::nullopt;
  return *queries + metric(metrics, "starrocks_be_load_channel_count").value_or(0);
}

}  // namespace sragent
