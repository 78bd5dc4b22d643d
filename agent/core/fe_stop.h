#pragma once

#include <optional>
#include <string>

#include "core/leader.h"
#include "core/leaving.h"
#include "core/types.h"

/// How an FE's server is told to stop, and when a person may not stop it. Source: docs/starrocks.md
/// section 7.2; scenarios S43, S48, S49 of docs/scenarios.md. Pure. Any thread.
namespace sragent {

/// What the own server's list shows of the group.
struct FeQuorum {
  int followers = 0;        ///< Rows that elect, the leader among them.
  int alive = 0;            ///< Of those.
  bool own_elects = false;  ///< The own row is one of them.
  bool leads = false;
  bool own_alive = false;  ///< The own row is.
};
[[nodiscard]] FeQuorum quorum_of(const FeList& list, std::string_view own_host);

struct FeStopView {
  bool has_handler = false;   ///< The version drains on SIGUSR1; elsewhere that kills the JVM.
  Tri ready = Tri::kUnknown;  ///< The server has started and answers: the handler is in place.
  std::optional<FeQuorum> quorum{};  ///< nullopt: no list could be read.
};

struct FeStop {
  bool graceful = false;  ///< SIGUSR1; else SIGTERM, which ends an FE at once.
  std::string why{};
};

/// SIGUSR1 where the server will drain: `alive followers - 1 >= total / 2 + 1`, also for an
/// observer. Where that does not hold the server would end at once with status 255.
[[nodiscard]] FeStop decide_fe_stop(const FeStopView& view);

/// A drain keeps its server down: it is refused where the others would be no majority without it,
/// and where nobody knows. An observer may always go.
[[nodiscard]] std::optional<LeaveRefusal> refuse_fe_drain(const FeStopView& view);

/// Leadership moves by the graceful exit of the leader alone: no version has a statement for it.
/// Refused where this FE does not lead, and where its version or the quorum allows no such exit.
[[nodiscard]] std::optional<LeaveRefusal> refuse_transfer(const FeStopView& view);

}  // namespace sragent
