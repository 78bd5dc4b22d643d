#include "planted.h"

#include <array>

#include "planted_rules.h"

namespace sragent::explore {
namespace {

constexpr Config world(int faults, bool formed) {
  Config out;
  out.name = "planted";
  out.faults = faults;
  out.formed = formed;
  return out;
}

constexpr Config fresh_world(int faults) {
  return world(faults, false);
}

constexpr Config formed_world(int faults) {
  return world(faults, true);
}

/// Volumes that do not survive their pod, so that an old instance may run beside its successor.
constexpr Config empty_dir_world(int faults) {
  auto out = formed_world(faults);
  out.claims = false;
  return out;
}

constexpr Config counted(Config out, int nodes, int count) {
  out.nodes = nodes;
  out.count = count;
  return out;
}

constexpr Config with_log_volume(Config out) {
  out.log_volume = true;
  return out;
}

constexpr Config with_bes(Config out) {
  out.bes = true;
  return out;
}

constexpr Config with_two_founders(Config out) {
  out.two_founders = true;
  return out;
}

constexpr Config with_odd_row(Config out) {
  out.odd_row = true;
  return out;
}

constexpr Config strict(Config out) {
  out.bootstrap = Bootstrap::kStrict;
  out.ordered = true;
  return out;
}

constexpr Config of_old_set(Config out) {
  out.old_set = out.ordered = true;
  return out;
}

constexpr Config told(Config out) {
  out.told = true;
  return out;
}

constexpr Config with_dead_source(Config out) {
  out.dead_source = true;
  return out;
}

constexpr Config with_scale_in(Config out) {
  out.scale_in = true;
  return out;
}

constexpr Config with_observers(Config out, Byte observers) {
  out.observers = observers;
  return out;
}

/// FE 0 leads, FE 3 and FE 4 are observers, FE 1 has a row and never joined, FE 2 is new.
constexpr Config with_two_observers() {
  auto out = with_observers(counted(formed_world(0), 5, 5), 0b11000);
  out.members = 0b11001;
  out.listed = 0b00010;
  return out;
}

constexpr Config with_writes(Config out) {
  out.writes = true;
  return out;
}

/// The certificate outlives the volume, and a person may let a node forget it.
constexpr Config with_consent(Config out) {
  out.log_volume = out.consent = true;
  return out;
}

/// A person may let these FEs of a running cluster leave for good.
constexpr Config with_leavers(Config out, Byte leavers) {
  out.leavers = leavers;
  return out;
}

constexpr std::array kPlanted{
    Planted{.name = "TimeoutCountsAsAbsence",
            .wrong = "a peer that does not answer counts as empty",
            .caught_as = Violation::kFoundUnproved,
            .config = fresh_world(1),
            .observe = wrong::silent_peers_consent},
    Planted{.name = "StaleEmptyCounts",
            .wrong = "a consent counts however old it is",
            .caught_as = Violation::kFoundUnproved,
            .config = fresh_world(1),
            .asked_at = wrong::any_answer_is_new},
    Planted{.name = "OneCensusReading",
            .wrong = "the census founds after one round",
            .caught_as = Violation::kFoundUnproved,
            .config = counted(fresh_world(0), 3, 0),
            .memory = wrong::one_round_is_enough},
    Planted{.name = "LeaderByPosition",
            .wrong = "the first row of the list is taken for the leader",
            .caught_as = Violation::kStuck,
            .config = formed_world(1),
            .observe = wrong::first_row_leads},
    Planted{.name = "AddWithoutReread",
            .wrong = "an ADD that was sent counts as done",
            .caught_as = Violation::kJoinWithoutRow,
            .config = fresh_world(1),
            .no_reread = true},
    Planted{.name = "CertificateIgnored",
            .wrong = "certificates and remembered ids are not looked at",
            .caught_as = Violation::kFoundUnproved,
            .config = with_log_volume(counted(formed_world(2), 2, 2)),
            .answerer = wrong::peers_remember_nothing,
            .observe = wrong::own_memory_ignored},
    Planted{.name = "HalfMadeResumedWithoutHelper",
            .wrong = "half-made metadata is started without --helper",
            .caught_as = Violation::kTwoGroups,
            .config = fresh_world(1),
            .decision = wrong::half_made_resumes},
    Planted{.name = "DecisionWithoutAge",
            .wrong = "a Found decision is acted on however old it is",
            .caught_as = Violation::kFoundTooOld,
            .config = fresh_world(1),
            .no_lease = true},
    Planted{.name = "HelperIsSelf",
            .wrong = "a joiner is given itself as --helper",
            .caught_as = Violation::kStuck,
            .config = fresh_world(0),
            .helper_self = true},
    Planted{.name = "DropWithoutGuard",
            .wrong = "the own dead row is dropped although the others are no majority",
            .caught_as = Violation::kQuorumThrown,
            .config = empty_dir_world(2),
            .decision = wrong::drop_unguarded},
    Planted{.name = "DeadOnOneReading",
            .wrong = "one reading of Alive = false proves a death",
            .caught_as = Violation::kDropNotDead,
            .config = empty_dir_world(2),
            .memory = wrong::dead_on_one_reading},
    Planted{.name = "LateStatement",
            .wrong = "a DROP or ADD is sent on a list of any age",
            .caught_as = Violation::kDropNotDead,
            .config = formed_world(3),
            .no_statement_lease = true},
    Planted{.name = "JoinedRowReused",
            .wrong = "an emptied member joins again under its old row",
            .caught_as = Violation::kEmptiedVoter,
            .config = formed_world(1),
            .decision = wrong::joined_row_reused},
    Planted{.name = "AddWithoutGuard",
            .wrong = "a follower is added although an earlier one is not up",
            .caught_as = Violation::kQuorumThrown,
            .config = fresh_world(2),
            .decision = wrong::add_unguarded},
    Planted{.name = "StatementRepeatedAtOnce",
            .wrong = "a statement without an answer is forgotten",
            .caught_as = Violation::kDropNotDead,
            .config = formed_world(2),
            .memory = wrong::statement_forgotten},
    Planted{.name = "CountHidesMembers",
            .wrong = "addresses beyond the count are not asked",
            .caught_as = Violation::kFoundUnproved,
            .config = counted(fresh_world(1), 3, 2),
            .observe = wrong::only_counted_ordinals},
    Planted{.name = "AnyFounderWillDo",
            .wrong = "a peer that takes another for the founder consents",
            .caught_as = Violation::kFoundUnproved,
            .config = with_two_founders(fresh_world(0)),
            .identity = wrong::any_founder_will_do},
    Planted{.name = "JoinUnderWayHidden",
            .wrong = "a peer with a join under way answers empty",
            .caught_as = Violation::kFoundUnproved,
            .config = fresh_world(1),
            .answerer = wrong::join_under_way_hidden},
    Planted{.name = "BesNotAsked",
            .wrong = "BE agents are not asked when the count is known",
            .caught_as = Violation::kFoundUnproved,
            .config = with_bes(counted(formed_world(2), 2, 2)),
            .observe = wrong::bes_not_asked},
    Planted{.name = "TwoDnsAnswers",
            .wrong = "own name and headless set come from two DNS answers",
            .caught_as = Violation::kFoundUnproved,
            .config = counted(fresh_world(1), 3, 2),
            .observe = wrong::own_address_assumed},
    Planted{.name = "DnsGateBeforeResume",
            .wrong = "a sealed member waits for its own DNS name",
            .caught_as = Violation::kResumeWaits,
            .config = formed_world(1),
            .decision = wrong::dns_gates_resume},
    Planted{.name = "PeersAskedBeforeResume",
            .wrong = "a sealed member waits for silent peers",
            .caught_as = Violation::kResumeWaits,
            .config = formed_world(1),
            .decision = wrong::peers_gate_resume,
            .always_looks = true},
    Planted{.name = "FoundingGoesOnBlind",
            .wrong = "a founding goes on although another id is in sight",
            .caught_as = Violation::kSealedBlind,
            .config = counted(formed_world(2), 3, 0),
            .first = wrong::founding_goes_on},
    Planted{.name = "AnswerNotBound",
            .wrong = "an answer is taken from whoever has the address now",
            .caught_as = Violation::kFoundUnproved,
            .config = fresh_world(1),
            .identity = wrong::answer_not_bound},
    Planted{.name = "HalfMadeIsDamaged",
            .wrong = "metadata that a first start left unfinished needs a person",
            .caught_as = Violation::kStuck,
            .config = fresh_world(1),
            .observe = wrong::half_made_is_damaged},
    Planted{.name = "SealedAtFirstLog",
            .wrong = "a joiner is sealed as soon as its log begins",
            .caught_as = Violation::kSealedEarly,
            .config = fresh_world(1),
            .first = wrong::sealed_at_first_log},
    Planted{.name = "FounderResumesHalf",
            .wrong = "a founding cut short is started again as it is",
            .caught_as = Violation::kStuck,
            .config = fresh_world(1),
            .decision = wrong::founder_resumes_half},
    Planted{.name = "OwnRowByPort",
            .wrong = "the own row is sought by host and port, not by host",
            .caught_as = Violation::kTwoRows,
            .config = with_odd_row(formed_world(0)),
            .observe = wrong::own_row_by_port},
    Planted{.name = "StrictIgnored",
            .wrong = "strict without a count founds by census",
            .caught_as = Violation::kFoundUnproved,
            .config = strict(counted(fresh_world(0), 3, 0)),
            .decision = wrong::strict_ignored},
    Planted{.name = "OldSetNotStrict",
            .wrong = "a set made by an old operator founds by census",
            .caught_as = Violation::kFoundUnproved,
            .config = of_old_set(counted(fresh_world(0), 3, 0)),
            .decision = wrong::strict_ignored},
    Planted{.name = "SettingIgnored",
            .wrong = "cluster_exists is not looked at",
            .caught_as = Violation::kFoundUnproved,
            .config = told(fresh_world(0)),
            .observe = wrong::bes_not_asked},
    Planted{.name = "UnreadableIsNone",
            .wrong = "a memory source that cannot be read remembers nothing",
            .caught_as = Violation::kFoundUnproved,
            .config = with_dead_source(fresh_world(0)),
            .observe = wrong::unreadable_is_none},
    Planted{.name = "CertificateTooLate",
            .wrong = "a member's certificate is written at its next start",
            .caught_as = Violation::kFoundUnproved,
            .config = with_log_volume(counted(formed_world(2), 2, 2)),
            .late_certificate = true},
    Planted{.name = "CertificateBeforeReady",
            .wrong = "a founder is sealed as soon as VERSION has an id",
            .caught_as = Violation::kSealedEarly,
            .config = fresh_world(0),
            .first = wrong::certificate_before_ready},
    Planted{.name = "LeftIgnored",
            .wrong = "a member that was scaled in is resumed",
            .caught_as = Violation::kStuck,
            .config = with_scale_in(formed_world(1)),
            .meta = wrong::left_is_sealed},
    Planted{.name = "LeftMovedBlind",
            .wrong = "metadata with a left mark is moved aside while the row is listed",
            .caught_as = Violation::kVolumeThrown,
            .config = with_scale_in(formed_world(1)),
            .decision = wrong::left_moved_blind},
    Planted{.name = "ObserverFounds",
            .wrong = "an observer founds",
            .caught_as = Violation::kFoundUnproved,
            .config = with_observers(fresh_world(0), 0b001),
            .decision = wrong::observer_founds},
    Planted{.name = "ObserversCount",
            .wrong = "observers count for the majority of an ADD",
            .caught_as = Violation::kQuorumThrown,
            .config = with_two_observers(),
            .observe = wrong::observers_count},
    Planted{.name = "Row20bInAGroupOfThree",
            .wrong = "candidate row 20b in a group of three",
            .caught_as = Violation::kWriteLost,
            .config = with_writes(formed_world(3)),
            .decision = wrong::candidate_20b_of_three},
    Planted{.name = "Row20bBesideOldInstance",
            .wrong = "candidate row 20b, where an old instance may run beside its successor",
            .caught_as = Violation::kWriteLost,
            .config = with_writes(empty_dir_world(3)),
            .decision = wrong::candidate_20b},
    Planted{.name = "EndedIsMovedAside",
            .wrong = "a join whose server ended is moved aside, whatever the group needs",
            .caught_as = Violation::kWriteLost,
            .config = with_writes(counted(fresh_world(2), 2, 2)),
            .decision = wrong::ended_is_moved_aside},
    Planted{.name = "ConsentOutlivesRestart",
            .wrong = "an order is kept over a restart of the agent",
            .caught_as = Violation::kFoundUnproved,
            .config = with_consent(counted(formed_world(2), 1, 1)),
            .restart_keeps_consent = true},
    Planted{.name = "AnyLettersWillDo",
            .wrong = "letters that are no more asked for are taken",
            .caught_as = Violation::kFoundUnproved,
            .config = with_consent(counted(formed_world(2), 1, 1)),
            .any_letters = true},
    Planted{.name = "ConsentNeverOld",
            .wrong = "an order is carried out however long ago it was given",
            .caught_as = Violation::kFoundUnproved,
            .config = with_consent(counted(formed_world(1), 1, 1)),
            .memory = wrong::consent_never_old},
    Planted{.name = "ConsentUsedTwice",
            .wrong = "an order stays in force behind the start that it was given for",
            .caught_as = Violation::kFoundUnproved,
            .config = with_consent(counted(formed_world(2), 2, 0)),
            .order_is_kept = true},
    Planted{.name = "ConsentAgainstTheLiving",
            .wrong = "an order outlives the sight of a member of the cluster to be forgotten",
            .caught_as = Violation::kFoundUnproved,
            .config = with_consent(counted(formed_world(3), 2, 0)),
            .consent_stays = true},
    Planted{.name = "ClaimsNotAsked",
            .wrong = "an FE leaves for good without asking whether another does",
            .caught_as = Violation::kTwoLeave,
            .config = with_leavers(formed_world(0), 0b110),
            .claims_unasked = true},
    Planted{.name = "SilenceIsNoClaim",
            .wrong = "an agent that does not answer has no claim",
            .caught_as = Violation::kTwoLeave,
            .config = with_leavers(formed_world(1), 0b110),
            .silence_is_no_claim = true},
    Planted{.name = "JoinerNotAwaited",
            .wrong = "an FE leaves for good while another joins",
            .caught_as = Violation::kStuck,
            .config = with_leavers(formed_world(0), 0b111),
            .joiner_is_member = true},
    Planted{.name = "LeaderStopsUnseen",
            .wrong = "a leader leaves for good by rows that outlive their process",
            .caught_as = Violation::kQuorumThrown,
            .config = with_leavers(formed_world(1), 0b001),
            .stops_unseen = true},
    Planted{.name = "AliveIsFresh",
            .wrong = "a row that says Alive counts, however old its heartbeat is",
            .caught_as = Violation::kQuorumThrown,
            .config = with_leavers(formed_world(1), 0b100),
            .alive_is_fresh = true},
    Planted{.name = "LeavesUnjudged",
            .wrong = "nobody looks whether the group can do without it",
            .caught_as = Violation::kQuorumThrown,
            .config = with_leavers(formed_world(1), 0b100),
            .leaves_unlooked = true,
            .drops_unjudged = true},
    Planted{.name = "PausedDrop",
            .wrong = "a DROP is sent however long ago the heartbeats were seen",
            .caught_as = Violation::kQuorumThrown,
            .config = with_leavers(formed_world(2), 0b100),
            .drop_never_old = true},
    Planted{.name = "NoLeftMark",
            .wrong = "the volume does not say before the DROP that its member leaves",
            .caught_as = Violation::kDropUnasked,
            .config = with_leavers(formed_world(0), 0b100),
            .no_left_mark = true},
    Planted{.name = "NoteForgotten",
            .wrong = "the next container of a pod knows nothing of its leaving",
            .caught_as = Violation::kComesBack,
            .config = with_leavers(formed_world(1), 0b100),
            .note_forgotten = true},
    Planted{.name = "SentAfterAll",
            .wrong = "a DROP is sent that a person took back before",
            .caught_as = Violation::kDropUnasked,
            .config = with_leavers(formed_world(0), 0b100),
            .sends_after_all = true},
    Planted{.name = "AnswerNotAwaited",
            .wrong = "what was taken back is so although its DROP may still arrive",
            .caught_as = Violation::kDropUnasked,
            .config = with_leavers(formed_world(1), 0b100),
            .answer_not_awaited = true},
    Planted{.name = "MarkStays",
            .wrong = "a leaving that was taken back leaves its mark",
            .caught_as = Violation::kStuck,
            .config = with_leavers(formed_world(0), 0b001),
            .mark_stays = true},
    Planted{.name = "OwnLeadUnseen",
            .wrong = "what was taken back waits for a leader's word although this FE leads by now",
            .caught_as = Violation::kStuck,
            .config = with_leavers(formed_world(2), 0b100),
            .own_lead_unseen = true},
    Planted{.name = "GoneIsForgotten",
            .wrong = "that the row was seen to be gone is not on disk",
            .caught_as = Violation::kStuck,
            .config = with_leavers(formed_world(2), 0b001),
            .gone_forgotten = true},
};

}  // namespace

std::span<const Planted> planted_faults() {
  return kPlanted;
}

}  // namespace sragent::explore
