#include "starrocks/rows.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "core/printable.h"
#include "core/text.h"
#include "starrocks/columns.h"

namespace sragent {

using starrocks_detail::Cells;
using starrocks_detail::Columns;
using starrocks_detail::RowReader;

namespace {

tl::unexpected<Error> garbled(std::string_view what) {
  return tl::unexpected(Error{ErrorKind::kGarbled, printable(what)});
}

struct FeColumns {
  explicit FeColumns(Columns& columns)
      : host(columns.need("IP")),
        port(columns.need("EditLogPort")),
        role(columns.need("Role")),
        id(columns.need("ClusterId")),
        join(columns.need("Join")),
        alive(columns.need("Alive")),
        heartbeat(columns.need("LastHeartbeat")),
        start(columns.need("StartTime")) {}
  std::size_t host, port, role, id, join, alive, heartbeat, start;
};

FeRow read_fe_row(const FeColumns& at, RowReader cell) {
  FeRow out;
  out.host = cell.needed(at.host, "IP");
  out.port = cell.port(at.port, "EditLogPort", false);
  out.role = cell.role(at.role);
  out.join = cell.flag(at.join, "Join");
  out.alive = cell.flag(at.alive, "Alive");
  out.last_heartbeat = cell.text(at.heartbeat);
  out.start_time = cell.text(at.start);
  return out;
}

/// A count above 0; the table writes 0 for an FE that was never heard of.
std::optional<std::int64_t> count_in(const std::string& text) {
  const auto out = whole_number<std::int64_t>(text);
  return out && *out > 0 ? out : std::nullopt;
}

/// nullopt: none, or one that no node can have.
std::optional<int> number_in(const std::string& text) {
  const auto out = whole_number<int>(text);
  return out && *out >= 0 ? out : std::nullopt;
}

/// By the leader's clock and zone alone: both texts stand in one table.
void set_up_for(FeList& list) {
  const auto* leader = leader_row(list);
  if (leader == nullptr) return;
  const auto now = table_seconds(leader->last_heartbeat);
  if (!now) return;
  for (auto& row : list.rows) {
    const auto start = table_seconds(row.start_time);
    if (!start) continue;
    row.up_for = std::chrono::seconds{std::max<std::int64_t>(0, *now - *start)};
  }
}

}  // namespace

Result<FeList> fe_list(const TableView& table, std::string_view asked_host, Instant asked_at) {
  Columns columns(table);
  const FeColumns at(columns);
  if (columns.bad()) return garbled("FE list: " + columns.error());
  if (table.rows.empty()) return garbled("FE list: no row, though an FE lists itself");
  FeList out;
  out.asked_host = asked_host;
  out.asked_at = asked_at;
  for (const auto& cells : table.rows) {
    RowReader cell(columns, cells);
    const auto id = cell.needed(at.id, "ClusterId");
    if (out.cluster_id.empty()) out.cluster_id = id;
    if (id != out.cluster_id) columns.fail("two values of ClusterId in one list");
    out.rows.push_back(read_fe_row(at, cell));
    if (columns.bad()) return garbled("FE list: " + columns.error());
  }
  set_up_for(out);
  return out;
}

Result<std::vector<FeAddress>> fe_addresses(const TableView& table) {
  Columns columns(table);
  const auto host = columns.need("IP");
  const auto edit_log = columns.need("EditLogPort");
  const auto http = columns.need("HttpPort");
  const auto query = columns.need("QueryPort");
  const auto rpc = columns.need("RpcPort");
  const auto alive = columns.need("Alive");
  if (columns.bad()) return garbled("FE list: " + columns.error());
  const auto version = columns.find("Version");
  const auto error = columns.find("ErrMsg");
  const auto journal = columns.find("ReplayedJournalId");
  std::vector<FeAddress> out;
  for (const auto& cells : table.rows) {
    RowReader cell(columns, cells);
    FeAddress row;
    row.host = cell.needed(host, "IP");
    row.edit_log_port = cell.port(edit_log, "EditLogPort", false);
    row.http_port = cell.port(http, "HttpPort", true);
    row.query_port = cell.port(query, "QueryPort", true);
    row.rpc_port = cell.port(rpc, "RpcPort", true);
    row.alive = cell.flag(alive, "Alive");
    if (version) row.version = cell.text(*version);
    if (row.version == "NULL") row.version.clear();
    if (error) row.error = cell.text(*error);
    if (journal) row.journal_id = count_in(cell.text(*journal));
    if (columns.bad()) return garbled("FE list: " + columns.error());
    out.push_back(std::move(row));
  }
  return out;
}

Result<std::vector<WorkerRow>> worker_rows(const TableView& table) {
  Columns columns(table);
  const auto host = columns.need("IP");
  const auto port = columns.need("HeartbeatPort");
  const auto alive = columns.need("Alive");
  const auto decommissioned = columns.need("SystemDecommissioned");
  const auto error = columns.need("ErrMsg");
  if (columns.bad()) return garbled("node list: " + columns.error());
  const auto status = columns.find("StatusCode");
  const auto warehouse = columns.find("WarehouseName");
  const auto version = columns.find("Version");
  const auto start = columns.find("LastStartTime");
  const auto heartbeat = columns.find("LastHeartbeat");
  const auto tablets = columns.find("TabletNum");
  const auto used = columns.find("DataUsedCapacity");
  const auto free = columns.find("AvailCapacity");
  auto id = columns.find("BackendId");
  if (!id) id = columns.find("ComputeNodeId");
  std::vector<WorkerRow> out;
  for (const auto& cells : table.rows) {
    RowReader cell(columns, cells);
    WorkerRow row;
    row.host = cell.needed(host, "IP");
    row.heartbeat_port = cell.port(port, "HeartbeatPort", false);
    row.alive = cell.flag(alive, "Alive");
    row.decommissioned = cell.flag(decommissioned, "SystemDecommissioned");
    row.error = cell.text(error);
    if (status) row.status_code = cell.text(*status);
    if (warehouse) row.warehouse = cell.text(*warehouse);
    if (version) row.version = cell.text(*version);
    if (start) row.start_time = cell.text(*start);
    if (heartbeat) row.last_heartbeat = cell.text(*heartbeat);
    if (id) row.id = cell.text(*id);
    if (tablets) row.tablets = number_in(cell.text(*tablets));
    if (used) row.used_bytes = table_bytes(cell.text(*used));
    if (free) row.free_bytes = table_bytes(cell.text(*free));
    if (columns.bad()) return garbled("node list: " + columns.error());
    out.push_back(std::move(row));
  }
  return out;
}

std::optional<std::int64_t> table_bytes(std::string_view text) {
  constexpr std::array<std::string_view, 6> kUnits{" B", " KB", " MB", " GB", " TB", " PB"};
  double out = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, out);
  if (error != std::errc{} || !(out >= 0 && out < 1e6)) return std::nullopt;
  const std::string_view unit{stop, static_cast<std::size_t>(end - stop)};
  for (const auto& one : kUnits) {
    if (unit == one) return static_cast<std::int64_t>(out);
    out *= 1024;
  }
  return std::nullopt;
}

std::optional<std::int64_t> table_seconds(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-dd dd:dd:dd";
  if (text.size() != kShape.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == 'd' ? !digit : text[i] != kShape[i]) return std::nullopt;
  }
  const auto number = [&](std::size_t at, std::size_t count) {
    int out = 0;
    for (const char c : text.substr(at, count))
      out = out * 10 + (c - '0');
    return out;
  };
  const std::chrono::year_month_day day{std::chrono::year{number(0, 4)},
                                        std::chrono::month{static_cast<unsigned>(number(5, 2))},
                                        std::chrono::day{static_cast<unsigned>(number(8, 2))}};
  if (!day.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 60)
    return std::nullopt;
  const auto days = std::chrono::sys_days{day}.time_since_epoch().count();
  const auto minutes = std::int64_t{number(11, 2)} * 60 + number(14, 2);
  return std::int64_t{days} * 86'400 + minutes * 60 + number(17, 2);
}

}  // namespace sragent
