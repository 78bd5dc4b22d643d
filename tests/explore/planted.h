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
  bool claims_unasked = false;         ///< Nobody is asked whether another FE leaves.
  bool silence_is_no_claim = false;    ///< An agent that does not answer has no claim.
  bool leaves_unlooked = false;        ///< No look at the own list refuses a leaving.
  bool stops_unseen = false;           ///< A leader stops although the others may be down.
  bool drops_unjudged = false;         ///< The DROP goes whatever the leader's list shows.
  bool alive_is_fresh = false;         ///< A row's Alive counts however old it is.
  bool no_left_mark = false;           ///< The volume is not marked before the DROP.
  bool note_forgotten = false;         ///< Another process of the pod knows of no leaving.
  bool sends_after_all = false;        ///< What was taken back meanwhile is sent.
  bool answer_not_awaited = false;     ///< The mark goes although a DROP may still arrive.
  bool joiner_is_member = false;       ///< Another FE that joins does not keep it.
  bool drop_never_old = false;         ///< The DROP goes also after a pause.
  bool gone_forgotten = false;         ///< The mark does not say that the row was seen to be gone.
  bool own_lead_unseen = false;        ///< Who leads by now waits for another leader's word.
  bool mark_stays = false;             ///< A leaving that was taken back leaves its mark.
};

[[nodiscard]] std::span<const Planted> planted_faults();

}  // namespace sragent::explore
