#pragma once

#include <span>
#include <string_view>

#include "core/first_start.h"
#include "core/start.h"
#include "world.h"

/// Wrong rules, made by changing what goes into the unmodified core or what comes out of it. Each
/// must be noticed by an invariant; one that is not shows that the explorer is blind there.
namespace sragent::explore {

/// What a look was like, for a planted rule that needs to know.
struct LookFacts {
  const Self& me;
  Instant now;
};

/// One wrong rule. A null member changes nothing.
struct Planted {
  std::string_view name{};
  std::string_view wrong{};  ///< The wrong rule in words.
  Violation caught_as{};     ///< What the explorer must find.
  Config config{};           ///< A small world that shows it.

  void (*meta)(MetaState&) = nullptr;
  void (*answerer)(Answerer&, const PeerQuestion&) = nullptr;
  void (*identity)(const Self& me, Identity&, std::string_view asked_address) = nullptr;
  void (*asked_at)(Instant&) = nullptr;  ///< When a delayed question is believed to be sent.
  void (*observe)(const LookFacts&, StartPolicy&, StartObservation&) = nullptr;
  void (*memory)(const LookFacts&, const StartObservation&, StartMemory&) = nullptr;
  void (*decision)(const LookFacts&, const StartObservation&, StartDecision&) = nullptr;
  void (*first)(const Self&, const FirstStartObservation&, FirstStartDecision&) = nullptr;
  bool restart_keeps_consent = false;  ///< An order outlives the process that it was given to.
  bool any_letters = false;            ///< Letters that are no more asked for are taken.
  bool order_is_kept = false;          ///< An order that was carried out is in force again.
  bool consent_stays = false;          ///< An order outlives a member of the forgotten cluster.
  bool always_looks = false;           ///< Peers are asked also where the disk decides.
  bool no_lease = false;               ///< The spawn does not look at the age of the decision.
  bool no_statement_lease = false;     ///< ADD and DROP are sent on a list of any age.
  bool no_reread = false;              ///< An ADD counts as done when it was sent.
  bool late_certificate = false;       ///< Written at a member's next start, not before it counts.
  bool helper_self = false;            ///< A joiner is given itself as --helper.
};

[[nodiscard]] std::span<const Planted> planted_faults();

}  // namespace sragent::explore
