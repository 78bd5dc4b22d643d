#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/start.h"

/// A model of the world in which FE agents start: StarRocks groups, volumes, DNS, StatefulSet.
/// Only the world is modelled; every decision is taken by the agent's own core, unmodified.
/// What is in it and what is not: docs/proof.md. Nothing here is thread-safe; use one World a
/// thread.
namespace sragent::explore {

using Byte = std::uint8_t;

inline constexpr int kMaxNodes = 6;  ///< Five FEs and one old instance of one of them.
inline constexpr int kMaxGroups = 4;
inline constexpr int kMaxIds = 6;

[[nodiscard]] constexpr Byte byte(int value) {
  return static_cast<Byte>(value);
}
[[nodiscard]] constexpr Byte bit(int index) {
  return static_cast<Byte>(1 << index);
}
[[nodiscard]] constexpr bool has(Byte mask, int index) {
  return ((mask >> index) & 1) != 0;
}

/// Ages are counted in ticks of 5 s and saturate where nothing looks further.
inline constexpr Millis kTick{5'000};
inline constexpr int kLeaseTicks = 1;
inline constexpr int kGrantTicks = 2;
inline constexpr int kDeadTicks = 5;
inline constexpr int kDnsTicks = 6;
inline constexpr int kGapTicks = 7;
inline constexpr int kStatementTicks = 7;
inline constexpr int kSettledTicks = 12;
inline constexpr int kBootTicks = 2;  ///< No server is past its boot earlier.
inline constexpr int kLoopTicks = 3;  ///< kJoinLoopPatience.

/// The instant that every look happens at; ages lie before it.
inline constexpr Instant kNow{1'000'000'000};

enum class Pod : Byte { kNoSlot, kGone, kDown, kUp, kPaused };

/// What the metadata directory holds, in the order in which a server writes it.
enum class Stage : Byte { kEmpty, kRoleEmpty, kRoleVersion, kJdb, kJoined, kReady };

enum class Phase : Byte {
  kLook,          ///< Gathers and decides.
  kFoundPending,  ///< Decided to found; the lease is checked at the spawn.
  kStatement,     ///< Is about to send ADD or DROP; nothing sent yet.
  kAnswered,      ///< Its ADD was answered; the row is to be read again.
  kRunning,       ///< The server was spawned.
  kSealing,       ///< Certificate written, `sealed` mark not yet.
};

/// What an FE's agent and its volume know of its leaving for good. The first ones outlive a
/// container, the rest is of one process.
enum class Leave : Byte {
  kAsked,      ///< A person ordered it once; never again.
  kDropped,    ///< The world's own note: its row went as was ordered, and its pod is the same.
  kToldGone,   ///< ... some process was told for certain that the row was gone.
  kBlindBack,  ///< ... its mark was taken away, and no process was ever told so.
  kNoted,      ///< The pod's note of it is there: a container that comes later goes on ...
  kNotedDown,  ///< ... without the server ...
  kNotedGranted,
  kNotedCancelled,
  kCancelled,
  kRefused,
  kSignalled,
  kClaim,
  kYields,
  kGranted,
  kOthers,    ///< The list was read since the claims were asked for the last time.
  kLooked,    ///< The own server told its list.
  kLeads,     ///< ... and leads by it.
  kUnseen,    ///< ... and the others were not seen to live.
  kNo,        ///< ... and the group could not do without this one.
  kOwnLeads,  ///< By the word of the others.
  kSilent,    ///< At the last look no leader told the row.
  kNoDrop,    ///< By its list the DROP would cost the group its majority.
  kSendable,  ///< By its list the DROP may go.
  kArmed,     ///< Mark and note are on disk, the statement is not sent yet.
  kUnanswered,
  kGoneOnce,
  kGone,   ///< Two looks in a row showed no row.
  kLasts,  ///< What speaks against it has lasted for a minute.
  kTakesBack,
  kCount,
};
inline constexpr auto kOfProcess = Leave::kCancelled;  ///< The first that is of one process.

enum class Proc : Byte { kNone, kBoot, kAttached, kReady };
enum class Run : Byte { kNone, kFound, kResume, kHelper };

/// One pod instance with its volume, its agent and its server. References are 1-based, 0: none.
struct Node {
  Pod pod = Pod::kNoSlot;
  Byte host = 0;       ///< Ordinal; an old instance shares it with its successor.
  Byte published = 0;  ///< DNS gives the present address.
  Byte pub_age = 0;    ///< Ticks since then, up to kDnsTicks.
  Byte succeeded = 0;  ///< Old instance: the leader has resolved its name to a successor.

  Stage stage = Stage::kEmpty;
  Byte bad_log = 0;  ///< The first *.jdb was cut at 38 bytes: no start ever succeeds.
  Byte removed = 0;  ///< The group dropped this member; its directory is of no more use.
  Byte group = 0;    ///< Replication group of the log.
  Byte cid = 0;      ///< Cluster id in VERSION.
  Byte log = 0;      ///< Last write of the group that this volume holds, as a rank; 0: none.
  IntentKind intent = IntentKind::kNone;
  Byte intent_id = 0;
  Byte intent_helper = 0;  ///< Host + 1.
  Byte again = 0;          ///< Its join began as the member that the group knows (row 20b).
  Byte ended = 0;          ///< A start with --helper ended by itself.
  Byte sealed = 0;
  Byte left = 0;  ///< Mark of a scale-in: kLeft and its like.
  Byte cert = 0;
  Byte member_of = 0;   ///< What `cert` has to say, and says where no rule is planted.
  Byte remembered = 0;  ///< Mask of ids - 1.
  Byte open = 0;        ///< Statement without an answer: 1 + age.

  Phase phase = Phase::kLook;
  JoinStep step = JoinStep::kAdd;
  Byte target = 0;     ///< Group whose leader the connection leads to; 0: it broke.
  Byte pend_age = 0;   ///< Age of the oldest question of a Found decision.
  Byte grant = 0;      ///< 1 + age.
  Byte grant_to = 0;   ///< Host.
  Byte grant_old = 0;  ///< The session it was given to is over.
  Byte held = 0;       ///< Slot + 1 of a peer whose consent is still on its way.
  Byte held_age = 0;
  Byte census = 0;   ///< Round 1 passed: 1 + age.
  Byte blind = 0;    ///< At round 1 no holder of a volume had an old DNS address.
  Byte sighted = 0;  ///< A member was in sight at the last look.
  Byte hist = 0;     ///< Group whose leader the history below is of.
  Byte known = 0;    ///< Hosts with a row in the history.
  Byte changed = 0;  ///< Hosts whose LastHeartbeat moved since the last reading.
  Byte dead = 0;     ///< Own row read as dead: 1 + age of the first reading.
  Byte dead_span = 0;
  Byte offer = 0;        ///< What the letters permit that a person may type: see matter_byte().
  Byte offer_open = 0;   ///< They are asked for now.
  Byte consent = 0;      ///< The order that the agent keeps, in the same form.
  Byte consent_old = 0;  ///< It was given more than 10 min ago.
  Byte ordered = 0;      ///< Ids that a person let this very process forget; the world's own note.
  std::array<Byte, kMaxNodes> moved{};  ///< By host: 1 + age of the last movement seen.

  Proc proc = Proc::kNone;
  Run run = Run::kNone;
  Byte proc_age = 0;
  Byte helper = 0;  ///< Host + 1.

  Byte leaving = 0;    ///< 1 + phase of the leaving for good that is in force; 0: none is.
  Byte against = 0;    ///< Age of what speaks against it.
  Byte drop_open = 0;  ///< Its DROP is noted on disk: 1 + age while the answer is missing.
  std::array<Byte, (static_cast<std::size_t>(Leave::kCount) + 7) / 8> leave{};

  Byte fly = 0;  ///< A statement on its way: 1 + JoinStep, or kFlyLeave.
  Byte fly_to = 0;
  Byte fly_age = 0;

  friend bool operator==(const Node&, const Node&) = default;
};

/// What Node::left says: it leaves; a person took that back; its row is gone; both.
inline constexpr Byte kLeft = 1;
inline constexpr Byte kLeftTakenBack = 2;
inline constexpr Byte kLeftDropped = 3;
inline constexpr Byte kLeftDroppedBack = 4;
[[nodiscard]] constexpr bool goes(Byte left) {
  return left == kLeft || left == kLeftDropped;
}

/// In Node::fly: the DROP of a leaving for good.
inline constexpr Byte kFlyLeave = 10;

[[nodiscard]] constexpr bool is(const Node& node, Leave what) {
  const auto index = static_cast<std::size_t>(what);
  return has(node.leave[index / 8], static_cast<int>(index % 8));
}
constexpr void set(Node& node, Leave what, bool on = true) {
  const auto index = static_cast<std::size_t>(what);
  const auto mask = bit(static_cast<int>(index % 8));
  auto& bits = node.leave[index / 8];
  bits = byte(on ? bits | mask : bits & ~mask);
}

/// A replication group as its leader knows it. Masks are by host.
struct Group {
  Byte cid = 0;
  Byte leader = 0;  ///< Slot + 1.
  Byte rows = 0;
  Byte odd_rows = 0;  ///< Rows under another port.
  Byte joined = 0;    ///< Members of the replication group: the electorate.
  Byte alive = 0;
  Byte started = 0;   ///< StartTime is the present process's.
  Byte unstable = 0;  ///< Added since this leader leads, not joined yet.
  Byte late = 0;      ///< Joined by an old instance whose pod was deleted already.
  Byte acked = 0;     ///< Rank of the last write that was acknowledged.

  friend bool operator==(const Group&, const Group&) = default;
};

struct State {
  std::array<Node, kMaxNodes> node{};
  std::array<Group, kMaxGroups> group{};
  Byte observers = 0;     ///< Hosts that are observers; never changes.
  Byte be_id = 0;         ///< Id that the BE agents remember.
  Byte limit1 = 0;        ///< A founding took the first known limit.
  Byte limit2 = 0;        ///< A founding took the second.
  Byte leader_moved = 0;  ///< The one leader change was used.
  Byte just_ended = 0;    ///< Hosts whose servers ended since time passed: nobody can know.
  Byte paper = 0;         ///< Slot + 1 of the agent whose letters a person has read.
  Byte paper_says = 0;    ///< What they permit.
  Byte paper_live = 0;    ///< They are still asked for.

  friend bool operator==(const State&, const State&) = default;
};

enum class Violation : Byte {
  kNone,
  kTwoGroups,      ///< Two replication groups serve.
  kFoundUnproved,  ///< Founded although something was unknown or spoke against it.
  kFoundTooOld,    ///< Founded on a proof older than its lease.
  kDropNotDead,    ///< A row was dropped whose process lives.
  kTwoRows,        ///< Two rows for one host.
  kResumeWaits,    ///< A sealed member waited for silent peers.
  kQuorumThrown,   ///< A statement cost a working group its majority.
  kEmptiedVoter,   ///< An emptied volume took part as the member that it was.
  kJoinWithoutRow,
  kSealedEarly,   ///< A certificate was written before the server was ready.
  kVolumeThrown,  ///< A member's volume was moved aside.
  kSealedBlind,   ///< A founding was sealed although another id was in sight.
  kUnpermitted,   ///< A node acts against what it remembers, and no person ordered it.
  kTwoLeave,      ///< Two members of a group are on their way out for good.
  kDropUnasked,   ///< A member's row went that nobody wants gone, or whose disk does not say so.
  kComesBack,     ///< An FE that left for good is started again as if it had not.
  kWriteLost,     ///< A leader without an acknowledged write, or its last copy thrown away.
  kStuck,         ///< No fault any more, yet no progress and no hold that needs a person.
};

enum class What : Byte {
  kSchedule,
  kPublish,
  kRestart,
  kContinue,
  kOldEnds,
  kBoot,
  kExit,
  kElect,
  kHeartbeat,
  kRegister,
  kLeaving,
  kStops,
  kLook,
  kAct,
  kLate,
  kWatch,
  kTime,
  kCatchUp,
  kCommit,
  kOrder,
  kTakeBack,
  kRead,
  kConsent,
  kConsentOld,
  // faults
  kSlowDns,
  kCrash,
  kCrashBadLog,
  kServerKilled,
  kVolumeLost,
  kPodDeleted,
  kForcedDelete,
  kLeave,
  kLeaveCut,
  kOutage,
  kLeaderChange,
  kPause,
  kStatementLost,
  kAnswerLost,
  kStatementDelayed,
  kLookPeerLost,
  kLookForeign,
  kLookHeld,
  kLookDnsOld,
  kLookDnsUnknown,
  kLookListLost,
};
inline constexpr What kFirstFault = What::kSlowDns;

/// One step of the world; `a` is a slot (or a group), `b` what it needs besides.
struct Step {
  What what{};
  Byte a = 0;
  Byte b = 0;
  std::array<Byte, 2> also{};  ///< Further faults of one look: LookFault::code().

  friend bool operator==(const Step&, const Step&) = default;
};
/// Faults that it spends.
[[nodiscard]] constexpr int cost(const Step& step) {
  if (step.what < kFirstFault) return 0;
  return 1 + (step.also.front() != 0 ? 1 : 0) + (step.also.back() != 0 ? 1 : 0);
}
[[nodiscard]] constexpr bool is_fault(const Step& step) {
  return cost(step) != 0;
}
/// May come at any moment or never: neither a fault nor part of the fair continuation.
[[nodiscard]] constexpr bool is_optional(const Step& step) {
  return step.what >= What::kCommit && step.what < kFirstFault;
}

struct Planted;

/// One world to walk.
struct Config {
  std::string_view name{};
  std::string_view what{};  ///< In words, for --list.
  int nodes = 3;
  int count = 3;  ///< Told to the agents; 0: not told.
  Bootstrap bootstrap = Bootstrap::kAuto;
  bool ordered = false;       ///< podManagementPolicy OrderedReady.
  bool claims = true;         ///< One volume claim per pod; else emptyDir.
  bool bes = false;           ///< BE agents that remember the id.
  bool log_volume = false;    ///< The certificate survives the loss of the metadata volume.
  bool two_founders = false;  ///< Half rolled setting: FE 0 names itself, the others FE 1.
  bool told = false;          ///< The setting cluster_exists.
  bool dead_source = false;   ///< A configured memory source that cannot be read.
  bool old_set = false;       ///< Made by operator 1.5 or older: named fe-domain-search.
  bool scale_in = false;      ///< Scale-in and out on kept claims, each costs a fault.
  Byte observers = 0;         ///< Hosts that are observers.
  Byte members = 0xFF;        ///< Formed: hosts that are in the cluster.
  Byte listed = 0;            ///< Formed: further hosts with a row, which never joined.
  bool odd_row = false;       ///< The last FE has a row under another port.
  bool writes = false;        ///< Clients write; logs are counted, and who may vote by them.
  Byte leavers = 0;           ///< Hosts that a person may let leave for good, and take that back.
  bool heals = false;         ///< A group of two has to heal while one process lives.
  bool consent = false;       ///< A person may order what a node refuses.
  bool formed = false;        ///< Begins with a cluster that runs; else with empty volumes.
  int faults = 3;
  std::uint64_t state_limit = 50'000'000;

  friend bool operator==(const Config&, const Config&) = default;
};

/// A step with where it leads.
struct Move {
  Step step{};
  State next{};
  Violation violation = Violation::kNone;
  std::array<Byte, kMaxNodes> went{};  ///< Where each slot of the state before is in `next`.
};

class World {
 public:
  /// `config` and `planted` are outlived by the caller; `planted` may be nullptr.
  explicit World(const Config& config, const Planted* planted = nullptr);

  [[nodiscard]] State initial() const;

  /// Every step that changes `state`, with at most so many `faults`, those last. The first one is
  /// the fair continuation: what is due at once comes before time passes, so following first steps
  /// starves nobody.
  void moves(const State& state, int faults, std::vector<Move>& out) const;

  /// An invariant of a single state.
  [[nodiscard]] static Violation check(const State& state);

  /// A state in which the fair continuation ends or turns in a circle: does every FE serve, or does
  /// it stand in a hold that docs/start-rules.md section 5 leaves to a person?
  [[nodiscard]] bool at_rest(const State& state) const;

  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] const Self& self(const Node& node) const;
  [[nodiscard]] const Planted* planted() const { return planted_; }
  /// The wrong rule is planted.
  [[nodiscard]] bool plants(bool Planted::*rule) const;
  [[nodiscard]] bool leaves() const { return config_.leavers != 0; }
  [[nodiscard]] int slots() const { return config_.claims ? config_.nodes : config_.nodes + 1; }
  /// Slot for the old instance of a force-deleted pod; -1: none in this world.
  [[nodiscard]] int old_slot() const { return config_.claims ? -1 : config_.nodes; }

 private:
  const Config& config_;
  const Planted* planted_;
  std::array<Self, kMaxNodes> selves_{};
};

[[nodiscard]] std::string_view to_string(Violation violation);
[[nodiscard]] std::string_view to_string(What what);

}  // namespace sragent::explore
