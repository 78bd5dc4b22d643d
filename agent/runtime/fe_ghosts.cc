#include "runtime/fe_agent.h"

/// FeAgent: rows of pods that are gone (S42). They are told and never dropped: a group may lose its
/// majority by it.
namespace sragent {

/// Between two watches.
void FeAgent::rest_ghosts() {
  if (stopping_ || policy_.hold || !shell_.server.running()) ghosts_.rest();
}

void FeAgent::watch_ghosts(const FeNews& news, Instant now) {
  const bool member = meta_.kind == MetaKind::kSealed && reason_ == Reason::kNone;
  const bool leads = news.own_list && news.own_error.empty() && news.own_claims_lead == Tri::kYes &&
                     leader_host(*news.own_list) == me_.host;
  const bool looks = shell_.config.policy.ghost_rows != GhostRowsSetting::kOff;
  if (!member || !leads || !looks || policy_.hold) return ghosts_.rest();
  ghosts_.turn(
      news.own_list->asked_at,
      [&]() -> std::optional<GhostList> {
        return GhostList{{NodeKind::kFe, me_.host, me_.edit_log_port, true, false},
                         listed_nodes(*news.own_list),
                         look_context(),
                         {}};
      },
      now);
}

}  // namespace sragent
