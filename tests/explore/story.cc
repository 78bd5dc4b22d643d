#include <algorithm>

#include "core/leaving.h"
#include "parts.h"
#include "search.h"

namespace sragent::explore {

std::string_view to_string(What what) {
  switch (what) {
    case What::kSchedule:
      return "pod is created";
    case What::kPublish:
      return "DNS shows the address";
    case What::kRestart:
      return "container is started again";
    case What::kContinue:
      return "agent goes on after the pause";
    case What::kOldEnds:
      return "old instance ends";
    case What::kBoot:
      return "server goes one step on";
    case What::kExit:
      return "server exits with 255";
    case What::kElect:
      return "is elected leader";
    case What::kHeartbeat:
      return "heartbeat round of the leader";
    case What::kRegister:
      return "BE agents remember the cluster id";
    case What::kLook:
      return "gathers and decides";
    case What::kAct:
      return "acts";
    case What::kLate:
      return "delayed statement reaches the leader";
    case What::kWatch:
      return "looks at its first start";
    case What::kTime:
      return "time passes";
    case What::kCatchUp:
      return "has caught up with the leader's log";
    case What::kLeaving:
      return "goes on with its leaving";
    case What::kStops:
      return "server has stopped";
    case What::kOrder:
      return "a person lets it leave for good";
    case What::kTakeBack:
      return "a person takes the leaving back";
    case What::kCommit:
      return "a write is acknowledged by";
    case What::kRead:
      return "a person reads its letters";
    case What::kConsent:
      return "a person types the letters that were read";
    case What::kConsentOld:
      return "10 min pass since the consent";
    case What::kSlowDns:
      return "FAULT: DNS does not show the new pod yet";
    case What::kCrash:
      return "FAULT: container is killed";
    case What::kCrashBadLog:
      return "FAULT: container is killed, its first log file is cut";
    case What::kServerKilled:
      return "FAULT: server is killed, the agent sees it end";
    case What::kVolumeLost:
      return "FAULT: volume is lost";
    case What::kPodDeleted:
      return "FAULT: pod is deleted";
    case What::kForcedDelete:
      return "FAULT: forced delete, the old instance runs on";
    case What::kLeave:
      return "FAULT: scale-in with its mark and DROP, then scale-out";
    case What::kLeaveCut:
      return "FAULT: scale-in is cut short between mark and DROP";
    case What::kOutage:
      return "FAULT: every pod is gone";
    case What::kLeaderChange:
      return "FAULT: leader changes";
    case What::kPause:
      return "FAULT: agent is paused";
    case What::kStatementLost:
      return "FAULT: statement is lost";
    case What::kAnswerLost:
      return "FAULT: statement is done, its answer is lost";
    case What::kStatementDelayed:
      return "FAULT: statement is delayed";
    case What::kLookPeerLost:
      return "FAULT: decides while an answer is lost";
    case What::kLookForeign:
      return "FAULT: decides while another cluster's agent answers";
    case What::kLookHeld:
      return "FAULT: a consent is on its way for long";
    case What::kLookDnsOld:
      return "FAULT: decides by an old DNS answer";
    case What::kLookDnsUnknown:
      return "FAULT: decides without a DNS answer";
    case What::kLookListLost:
      return "FAULT: decides while an FE list is not to be had";
  }
  return "invalid";
}

namespace {

using Names = std::array<int, kMaxNodes>;

std::string name_of(const World& world, const Names& names, int slot) {
  if (slot == world.old_slot()) return "the old instance";
  return "FE " + std::to_string(at(names, slot));
}

bool decides(What what) {
  return what == What::kLook || what == What::kLookPeerLost || what == What::kLookForeign ||
         what == What::kLookDnsOld || what == What::kLookDnsUnknown || what == What::kLookListLost;
}

std::string word_of(const World& world, State state, const Step& step) {
  const LookFaults faults(step);
  const auto decision = decide(world, state, step.a, faults).outcome.decision;
  std::string also;
  for (int i = 1; i < faults.count(); ++i)
    also += "; and " + std::string(to_string(faults[i].what));
  return also + " -> row " + std::string(decision.rule) + " " +
         std::string(action_name(decision.action)) + " (" +
         std::string(sragent::to_string(decision.reason)) + ")";
}

std::string phase_word(Phase phase) {
  switch (phase) {
    case Phase::kFoundPending:
      return ": checks the lease, writes the intent and spawns";
    case Phase::kStatement:
      return ": sends its statement";
    case Phase::kAnswered:
      return ": reads its row, writes the intent and spawns";
    case Phase::kSealing:
      return ": writes the sealed mark";
    case Phase::kLook:
    case Phase::kRunning:
      break;
  }
  return {};
}

std::string stage_word(const Node& node) {
  static constexpr std::array<std::string_view, 6> kStages{
      "nothing on disk", "empty ROLE", "ROLE and VERSION", "first *.jdb", "joined", "ready"};
  return " (" + std::string(kStages.at(static_cast<std::size_t>(node.stage))) + ")";
}

/// What has changed in a turn of a leaving.
std::string leave_word(const Node& before, const Node& after) {
  static constexpr std::array<std::pair<Leave, std::string_view>, 12> kWords{{
      {Leave::kClaim, "claim"},
      {Leave::kYields, "yields"},
      {Leave::kGranted, "granted"},
      {Leave::kLooked, "looked"},
      {Leave::kLeads, "leads"},
      {Leave::kUnseen, "others unseen"},
      {Leave::kSilent, "no leader tells"},
      {Leave::kNoDrop, "group needs it"},
      {Leave::kSendable, "row seen, may go"},
      {Leave::kArmed, "mark and note written"},
      {Leave::kGone, "row is gone"},
      {Leave::kSignalled, "server told to stop"},
  }};
  std::string out = ":";
  for (const auto& [bit, word] : kWords)
    if (is(before, bit) != is(after, bit))
      out += std::string(is(after, bit) ? " +" : " -") + std::string(word);
  if (after.leaving == 0) return out + " -> over";
  const auto phase = static_cast<LeavePhase>(after.leaving - 1);
  return out + " -> " + std::string(sragent::to_string(phase));
}

/// What each agent says at the end: what it waits for is what the story is about.
std::string last_words(const World& world, const Names& names, const State& state) {
  std::string out;
  for (int slot = 0; slot < world.slots(); ++slot) {
    const auto& node = at(state.node, slot);
    if (node.pod != Pod::kUp || node.phase != Phase::kLook) continue;
    State scratch = state;
    const auto decision = decide(world, scratch, slot, {}).outcome.decision;
    out += "  at the end " + name_of(world, names, slot) + ": row " + std::string(decision.rule) +
           " " + std::string(action_name(decision.action)) + ", " + decision.detail + "\n";
  }
  return out;
}

std::string line(const World& world, const Names& names, const State& state, const Move& move) {
  const auto& step = move.step;
  std::string what{to_string(step.what)};
  if (step.what == What::kTime) return std::to_string(step.a * 5) + " s pass";
  if (step.what == What::kHeartbeat || step.what == What::kRegister || step.what == What::kOutage)
    return what;
  if (step.what == What::kCommit) {
    std::string out = what;
    for (int slot = 0; slot < world.slots(); ++slot)
      if (has(step.b, slot)) out += " " + name_of(world, names, slot);
    return out;
  }
  if (step.what == What::kLeaderChange) return what + " to " + name_of(world, names, step.b);
  std::string out = name_of(world, names, step.a) + ": " + what;
  if (decides(step.what)) out += word_of(world, state, step);
  if (step.what == What::kAct) out += phase_word(at(state.node, step.a).phase);
  const auto& after = at(move.next.node, at(move.went, step.a));
  if (step.what == What::kBoot) out += stage_word(after);
  if (step.what == What::kLeaving) out += leave_word(at(state.node, step.a), after);
  return out;
}

}  // namespace

std::string story(const World& world, const std::vector<Step>& trace) {
  auto state = world.initial();
  Names names{0, 1, 2, 3, 4, 5};
  std::vector<Move> moves;
  std::string out;
  int number = 0;
  for (const auto& step : trace) {
    world.moves(state, world.config().faults, moves);
    const auto move =
        std::find_if(moves.begin(), moves.end(), [&](const Move& m) { return m.step == step; });
    if (move == moves.end()) {
      return out + "  (the trace cannot be followed at step " + std::string(to_string(step.what)) +
             " " + std::to_string(step.a) + ")\n";
    }
    out += "  " + std::to_string(++number) + ". " + line(world, names, state, *move) + "\n";
    const auto before = names;
    for (int slot = 0; slot < kMaxNodes; ++slot)
      at(names, at(move->went, slot)) = at(before, slot);
    state = move->next;
  }
  return out + last_words(world, names, state);
}

}  // namespace sragent::explore
