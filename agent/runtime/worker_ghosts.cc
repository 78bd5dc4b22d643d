#include <algorithm>

#include "runtime/worker_agent.h"

/// WorkerAgent: rows of pods that are gone (S42).
namespace sragent {

/// In good order, and nothing is under way that changes the list.
bool WorkerAgent::may_watch_ghosts() const {
  const auto& membership = registration_.decision();
  const bool member =
      membership.registered && membership.alive && membership.reason == Reason::kNone;
  const bool serves = shell_.server.running() && healthy_since_ && phase_ == Phase::kRunning;
  const bool stays = !stopping_ && !leaving_ && !held_;
  return member && serves && stays && shell_.config.policy.ghost_rows != GhostRowsSetting::kOff;
}

void WorkerAgent::watch_ghosts(Instant now) {
  if (!may_watch_ghosts() || !registration_.rows_at()) return ghosts_.rest();
  ghosts_.turn(
      *registration_.rows_at(), [this] { return ghost_list(); }, now);
}

std::optional<GhostList> WorkerAgent::ghost_list() {
  auto context = registration_.fresh_context();
  const auto& self = context.self;
  if (!registration_.rows()) return std::nullopt;
  const auto& rows = *registration_.rows();
  // Most nodes of a large set stop here, without a copy of the list.
  const bool outranked = std::ranges::any_of(
      rows, [&](const WorkerRow& row) { return row.alive && lower_sibling(row.host, self.host); });
  if (outranked) return std::nullopt;
  GhostList out;
  const bool drops = shell_.config.policy.ghost_rows == GhostRowsSetting::kDrop;
  out.me = {self.kind, self.host, self.heartbeat_port, false, drops};
  out.rows = listed_nodes(rows);
  out.look = context.look;
  if (self.kind != NodeKind::kCn || !drops) return out;
  out.drop = [context = std::move(context),
              targets = registration_.targets(),
              cluster = registration_.remembered()](const GhostWish& wish) {
    return drop_ghost(context, targets, cluster, wish);
  };
  return out;
}

}  // namespace sragent
