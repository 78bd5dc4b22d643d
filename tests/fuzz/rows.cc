// A result set: columns in the first line, a row in each further one, cells parted by tabs, \N is
// NULL.

#include "starrocks/rows.h"

#include "fuzz.h"

namespace sragent::fuzz {
namespace {

using Cells = std::vector<std::optional<std::string>>;

Cells cells_of(std::string_view line) {
  Cells out;
  while (true) {
    const auto tab = line.find('\t');
    const auto cell = line.substr(0, tab);
    if (cell == "\\N") {
      out.emplace_back(std::nullopt);
    } else {
      out.emplace_back(cell);
    }
    if (tab == std::string_view::npos) return out;
    line.remove_prefix(tab + 1);
  }
}

template <typename T>
bool read(const Result<T>& result) {
  if (result) return true;
  require(!result.error().what.empty(), "an error has a text");
  require_printable(result.error().what, "an error of a result set");
  return false;
}

void require_list(const Result<FeList>& list, std::size_t rows) {
  if (!read(list)) return;
  require(list->rows.size() == rows && rows > 0, "a row for each row");
  require(!list->cluster_id.empty(), "a list has a cluster id");
  for (const auto& row : list->rows) {
    require(!row.host.empty() && row.port != 0, "a row has host and port");
    require(!row.up_for || *row.up_for >= Millis{0}, "nobody is up for less than nothing");
  }
  if (!word_counts(*list)) return;
  const auto* own = find_row(*list, list->asked_host);
  require(own != nullptr && own->role == RowRole::kLeader && own->join,
          "a leader says that it leads");
  LeaderHistory history;
  add_reading(history, *list);
  const Instant now = list->asked_at + kFreshSpan;
  for (const auto& row : list->rows)
    require(!(row_fresh(history, row, now) && row_dead(history, row)), "nobody is fresh and dead");
  require(!drop_keeps_majority(*list, history, list->asked_host, now), "one reading drops nobody");
}

}  // namespace

void rows(Bytes data) {
  auto text = text_of(data);
  std::vector<std::string> columns;
  for (const auto& cell : cells_of(take_line(text)))
    columns.push_back(cell.value_or("\\N"));
  std::vector<Cells> table;
  for (const auto line : lines_of(text))
    table.push_back(cells_of(line));
  const TableView view{columns, table};
  const std::string host = table.empty() ? "" : table.front().front().value_or("");
  require_list(fe_list(view, host, Instant{50'000}), table.size());
  if (const auto addresses = fe_addresses(view); read(addresses)) {
    require(addresses->size() == table.size(), "an address for each row");
    for (const auto& row : *addresses)
      require(!row.host.empty() && row.edit_log_port != 0, "an address has host and port");
  }
  if (const auto workers = worker_rows(view); read(workers)) {
    require(workers->size() == table.size(), "a worker for each row");
    for (const auto& row : *workers)
      require(!row.host.empty() && row.heartbeat_port != 0, "a worker has host and port");
  }
}

}  // namespace sragent::fuzz
