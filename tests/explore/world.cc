#include "world.h"

#include "parts.h"
#include "planted.h"

namespace sragent::explore {
namespace {

constexpr std::array<std::string_view, 7> kIdNames{"", "A", "B", "C", "D", "E", "F"};

Self make_self(const Config& config, int ordinal) {
  Self out;
  out.host.append("a-").append(std::to_string(ordinal)).append(".s");
  out.fqdn = out.host;
  out.address.append("1.").append(std::to_string(ordinal));
  out.headless = config.old_set ? "fe-domain-search" : "s";
  if (has(config.observers, ordinal)) out.role = FeRole::kObserver;
  out.session = session_of(ordinal);
  out.founder = config.two_founders && ordinal != 0 ? "a-1.s" : "a-0.s";
  out.ordinal = ordinal;
  return out;
}

void make_member(State& state, int slot, bool with_certificate) {
  auto& node = at(state.node, slot);
  node.pod = Pod::kUp;
  node.published = 1;
  node.pub_age = kDnsTicks;
  node.stage = Stage::kReady;
  node.group = node.cid = node.member_of = node.sealed = node.log = 1;
  node.cert = with_certificate ? 1 : 0;
  node.phase = Phase::kRunning;
  node.proc = Proc::kReady;
  node.run = Run::kResume;
  node.proc_age = kSettledTicks;
}

}  // namespace

const std::string& id_text(int id) {
  static const std::array<std::string, 7> texts = [] {
    std::array<std::string, 7> out;
    for (std::size_t i = 0; i < out.size(); ++i)
      out.at(i) = kIdNames.at(i);
    return out;
  }();
  return texts.at(static_cast<std::size_t>(id));
}

int id_of(std::string_view text) {
  for (std::size_t i = 1; i < kIdNames.size(); ++i)
    if (kIdNames.at(i) == text) return static_cast<int>(i);
  return 0;
}

World::World(const Config& config, const Planted* planted) : config_(config), planted_(planted) {
  for (int host = 0; host < kMaxNodes; ++host)
    at(selves_, host) = make_self(config, host);
}

const Self& World::self(const Node& node) const {
  return at(selves_, node.host);
}

bool World::plants(bool Planted::*rule) const {
  return planted_ != nullptr && planted_->*rule;
}

State World::initial() const {
  State state;
  state.observers = config_.observers;
  for (int slot = 0; slot < config_.nodes; ++slot) {
    auto& node = at(state.node, slot);
    node.host = byte(slot);
    node.pod = Pod::kGone;
  }
  const int last = config_.odd_row ? config_.nodes - 1 : config_.nodes;
  if (!config_.formed) return state;
  auto& group = state.group.front();
  const auto members = byte(((1 << last) - 1) & config_.members);
  for (int slot = 0; slot < last; ++slot) {
    if (has(members, slot)) make_member(state, slot, !plants(&Planted::late_certificate));
  }
  group.cid = group.leader = group.acked = 1;
  group.rows = group.joined = group.alive = members;
  group.rows |= config_.listed;
  if (config_.odd_row) group.odd_rows = bit(last);
  if (config_.bes) state.be_id = 1;
  canonicalise(*this, state);
  return state;
}

void Emit::operator()(Step step, State next, Violation violation) const {
  const auto went = canonicalise(world, next);
  if (next == from && violation == Violation::kNone) return;
  if (violation == Violation::kNone) violation = World::check(next);
  out.push_back({step, next, violation, went});
}

void World::moves(const State& state, int faults, std::vector<Move>& out) const {
  out.clear();
  const Emit emit{*this, state, out};
  if (const int slot = local_slot(*this, state); slot >= 0) {
    local_moves(*this, state, slot, emit);
    if (!out.empty()) {
      if (faults > 0) local_faults(*this, state, slot, emit);
      return;
    }
  }
  server_moves(*this, state, emit);
  platform_moves(*this, state, emit);
  agent_moves(*this, state, emit);
  leave_moves(*this, state, emit);
  if (const int old = old_slot(); old >= 0 && at(state.node, old).pod != Pod::kNoSlot) {
    State next = state;
    end_server(next, old);
    at(next.node, old) = Node{};
    emit({What::kOldEnds, byte(old), 0}, next);
  }
  time_move(*this, state, emit);
  // A leader lives for 43 s without a majority: whoever can heal the group has had the time.
  if (config_.writes) leader_exits(*this, state, emit);
  commit_moves(*this, state, emit);
  order_moves(*this, state, emit);
  person_moves(*this, state, emit);
  if (faults > 0) fault_moves(*this, state, faults, emit);
}

}  // namespace sragent::explore
