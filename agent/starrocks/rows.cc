#include "starrocks/rows.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "core/printable.h"

namespace sragent {
namespace {

tl::unexpected<Error> garbled(std::string_view what) {
  return tl::unexpected(Error{ErrorKind::kGarbled, printable(what)});
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

/// Columns of one table by name; remembers the first thing that was wrong.
class Columns {
 public:
  explicit Columns(const TableView& table) : table_(table) {}

  /// Index of a needed column.
  std::size_t need(std::string_view name) {
    const auto index = find(name);
    if (!index) fail("no column " + std::string(name));
    return index.value_or(0);
  }

  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const {
    const auto& all = table_.columns;
    const auto it = std::find_if(
        all.begin(), all.end(), [&](const std::string& column) { return same_name(column, name); });
    if (it == all.end()) return std::nullopt;
    return static_cast<std::size_t>(it - all.begin());
  }

  void fail(std::string what) {
    if (error_.empty()) error_ = std::move(what);
  }
  [[nodiscard]] bool bad() const { return !error_.empty(); }
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  const TableView& table_;
  std::string error_{};
};

using Cells = std::vector<std::optional<std::string>>;

/// One row's values by column index; what is no value is told to the Columns.
class RowReader {
 public:
  RowReader(Columns& columns, const Cells& cells) : columns_(columns), cells_(cells) {}

  /// Empty for SQL NULL.
  std::string text(std::size_t column) {
    if (column < cells_.size()) return cells_[column].value_or("");
    columns_.fail("a row with fewer cells than columns");
    return {};
  }

  std::string needed(std::size_t column, std::string_view name) {
    auto out = text(column);
    if (out.empty()) columns_.fail(std::string(name) + " is empty");
    return out;
  }

  bool flag(std::size_t column, std::string_view name) {
    const auto value = text(column);
    if (value == "true") return true;
    if (value != "false") wrong(name, value, "true or false");
    return false;
  }

  /// `zero`: what the table writes for "never heard of" (0, -1, NULL) becomes 0.
  std::uint16_t port(std::size_t column, std::string_view name, bool zero) {
    const auto value = text(column);
    if (zero && (value.empty() || value == "-1" || value == "0")) return 0;
    int out = 0;
    const auto* const end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, out);
    if (error == std::errc{} && stop == end && out >= 1 && out <= 65535)
      return static_cast<std::uint16_t>(out);
    wrong(name, value, "a port");
    return 0;
  }

  RowRole role(std::size_t column) {
    const auto value = text(column);
    if (value == "LEADER" || value == "MASTER") return RowRole::kLeader;  // MASTER: old builds
    if (value == "FOLLOWER") return RowRole::kFollower;
    if (value == "OBSERVER") return RowRole::kObserver;
    wrong("Role", value, "LEADER, FOLLOWER or OBSERVER");
    return RowRole::kFollower;
  }

 private:
  void wrong(std::string_view name, const std::string& value, std::string_view expected) {
    columns_.fail(std::string(name) + " is \"" + value.substr(0, 60) + "\", expected " +
                  std::string(expected));
  }

  Columns& columns_;
  const Cells& cells_;
};

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
  std::int64_t out = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, out);
  if (error != std::errc{} || stop != end || out <= 0) return std::nullopt;
  return out;
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
    if (columns.bad()) return garbled("node list: " + columns.error());
    out.push_back(std::move(row));
  }
  return out;
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
  return std::int64_t{days} * 86'400 + number(11, 2) * 3'600 + number(14, 2) * 60 + number(17, 2);
}

}  // namespace sragent
