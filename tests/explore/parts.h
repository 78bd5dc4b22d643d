#pragma once

#include <algorithm>
#include <array>
#include <limits>

#include "world.h"

/// Pieces that the parts of the world share. For tests/explore/*.cc only.
namespace sragent::explore {

template <typename T>
[[nodiscard]] decltype(auto) at(T& array, int index) {
  return array[static_cast<std::size_t>(index)];
}

[[nodiscard]] int count_bits(Byte mask);
[[nodiscard]] inline bool most_of(Byte part, Byte whole) {
  return count_bits(part) * 2 > count_bits(whole);
}

/// Text of a cluster id; index 0 is the empty text. id_of() is its inverse.
[[nodiscard]] const std::string& id_text(int id);
[[nodiscard]] int id_of(std::string_view text);

[[nodiscard]] inline Group* group_of(State& state, Byte ref) {
  return ref == 0 ? nullptr : &at(state.group, ref - 1);
}
[[nodiscard]] inline const Group* group_of(const State& state, Byte ref) {
  return ref == 0 ? nullptr : &at(state.group, ref - 1);
}

/// The same for a reference that is not 0.
[[nodiscard]] inline Group& group_at(State& state, Byte ref) {
  return at(state.group, ref - 1);
}
[[nodiscard]] inline const Group& group_at(const State& state, Byte ref) {
  return at(state.group, ref - 1);
}

// --- StarRocks (server.cc) ---
/// A member of the group whose process takes part in elections and acknowledges writes.
[[nodiscard]] bool attached(const State& state, const Node& node, Byte group);
/// Observers take part, but neither vote nor acknowledge.
[[nodiscard]] inline Byte voters(const State& state, Byte hosts) {
  return byte(hosts & ~state.observers);
}
/// Voters only.
[[nodiscard]] Byte attached_hosts(const State& state, Byte group);
/// Has a leader that can commit.
[[nodiscard]] bool works(const State& state, Byte group);
/// Slot that the leader's heartbeat for `host` reaches.
[[nodiscard]] int heartbeat_slot(const World& world, const State& state, int host);
/// Called when time has passed: a leader has come to know the successor of an old instance.
void note_successor(const World& world, State& state);
[[nodiscard]] bool heartbeat_good(const World& world, const State& state, Byte group, int host);
void heartbeat(const World& world, State& state, Byte group, bool misses_count);
void lose_leader(State& state, Byte group);
/// The FE at `slot` is elected.
void lead(State& state, Byte group, int slot);
/// ADD or DROP arrives at the leader of `group`. False: it was not committed.
[[nodiscard]] bool execute(
    const World& world, State& state, Byte group, int host, JoinStep step, Violation& violation);

/// A leader takes the DROP of a member without which those that are left are a majority.
[[nodiscard]] bool drops_alone(
    const World& world, const State& state, Byte ref, int host, JoinStep step);
/// An acknowledged write is on no volume of the group.
[[nodiscard]] bool write_on_nobody(const State& state, Byte ref);
/// Most members whose log is no longer than this one's: only they vote for it.
[[nodiscard]] bool elects(const State& state, Byte ref, const Node& candidate);
/// The member was elected and lacks an acknowledged write.
[[nodiscard]] Violation leader_lacks(const Group& group, const Node& node);

/// The row of `host` goes, and with it its place in the electorate.
void drop_row(State& state, Byte ref, int host);

/// As things stand, the statement would leave a group that works without a majority.
[[nodiscard]] bool throws_quorum(const State& state, Byte ref, int host, JoinStep step);

// --- one server of it (boot.cc) ---
/// Starts a server on the directory as it is.
void spawn(State& state, int slot, Run run, int helper_host);
/// The server is gone, whatever ended it.
void end_server(State& state, int slot);
/// The container ends with its server's status and is started again.
void exit_server(const World& world, State& state, int slot);
void clear_disk(Node& node);

// --- the agent (facts.cc, agent.cc) ---
struct Clock;
struct Emit;
/// Something that goes wrong in a look; `peer` is the slot that was asked, -1: none in particular.
struct LookFault {
  /// A code has room for so many values of `peer`, -1 among them.
  static constexpr int kPeers = 8;
  static_assert(kMaxNodes < kPeers);
  static constexpr int kBefore = static_cast<int>(What::kLookPeerLost) - 1;

  What what = What::kLook;
  int peer = -1;

  /// For Step::also; never 0.
  [[nodiscard]] constexpr Byte code() const {
    return byte((static_cast<int>(what) - kBefore) * kPeers + peer + 1);
  }
  /// The fault whose code() it is.
  [[nodiscard]] static constexpr LookFault of_code(Byte code) {
    return {static_cast<What>(kBefore + code / kPeers), code % kPeers - 1};
  }
  friend bool operator==(const LookFault&, const LookFault&) = default;
};
static_assert(LookFault::of_code(LookFault{What::kLookListLost, kMaxNodes - 1}.code()) ==
              LookFault{What::kLookListLost, kMaxNodes - 1});
static_assert(LookFault::of_code(LookFault{What::kLookDnsOld, -1}.code()) ==
              LookFault{What::kLookDnsOld, -1});
/// Everything that goes wrong in one look.
class LookFaults {
 public:
  /// So many at a time: a Step holds one and the codes of the others.
  static constexpr int kMost = 1 + static_cast<int>(std::tuple_size_v<decltype(Step::also)>);

  LookFaults() = default;
  explicit LookFaults(const Step& step);
  [[nodiscard]] bool any(What what, int peer = -1) const;
  [[nodiscard]] int count() const { return count_; }
  void push(const LookFault& one) { at(all_, count_++) = one; }
  void pop() { at(all_, --count_) = {}; }
  [[nodiscard]] const LookFault& operator[](int i) const { return at(all_, i); }
  [[nodiscard]] Step step(int slot) const;

 private:
  std::array<LookFault, kMost> all_{};
  int count_ = 0;
};
/// Of the agent that runs in this slot now.
[[nodiscard]] std::string session_of(int slot);
[[nodiscard]] MetaState meta_of(const World& world, const Node& node);
struct Gathered {
  StartPolicy policy{};
  StartObservation seen{};
  StartMemory memory{};
  Byte dns = 0;  ///< Slots in the answer of the name servers.
};
/// One round of questions by the agent at `slot`; consents given for it are kept in `state`.
[[nodiscard]] Gathered gather(const World& world, State& state, int slot, const LookFaults& faults);
void keep_memory(const World& world, const State& state, Node& node, const StartMemory& memory);
/// The leader's list as the FE at `slot` tells it to `asker`.
[[nodiscard]] FeList list_of(const World& world, const State& state, int slot, const Node& asker);
/// The same, or what a member tells that knows no leader.
[[nodiscard]] FeList told_list(const World& world, const State& state, int slot, const Node& asker);
[[nodiscard]] std::vector<Peer> ask_peers(const World& world,
                                          State& state,
                                          int slot,
                                          Byte dns,
                                          const LookFaults& faults,
                                          bool wants_consent);
[[nodiscard]] Byte dns_answer(const World& world, const State& state, const LookFaults& faults);

/// Gathers, decides and does what nobody can interrupt.
struct Looked {
  Violation violation = Violation::kNone;
  bool waits = true;  ///< The decision was to wait or to refuse.
};
[[nodiscard]] Looked look(const World& world, State& state, int slot, const LookFaults& faults);
/// Gathers and keeps what a waiting agent remembers; an action is left for a step of its own.
void poll(const World& world, State& state, int slot);
[[nodiscard]] Violation act(const World& world, State& state, int slot, What how);
[[nodiscard]] Violation watch(const World& world, State& state, int slot);
struct Judged {
  Gathered gathered{};
  StartOutcome outcome{};
};
/// A round of questions and the core's word on it; nothing is done.
[[nodiscard]] Judged decide(const World& world, State& state, int slot, const LookFaults& faults);
[[nodiscard]] bool agent_busy(const Node& node);
void reset_agent(const World& world, State& state, int slot);

// --- an FE leaves for good (leave.cc) ---
/// A leaving is in force and keeps the server down.
[[nodiscard]] bool kept_down(const Node& node);
/// What a new process of the same pod finds of a leaving.
void recall_leaving(const World& world, Node& node);
/// The pod and its notes are gone.
void forget_leaving(Node& node);
/// What the mark on the volume stood for is over: the volume begins anew.
void forget_mark(const World& world, Node& node);
/// Its DROP reaches the leader of `group`. False: it was not committed.
[[nodiscard]] bool execute_leave(
    const World& world, State& state, Byte group, int host, Violation& violation);
/// One turn of the leaving at `slot`; `how`: what becomes of a statement that is sent in it.
[[nodiscard]] Violation leave_turn(const World& world, State& state, int slot, What how);
void leave_moves(const World& world, const State& state, const Emit& emit);
/// What speaks against a leaving without a break ends it after a minute.
void time_refusal(const Node& node, Clock& clock);
void age_refusal(const State& state, Node& node, int by);
/// A person orders leavings and takes them back.
void order_moves(const World& world, const State& state, const Emit& emit);

// --- a person's order (person.cc) ---
/// An order as one byte: ids, and the kind; 0: none.
[[nodiscard]] Byte matter_byte(const std::optional<ConsentMatter>& matter);
[[nodiscard]] std::optional<Consent> consent_of(const Node& node);
/// After a decision: the letters that are asked for now.
void see_matter(State& state, int slot, const std::optional<ConsentMatter>& matter);
/// The process that asked for letters and was given an order has ended.
void forget_order(const World& world, State& state, int slot);
/// An order ends when it is looked at too late, or when a member of the cluster that is to be
/// forgotten is in sight.
void end_order(Node& node, const StartObservation& seen);
void person_moves(const World& world, const State& state, const Emit& emit);

// --- proofs that the agent's word is not asked for (rules.cc) ---
[[nodiscard]] bool found_proved(const World& world,
                                const State& state,
                                int slot,
                                const Gathered& gathered,
                                const LookFaults& faults,
                                FoundBasis basis);
/// Ids that this node remembers and no person has let it forget.
[[nodiscard]] Byte not_permitted(const Node& node);
void note_limits(const World& world, State& state, int slot, FoundBasis basis);
/// No complete volume has an address that every name server already gives.
[[nodiscard]] bool holders_hidden(const World& world, const State& state, int but_slot);

// --- steps ---
/// How long time may pass at once.
struct Clock {
  static constexpr int kNever = std::numeric_limits<int>::max();
  int due = kNever;

  /// Something happens when a timer of `age` reaches `end`.
  void timer(int age, int end) {
    if (age < end) due = std::min(due, end - age);
  }
};

struct Emit {
  const World& world;
  const State& from;
  std::vector<Move>& out;
  mutable bool acting = false;  ///< An agent's decision is an action: time does not pass before it.
  /// Adds the step unless it leads nowhere new.
  void operator()(Step step, State next, Violation violation = Violation::kNone) const;
};
void boot_moves(const World& world, const State& state, int slot, const Emit& emit);
void server_moves(const World& world, const State& state, const Emit& emit);
/// A leader that cannot commit exits.
void leader_exits(const World& world, const State& state, const Emit& emit);
void catch_up_moves(const World& world, const State& state, const Emit& emit);
void commit_moves(const World& world, const State& state, const Emit& emit);
void platform_moves(const World& world, const State& state, const Emit& emit);
void agent_moves(const World& world, const State& state, const Emit& emit);
void time_move(const World& world, const State& state, const Emit& emit);
void fault_moves(const World& world, const State& state, int faults, const Emit& emit);

/// A step of one FE that no other can observe and that nothing but its own end can prevent: it is
/// taken before everything else, since it commutes with all steps of the others. -1: none.
[[nodiscard]] int local_slot(const World& world, const State& state);
/// That step alone, and what may end it.
void local_moves(const World& world, const State& state, int slot, const Emit& emit);
void local_faults(const World& world, const State& state, int slot, const Emit& emit);
[[nodiscard]] bool boots_unseen(const World& world, const State& state, int slot);

/// Gives equal states equal bytes: forgets what nothing refers to, numbers groups and ids in order
/// of their appearance, sorts FEs that differ in nothing but their ordinal. Returns where each slot
/// went: result[old] = new.
std::array<Byte, kMaxNodes> canonicalise(const World& world, State& state);

}  // namespace sragent::explore
