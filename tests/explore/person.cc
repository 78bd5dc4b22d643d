#include "core/consent.h"
#include "parts.h"
#include "planted.h"

/// A person who reads the letters of a refusing agent and types them, at once or later. What stands
/// in for runtime/consent_desk: letters are worth something while they are asked for.
namespace sragent::explore {
namespace {

constexpr Byte kForget = 0x40;
constexpr Byte kAside = 0x80;
constexpr Byte kIds = 0x3F;

Byte id_mask(const std::vector<ClusterId>& ids) {
  Byte out = 0;
  for (const auto& id : ids)
    if (const int number = id_of(id); number != 0) out |= bit(number - 1);
  return out;
}

bool reads(const Node& node) {
  return node.pod == Pod::kUp && node.offer_open != 0;
}

void read_move(const State& state, int slot, const Emit& emit) {
  const auto& node = at(state.node, slot);
  if (!reads(node)) return;
  State next = state;
  next.paper = byte(slot + 1);
  next.paper_says = node.offer;
  next.paper_live = 1;
  emit({What::kRead, byte(slot), 0}, next);
}

/// Typed into the agent from which they were read, or into what runs in its place now.
void consent_move(const World& world, const State& state, const Emit& emit) {
  if (state.paper == 0) return;
  const int slot = state.paper - 1;
  if (!reads(at(state.node, slot))) return;
  const bool any = world.plants(&Planted::any_letters);
  if (state.paper_live == 0 && !any) return;
  State next = state;
  auto& node = at(next.node, slot);
  node.consent = node.offer;
  node.consent_old = 0;
  node.ordered = byte(state.paper_live != 0 ? state.paper_says & kIds : 0);
  node.offer = node.offer_open = 0;
  next.paper = next.paper_says = next.paper_live = 0;
  emit({What::kConsent, byte(slot), 0}, next);
}

void old_move(const State& state, int slot, const Emit& emit) {
  const auto& node = at(state.node, slot);
  if (node.consent == 0 || node.consent_old != 0) return;
  State next = state;
  at(next.node, slot).consent_old = 1;
  emit({What::kConsentOld, byte(slot), 0}, next);
}

}  // namespace

Byte matter_byte(const std::optional<ConsentMatter>& matter) {
  if (!matter) return 0;
  return byte(id_mask(matter->ids) |
              (matter->kind == ConsentKind::kForgetCluster ? kForget : kAside));
}

std::optional<Consent> consent_of(const Node& node) {
  if (node.consent == 0) return std::nullopt;
  Consent out;
  out.matter.kind =
      (node.consent & kForget) != 0 ? ConsentKind::kForgetCluster : ConsentKind::kMoveAside;
  for (int id = 0; id < kMaxIds; ++id)
    if (has(node.consent, id)) out.matter.ids.push_back(id_text(id + 1));
  if (out.matter.ids.empty()) out.matter.ids.emplace_back();  // metadata that names no cluster
  out.at = kNow - (node.consent_old != 0 ? kConsentLife : kTick);
  return out;
}

void see_matter(State& state, int slot, const std::optional<ConsentMatter>& matter) {
  auto& node = at(state.node, slot);
  node.offer_open = byte(matter ? 1 : 0);
  const auto offer = matter_byte(matter);
  if (!matter || node.offer == offer) return;
  node.offer = offer;
  if (state.paper == slot + 1) state.paper_live = 0;
}

void forget_order(const World& world, State& state, int slot) {
  auto& node = at(state.node, slot);
  const bool kept = world.plants(&Planted::restart_keeps_consent);
  node.offer = node.offer_open = node.ordered = 0;
  if (!kept) node.consent = node.consent_old = 0;
  if (state.paper == slot + 1) state.paper_live = 0;
}

void end_order(Node& node, const StartObservation& seen) {
  Byte living = 0;
  for (const auto& peer : seen.peers)
    if (peer.kind == PeerKind::kMember) living |= id_mask(peer.ids);
  for (const auto& list : seen.lists)
    living |= id_mask({list.cluster_id});
  if ((living & node.ordered) != 0 || node.consent_old != 0) node.ordered = 0;
}

void person_moves(const World& world, const State& state, const Emit& emit) {
  if (!world.config().consent) return;
  for (int slot = 0; slot < world.config().nodes; ++slot) {
    read_move(state, slot, emit);
    old_move(state, slot, emit);
  }
  consent_move(world, state, emit);
}

}  // namespace sragent::explore
