#include "runtime/ghost_watch.h"

#include <algorithm>
#include <utility>

#include "core/words.h"
#include "runtime/log.h"

namespace sragent {
namespace {

std::string key_of(const ListedNode& row) {
  return host_port(row.host, row.port);
}

}  // namespace

void GhostWatch::rest() {
  job_.forget();
  asked_ = false;
  memory_ = {};
  ghosts_.reset();
  since_.clear();
  unknown_.clear();
  judged_at_.reset();
  logged_.clear();
}

void GhostWatch::turn(Instant read_at, const Source& list, Instant now) {
  if (now < next_ || read_at == read_at_ || !job_.free(now)) return;
  read_at_ = read_at;
  next_ = now + kGhostPace;
  if (std::exchange(asked_, false)) memory_ = {};  // the last reading came to nothing
  auto made = list();
  auto names = made ? ghost_names(made->me, made->rows) : std::nullopt;
  if (!names) return rest();
  list_ = *std::move(made);
  names_ = *std::move(names);
  if (names_.empty()) return judge({}, now);
  const bool taken = job_.begin(
      [look = list_.look, me = list_.me, wanted = names_] {
        GhostNews news;
        news.names = ask_ghost_names(look, me, wanted);
        return news;
      },
      now,
      shell_.config.dns.timeout * 20);
  asked_ = taken;
}

void GhostWatch::take(GhostNews news, Instant now) {
  const bool awaited = job_.ended(news, now);
  if (news.drop) return end_drop(*news.drop, now);  // told even if nobody waits for it any more
  if (!awaited) return;
  asked_ = false;
  judge(news.names, job_.began());
}

/// `now`: when the reading began.
void GhostWatch::judge(const NameAnswers& names, Instant now) {
  auto outcome = judge_ghosts(list_.me, list_.rows, names, memory_, now);
  memory_ = std::move(outcome.memory);
  judged_at_ = now;
  tell(outcome.verdict, now);
  if (outcome.verdict.drop && list_.drop) begin_drop(outcome.verdict, now);
}

/// One line for a change, none for the same again.
void GhostWatch::tell(const GhostVerdict& verdict, Instant now) {
  unknown_ = verdict.unknown;
  ghosts_.reset();
  std::vector<std::string> keys;
  std::map<std::string, std::string> since;
  std::vector<GhostRow> rows;
  for (const auto& ghost : verdict.ghosts) {
    const auto& row = list_.rows[ghost.row];
    auto key = key_of(row);
    const auto known = since_.find(key);
    auto wall =
        known != since_.end()
            ? known->second
            : Clock::wall_of(Clock::unix_ms() - shell_.clock.to_real(now - ghost.since).count());
    rows.push_back({row.host, row.port, wall});
    since.emplace(key, std::move(wall));
    keys.push_back(std::move(key));
  }
  since_ = std::move(since);
  if (unknown_.empty()) ghosts_ = std::move(rows);
  auto text = unknown_.empty() ? joined(keys, ", ") : "unknown: " + unknown_;
  if (std::exchange(logged_, text) == text) return;
  if (!unknown_.empty()) return log_info("ghost_rows", {{"unknown", unknown_}});
  const bool any = !keys.empty();
  (any ? log_warn : log_info)("ghost_rows",
                              {{"count", std::to_string(keys.size())}, {"rows", logged_}});
}

/// What is intended is in the journal before it is done.
void GhostWatch::begin_drop(const GhostVerdict& verdict, Instant now) {
  const auto& row = list_.rows[*verdict.drop];
  GhostWish wish{list_.me, names_, memory_, key_of(row)};
  DecisionLine line;
  line.rule = "ghost_rows";
  line.action = "drop";
  line.detail = "drops " + wish.row + ", dead and without a DNS name since " + since_[wish.row];
  const auto& config = shell_.config;
  const auto limit = config.dns.timeout * 20 + config.sql.connect_timeout * 2 +
                     config.sql.show_timeout * 2 + config.sql.statement_timeout;
  const bool taken = job_.begin(
      [drop = list_.drop, wish = std::move(wish)] {
        GhostNews news;
        news.drop = drop(wish);
        return news;
      },
      shell_.clock.now(),
      limit);
  if (!taken) return;
  if (drop_.decide(std::move(line), now)) log_info("ghost_drop", {{"detail", drop_.line().detail}});
}

void GhostWatch::end_drop(const GhostDrop& drop, Instant now) {
  if (drop.gone && ghosts_) {
    std::erase_if(*ghosts_,
                  [&](const GhostRow& row) { return host_port(row.host, row.port) == drop.row; });
  }
  if (!drop_.came_to(drop.outcome, now)) return;  // the same refusal again
  log_info("outcome", {{"of", "ghost_drop"}, {"row", drop.row}, {"is", drop.outcome}});
  note_(drop_.line());
}

void GhostWatch::describe(NodeStatus& status) const {
  status.ghost_rows = ghosts_;
  if (!judged_at_) return;
  const auto count = ghosts_ ? std::to_string(ghosts_->size()) : std::string{};
  status.facts.push_back(
      FactLine{"ghost_rows", count, unknown_, "member list, name servers", judged_at_});
}

}  // namespace sragent
