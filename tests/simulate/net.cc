#include <algorithm>

#include "world.h"

/// The network and the name servers.
namespace sragent::simulate {
namespace {

constexpr const char* kServiceAddress = "10.96.0.1";
constexpr std::string_view kServiceName = "sr-fe-service.sr.svc.cluster.local";

bool listed(const Pod& pod, Ms now) {
  return pod.listed_at <= now && (!pod.unlisted_at || now < *pod.unlisted_at);
}

}  // namespace

Ms World::hop() {
  constexpr Ms kUsual = 3;
  constexpr Ms kSlow = 1'500;
  const Ms usual = 1 + rng.below(kUsual);
  return now() < slow_until ? usual + rng.below(kSlow) : usual;
}

bool World::lost() {
  return now() < slow_until && rng.chance(1, 8);
}

bool World::linked(const Pod& a, const Pod& b) const {
  if (&a == &b) return true;
  if (a.gone || b.gone) return false;
  return std::all_of(cuts.begin(), cuts.end(), [&](const Cut& cut) {
    if (now() >= cut.until) return true;
    return ((cut.mask >> a.slot->index) & 1U) == ((cut.mask >> b.slot->index) & 1U);
  });
}

Pod* World::at_address(const std::string& address) {
  if (address == kServiceAddress) {
    std::vector<Pod*> ready;
    Pod* any = nullptr;
    for (const auto& slot : slots) {
      if (slot->kind != NodeKind::kFe || slot->pod == nullptr || slot->pod->gone) continue;
      any = slot->pod;
      if (listens(*slot->pod, kQueryPort)) ready.push_back(slot->pod);
    }
    return ready.empty() ? any
                         : ready[static_cast<std::size_t>(
                               rng.below(static_cast<std::int64_t>(ready.size())))];
  }
  const auto it = addresses.find(address);
  return it == addresses.end() || it->second->gone ? nullptr : it->second;
}

bool World::listens(const Pod& pod, std::uint16_t port) {
  if (port == kAgentPort) return pod.agent != nullptr && !pod.agent->dead();
  return pod.server != nullptr && !pod.server->over && pod.server->listens(port);
}

/// A pod's name has its addresses; a headless one those of all pods of its kind, for 10,000 nodes
/// as many as the agent counts (core: kMostNodes of worker_pace.cc).
void World::fill(const std::string& name, std::vector<std::string>& out) const {
  constexpr std::size_t kMostCounted = 600;
  if (by_fqdn_.empty()) {
    for (const auto& slot : slots)
      by_fqdn_[slot->fqdn] = slot.get();
  }
  const auto own = by_fqdn_.find(name);
  if (own == by_fqdn_.end() && !name.starts_with("sr-")) return;
  if (own != by_fqdn_.end() && long_list_limit != 0) {
    const auto* const pod = own->second->pod;
    if (pod != nullptr && listed(*pod, now())) out.push_back(pod->address);
    return;
  }
  for (const auto& pod : pods) {
    if (long_list_limit != 0 && out.size() == kMostCounted) return;
    if (pod->slot->headless != name && pod->slot->fqdn != name) continue;
    if (listed(*pod, now())) out.push_back(pod->address);
  }
}

World::Name World::look_up(const std::string& name) {
  auto& cached = names_[name];
  if (now() >= cached.until) {
    cached.name = {};
    if (name == kServiceName) cached.name.addresses.emplace_back(kServiceAddress);
    fill(name, cached.name.addresses);
    std::sort(cached.name.addresses.begin(), cached.name.addresses.end());
    const bool absent = cached.name.addresses.empty();
    cached.until = now() + (absent ? rng.between(1, 30) : plan.dns_ttl_s) * 1'000;
  }
  auto out = cached.name;
  out.answered = true;
  out.ttl_s = static_cast<std::uint32_t>((cached.until - now() + 999) / 1'000);
  return out;
}

}  // namespace sragent::simulate
