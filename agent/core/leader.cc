#include "core/leader.h"

#include <algorithm>

namespace sragent {
namespace {

const RowHistory* history_of(const LeaderHistory& history, const FeRow& row) {
  const auto it = history.rows.find(host_port(row.host, row.port));
  return it == history.rows.end() ? nullptr : &it->second;
}

void add_row(RowHistory& seen, const FeRow& row, bool first, bool settled, Instant at) {
  if (!first && seen.last_heartbeat != row.last_heartbeat) seen.moved_at = at;
  seen.last_heartbeat = row.last_heartbeat;
  if (row.alive || !settled) {
    seen.dead_since.reset();
    seen.dead_read.reset();
    return;
  }
  if (!seen.dead_since) seen.dead_since = at;
  seen.dead_read = at;
}

bool same_leader(const LeaderHistory& history, const FeList& list, const FeRow& leader) {
  return history.leader == list.asked_host && history.start_time == leader.start_time &&
         history.cluster_id == list.cluster_id;
}

std::size_t majority_of(std::size_t members) {
  return members / 2 + 1;
}

struct Others {
  std::size_t joined = 0;  ///< Electable rows with Join.
  std::size_t fresh = 0;   ///< Of those.
};

Others count_others(const FeList& list,
                    const LeaderHistory& history,
                    std::string_view my_host,
                    Instant now) {
  Others out;
  for (const auto& row : list.rows) {
    if (!electable(row) || !row.join || row.host == my_host) continue;
    ++out.joined;
    if (row_fresh(history, row, now)) ++out.fresh;
  }
  return out;
}

}  // namespace

std::string_view to_string(RowRole role) {
  switch (role) {
    case RowRole::kLeader:
      return "LEADER";
    case RowRole::kFollower:
      return "FOLLOWER";
    case RowRole::kObserver:
      return "OBSERVER";
  }
  return "";
}

const FeRow* leader_row(const FeList& list) {
  const auto at = std::find_if(list.rows.begin(), list.rows.end(), [](const FeRow& row) {
    return row.role == RowRole::kLeader;
  });
  return at == list.rows.end() ? nullptr : &*at;
}

std::string leader_host(const FeList& list) {
  const auto* row = leader_row(list);
  return row == nullptr ? std::string{} : row->host;
}

bool electable(const FeRow& row) {
  return row.role != RowRole::kObserver;
}

const FeRow* find_row(const FeList& list, std::string_view host) {
  const auto it = std::find_if(
      list.rows.begin(), list.rows.end(), [&](const FeRow& row) { return row.host == host; });
  return it == list.rows.end() ? nullptr : &*it;
}

bool word_counts(const FeList& list) {
  const auto* own = find_row(list, list.asked_host);
  if (own == nullptr || own->role != RowRole::kLeader || !own->join) return false;
  if (!list.self_declared_leaders.empty()) return false;
  std::size_t present = 0;
  std::size_t joined = 0;
  for (const auto& row : list.rows) {
    if (!electable(row) || (!row.join && !row.alive)) continue;
    ++present;
    if (row.join) ++joined;
  }
  return joined >= majority_of(present);
}

void add_reading(LeaderHistory& history, const FeList& list) {
  const auto* leader = find_row(list, list.asked_host);
  if (leader == nullptr) return;
  if (!same_leader(history, list, *leader))
    history = LeaderHistory{list.asked_host, leader->start_time, list.cluster_id, {}};
  const bool settled = leader->up_for && *leader->up_for >= kLeaderSettled;
  std::map<std::string, RowHistory, std::less<>> rows;
  for (const auto& row : list.rows) {  // a row that vanished and came back is another row
    auto key = host_port(row.host, row.port);
    const auto old = history.rows.find(key);
    RowHistory seen = old == history.rows.end() ? RowHistory{} : std::move(old->second);
    add_row(seen, row, old == history.rows.end(), settled, list.asked_at);
    rows.emplace(std::move(key), std::move(seen));
  }
  history.rows = std::move(rows);
}

void add_reading(CloseReadings& readings, const FeList& list) {
  if (readings.read_at && list.asked_at - *readings.read_at > kFreshSpan) readings.history = {};
  readings.read_at = list.asked_at;
  add_reading(readings.history, list);
}

bool row_fresh(const LeaderHistory& history, const FeRow& row, Instant now) {
  if (row.role == RowRole::kLeader) return true;
  if (!row.alive) return false;
  const auto* seen = history_of(history, row);
  return seen != nullptr && seen->moved_at && now - *seen->moved_at <= kFreshSpan;
}

bool row_dead(const LeaderHistory& history, const FeRow& row) {
  if (row.alive) return false;
  const auto* seen = history_of(history, row);
  return seen != nullptr && seen->dead_since && seen->dead_read &&
         *seen->dead_read - *seen->dead_since >= kDeadSpan;
}

bool row_moved_since(const LeaderHistory& history, const FeRow& row, Instant since) {
  const auto* seen = history_of(history, row);
  return seen != nullptr && seen->moved_at && *seen->moved_at > since;
}

bool drop_keeps_majority(const FeList& list,
                         const LeaderHistory& history,
                         std::string_view my_host,
                         Instant now) {
  const auto others = count_others(list, history, my_host, now);
  return others.fresh >= majority_of(others.joined);
}

bool stop_keeps_majority(const FeList& list,
                         const LeaderHistory& history,
                         std::string_view my_host,
                         Instant now) {
  const auto others = count_others(list, history, my_host, now);
  return others.fresh >= majority_of(others.joined + 1);
}

bool add_keeps_majority(const FeList& list, const LeaderHistory& history, Instant now) {
  std::size_t rows = 0;
  std::size_t alive = 0;
  for (const auto& row : list.rows) {
    if (!electable(row)) continue;
    ++rows;
    if (row_fresh(history, row, now)) ++alive;
  }
  return rows == 1 || alive >= majority_of(rows + 1);
}

}  // namespace sragent
