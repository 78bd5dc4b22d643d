#include <algorithm>

#include "parts.h"
#include "planted.h"

/// What an agent sees: the world put into the core's own types.
namespace sragent::explore {
namespace {

constexpr std::uint16_t kPort = 9010;
constexpr std::uint16_t kOddPort = 9011;
constexpr Millis kLongAgo{3'600'000};

Millis ticks(int count) {
  return kTick * count;
}

std::optional<std::vector<std::string>> members_of(const World& world,
                                                   const State& state,
                                                   const Node& node) {
  if (node.sealed == 0 || node.group == 0) return std::nullopt;
  std::vector<std::string> out;
  const auto rows = byte(group_at(state, node.group).rows | bit(node.host));
  for (int host = 0; host < world.config().nodes; ++host)
    if (has(rows, host)) out.push_back(world.self(at(state.node, host)).host);
  return out;
}

std::vector<ClusterId> ids_of(Byte mask) {
  std::vector<ClusterId> out;
  for (int id = 0; id < kMaxIds; ++id)
    if (has(mask, id)) out.push_back(id_text(id + 1));
  return out;
}

std::vector<ClusterId> remembers(const Node& node) {
  Byte mask = node.remembered;
  if (node.cert != 0) mask |= bit(node.cert - 1);
  if (node.intent_id != 0) mask |= bit(node.intent_id - 1);
  if (node.consent != 0) mask &= byte(~node.consent);  // what a person let it forget
  return ids_of(mask);
}

std::optional<Grant> grant_of(const World& world, const State& state, const Node& node) {
  if (node.grant == 0) return std::nullopt;
  const auto& to = world.self(at(state.node, node.grant_to));
  return Grant{node.grant_old != 0 ? "old" : session_of(node.grant_to),
               to.host,
               kNow - ticks(node.grant - 1)};
}

Answerer answerer_of(const World& world, const State& state, int slot) {
  const auto& node = at(state.node, slot);
  Answerer out;
  out.self = world.self(node);
  out.self.session = session_of(slot);
  out.meta = meta_of(world, node);
  out.members = members_of(world, state, node);
  out.remembers = remembers(node);
  out.under_way = node.phase != Phase::kLook && node.sealed == 0;
  out.grant = grant_of(world, state, node);
  return out;
}

Self asker_of(const World& world, const State& state, int slot) {
  auto out = world.self(at(state.node, slot));
  out.session = session_of(slot);
  return out;
}

/// The agent of another cluster whose pod has got the address now.
Identity foreign_identity(const Self& me, std::string_view address) {
  Identity out;
  out.host = "b-0.t";
  out.address = address;
  out.headless = "t";
  out.session = "f";
  out.founder = me.host;
  out.consents = true;
  return out;
}

Identity held_consent(const World& world, const State& state, int peer, const Self& me) {
  const auto& self = world.self(at(state.node, peer));
  Identity out;
  out.host = self.host;
  out.address = self.address;
  out.headless = self.headless;
  out.session = session_of(peer);
  out.founder = me.host;
  out.consents = true;
  return out;
}

Peer silent_peer(const std::string& address) {
  Peer out;
  out.address = address;
  out.asked_at = kNow;
  out.why = "time-out";
  return out;
}

struct Asker {
  int slot;
  Self self;
  bool wants_consent;
};

Identity answer_of(const World& world, State& state, int peer, const Asker& asker) {
  const auto& me = asker.self;
  auto answerer = answerer_of(world, state, peer);
  const PeerQuestion question{me.host, me.session, asker.wants_consent};
  const auto* planted = world.planted();
  if (planted != nullptr && planted->answerer != nullptr) planted->answerer(answerer, question);
  auto answer = answer_peer(answerer, question, kNow);
  if (answer.identity.consents) {
    auto& node = at(state.node, peer);
    node.grant = 1;
    node.grant_to = byte(ordinal_of(me.host));
    node.grant_old = byte(asker.slot == world.old_slot() ? 1 : 0);
  }
  return std::move(answer.identity);
}

Peer ask(const World& world, State& state, int peer, const Asker& asker, const LookFaults& faults) {
  const auto& me = asker.self;
  const auto& own = at(state.node, asker.slot);
  const auto& node = at(state.node, peer);
  const auto& address = world.self(node).address;
  const auto* planted = world.planted();
  Identity identity;
  Instant asked_at = kNow;
  if (faults.any(What::kLookForeign, peer)) {
    identity = foreign_identity(me, address);
  } else if (own.held == peer + 1) {
    identity = held_consent(world, state, peer, me);
    asked_at = kNow - ticks(own.held_age);
    if (planted != nullptr && planted->asked_at != nullptr) planted->asked_at(asked_at);
  } else if (node.pod != Pod::kUp || faults.any(What::kLookPeerLost, peer)) {
    return silent_peer(address);
  } else {
    identity = answer_of(world, state, peer, asker);
  }
  if (planted != nullptr && planted->identity != nullptr) planted->identity(me, identity, address);
  return judge_peer(me, address, identity, asked_at, kNow);
}

FeRow row_of(const World& world,
             const State& state,
             const Group& group,
             int host,
             const Node& asker,
             Byte ref) {
  const auto& leader = at(state.node, group.leader - 1);
  FeRow row;
  row.host = world.self(at(state.node, host)).host;
  row.port = has(group.odd_rows, host) && !has(group.rows, host) ? kOddPort : kPort;
  const bool leads = leader.host == host;
  row.role = leads                        ? RowRole::kLeader
             : has(state.observers, host) ? RowRole::kObserver
                                          : RowRole::kFollower;
  row.join = has(group.joined, host);
  row.alive = has(group.alive, host);
  const bool moved = asker.hist == ref && has(asker.changed, host);
  row.last_heartbeat = moved ? "h1" : "h0";
  row.start_time = "t";
  const bool present = has(group.started, host);
  row.up_for = leads ? ticks(leader.proc_age) : present ? Millis{0} : kLongAgo;
  return row;
}

/// As a member tells it that knows no leader: Join is false in each row, Alive stale
/// (starrocks.md).
FeList list_without_leader(const World& world, const State& state, int slot) {
  const auto& node = at(state.node, slot);
  FeList out;
  out.asked_host = world.self(node).host;
  out.cluster_id = id_text(node.cid);
  out.asked_at = kNow;
  for (int host = 0; host < world.config().nodes; ++host) {
    if (!has(group_at(state, node.group).rows, host)) continue;
    FeRow row;
    row.host = world.self(at(state.node, host)).host;
    row.port = kPort;
    row.role = has(state.observers, host) ? RowRole::kObserver : RowRole::kFollower;
    row.alive = true;
    row.last_heartbeat = "h0";
    out.rows.push_back(std::move(row));
  }
  return out;
}

bool knows_leader(const State& state, const Node& node) {
  const auto* group = group_of(state, node.group);
  return node.removed == 0 && group != nullptr && group->leader != 0;
}

/// FEs that an agent finds by the addresses of the set, each asked for its list.
void read_lists(const World& world,
                const State& state,
                int slot,
                const LookFaults& faults,
                Byte dns,
                StartObservation& seen) {
  for (int other = 0; other < world.slots(); ++other) {
    if (other == slot || !has(dns, other)) continue;
    if (faults.any(What::kLookListLost, other) || faults.any(What::kLookForeign, other)) continue;
    const auto& node = at(state.node, other);
    if (node.proc != Proc::kReady) continue;
    const bool led = knows_leader(state, node);
    if (!led) seen.leaderless.push_back(world.self(node).host);
    if (led || (world.config().writes && node.group != 0))
      seen.lists.push_back(told_list(world, state, other, at(state.node, slot)));
  }
}

StartMemory memory_of(const World& world, const State& state, const Node& node) {
  StartMemory out;
  out.member_seen = node.sighted != 0;
  if (node.census != 0) out.census_first = kNow - ticks(node.census - 1);
  out.grant = grant_of(world, state, node);
  out.consent = consent_of(node);
  if (node.open != 0) out.statement_at = kNow - ticks(node.open - 1);
  const auto* group = group_of(state, node.hist);
  if (group == nullptr || group->leader == 0) return out;
  out.history.leader = world.self(at(state.node, group->leader - 1)).host;
  out.history.start_time = "t";
  out.history.cluster_id = id_text(group->cid);
  for (int host = 0; host < world.config().nodes; ++host) {
    const bool own_dead = host == node.host && node.dead != 0;
    if (!has(node.known, host) && !own_dead) continue;
    RowHistory row;
    row.last_heartbeat = "h0";
    if (const int age = at(node.moved, host); age != 0) row.moved_at = kNow - ticks(age - 1);
    if (own_dead) {
      row.dead_since = kNow - ticks(node.dead - 1);
      row.dead_read = *row.dead_since + ticks(node.dead_span);
    }
    out.history.rows.emplace(host_port(world.self(at(state.node, host)).host, kPort), row);
  }
  return out;
}

int age_in_ticks(Instant then) {
  return static_cast<int>((kNow - then) / kTick);
}

Byte group_with_leader(const World& world, const State& state, const LeaderHistory& history) {
  for (int g = 1; g <= kMaxGroups; ++g) {
    const auto& group = group_at(state, byte(g));
    if (group.leader == 0 || id_text(group.cid) != history.cluster_id) continue;
    if (world.self(at(state.node, group.leader - 1)).host == history.leader) return byte(g);
  }
  return 0;
}

void keep_row(Node& node, int host, const RowHistory& row) {
  node.known |= bit(host);
  if (row.moved_at) {
    const int age = age_in_ticks(*row.moved_at);
    at(node.moved, host) = byte(age <= kFreshSpan / kTick ? age + 1 : 0);
  }
  if (host != node.host || !row.dead_since || !row.dead_read) return;
  node.dead = byte(1 + std::min(age_in_ticks(*row.dead_since), kDeadTicks));
  node.dead_span =
      byte(std::min(static_cast<int>((*row.dead_read - *row.dead_since) / kTick), kDeadTicks));
}

}  // namespace

std::string session_of(int slot) {
  std::string out = "s";
  out += std::to_string(slot);
  return out;
}

MetaState meta_of(const World& world, const Node& node) {
  MetaFiles files;
  files.any_regular_file = node.stage >= Stage::kRoleEmpty;
  files.bdb_files = files.has_jdb = node.stage >= Stage::kJdb;
  if (node.stage == Stage::kRoleEmpty) files.role = FileState::kEmpty;
  if (node.stage >= Stage::kRoleVersion) {
    files.role = files.version = FileState::kParsed;
    files.host_type_key = true;
    files.host_type_value = node.stage == Stage::kReady;
    files.role_host = world.self(node).host;
    files.role_port = kPort;
    files.role_role = world.self(node).role;
    files.version_id = id_text(node.cid);
  }
  files.intent = node.intent;
  files.intent_id = id_text(node.intent_id);
  if (node.intent_helper != 0) {
    files.intent_helper =
        host_port(sibling_host(world.self(node).host, node.intent_helper - 1), kPort);
  }
  files.helper_run_ended = node.ended != 0;
  files.sealed_mark = node.sealed != 0;
  files.left_mark = node.left != 0;
  auto out = classify_meta(files);
  const auto* planted = world.planted();
  if (planted != nullptr && planted->meta != nullptr) planted->meta(out);
  return out;
}

FeList list_of(const World& world, const State& state, int slot, const Node& asker) {
  const auto& node = at(state.node, slot);
  const auto& group = group_at(state, node.group);
  FeList out;
  out.asked_host = world.self(node).host;
  out.cluster_id = id_text(group.cid);
  out.asked_at = kNow;
  for (int host = 0; host < world.config().nodes; ++host) {
    if (has(group.rows, host) || has(group.odd_rows, host))
      out.rows.push_back(row_of(world, state, group, host, asker, node.group));
  }
  return out;
}

FeList told_list(const World& world, const State& state, int slot, const Node& asker) {
  return knows_leader(state, at(state.node, slot)) ? list_of(world, state, slot, asker)
                                                   : list_without_leader(world, state, slot);
}

Byte dns_answer(const World& world, const State& state, const LookFaults& faults) {
  Byte out = 0;
  if (faults.any(What::kLookDnsUnknown)) return out;
  for (int slot = 0; slot < world.config().nodes; ++slot) {
    const auto& node = at(state.node, slot);
    const bool old_enough = !faults.any(What::kLookDnsOld) || node.pub_age >= kDnsTicks;
    if (node.published != 0 && node.pod > Pod::kGone && old_enough) out |= bit(slot);
  }
  return out;
}

std::vector<Peer> ask_peers(const World& world,
                            State& state,
                            int slot,
                            Byte dns,
                            const LookFaults& faults,
                            bool wants_consent) {
  std::vector<Peer> out;
  const Asker asker{slot, asker_of(world, state, slot), wants_consent};
  for (int peer = 0; peer < world.config().nodes; ++peer)
    if (peer != slot && has(dns, peer)) out.push_back(ask(world, state, peer, asker, faults));
  return out;
}

Gathered gather(const World& world, State& state, int slot, const LookFaults& faults) {
  const auto node = at(state.node, slot);
  const auto& me = world.self(node);
  const auto& config = world.config();
  Gathered out;
  out.policy.bootstrap = config.bootstrap;
  out.policy.count = config.count;
  auto& seen = out.seen;
  seen.meta = meta_of(world, node);
  seen.certificate = id_text(node.cert);
  seen.remembered = ids_of(node.remembered);
  seen.own_members = members_of(world, state, node);
  out.memory = memory_of(world, state, node);
  const bool looks = world.plants(&Planted::always_looks);
  if (!looks && disk_decides(seen.meta, out.policy)) return out;  // nobody is asked
  out.dns = dns_answer(world, state, faults);
  seen.set.asked_at = kNow;
  seen.set.ttl = Millis{30'000};
  if (!faults.any(What::kLookDnsUnknown)) {
    seen.set.outcome = Tri::kYes;
    for (int other = 0; other < config.nodes; ++other) {
      if (has(out.dns, other))
        seen.set.addresses.push_back(world.self(at(state.node, other)).address);
    }
    seen.own_name = node.published != 0 && slot < config.nodes ? Tri::kYes : Tri::kNo;
  }
  read_lists(world, state, slot, faults, out.dns, seen);
  if (config.told) seen.memories.push_back({"cluster_exists", "told", false});
  if (config.dead_source) seen.memories.push_back({"source", {}, true});
  const bool wants = wants_consent(me, out.policy, seen.meta, out.memory);
  seen.peers = ask_peers(world, state, slot, out.dns, faults, wants);
  seen.service = ServiceProbe::kNotConfigured;
  if (config.bes) seen.memories.push_back({"be", id_text(state.be_id), false});
  return out;
}

void keep_memory(const World& world, const State& state, Node& node, const StartMemory& memory) {
  const auto& self = world.self(node);
  node.sighted = byte(memory.member_seen && self.founder == self.host ? 1 : 0);
  node.consent = memory.consent ? matter_byte(memory.consent->matter) : byte(0);
  if (node.consent == 0) node.consent_old = node.ordered = 0;
  node.census =
      byte(memory.census_first ? 1 + std::min(age_in_ticks(*memory.census_first), kGapTicks) : 0);
  const Byte unread = node.hist == 0 ? byte(0) : node.changed;
  node.hist = group_with_leader(world, state, memory.history);
  node.known = node.changed = node.dead = node.dead_span = 0;
  node.moved = {};
  if (node.hist == 0) return;
  const auto* group = &group_at(state, node.hist);
  for (int host = 0; host < world.config().nodes; ++host) {
    const auto key = host_port(world.self(at(state.node, host)).host, kPort);
    const auto row = memory.history.rows.find(key);
    if (row == memory.history.rows.end() || !has(group->rows, host)) continue;
    keep_row(node, host, row->second);
    if (has(unread, host) && row->second.last_heartbeat == "h0") node.changed |= bit(host);
  }
}

}  // namespace sragent::explore
