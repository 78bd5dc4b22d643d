#include "core/consent.h"

#include <algorithm>
#include <set>

#include "core/start.h"

namespace sragent {
namespace {

using Ids = std::set<ClusterId>;

Ids own_memory(const StartObservation& seen) {
  Ids out{seen.remembered.begin(), seen.remembered.end()};
  if (!seen.certificate.empty()) out.insert(seen.certificate);
  return out;
}

/// All that is remembered by anybody.
Ids remembered_ids(const StartObservation& seen, Instant now) {
  auto out = own_memory(seen);
  for (const auto& source : seen.memories)
    if (!source.id.empty()) out.insert(source.id);
  for (const auto& peer : seen.peers) {
    if (peer.kind == PeerKind::kRemembers && fresh(peer, now))
      out.insert(peer.ids.begin(), peer.ids.end());
  }
  return out;
}

/// Clusters of which a member answers.
Ids living_ids(const StartObservation& seen, Instant now) {
  Ids out;
  for (const auto& peer : seen.peers) {
    if (peer.kind == PeerKind::kMember && fresh(peer, now))
      out.insert(peer.ids.begin(), peer.ids.end());
  }
  for (const auto& list : seen.lists)
    if (!list.cluster_id.empty()) out.insert(list.cluster_id);
  return out;
}

ConsentMatter forget(const Ids& ids) {
  return {ConsentKind::kForgetCluster, {ids.begin(), ids.end()}};
}

/// At most one living cluster, and this node remembers another: only the memory can be given up.
std::optional<ConsentMatter> memory_against_living(const StartObservation& seen, Instant now) {
  const auto living = living_ids(seen, now);
  if (seen.meta.kind != MetaKind::kEmpty || living.size() > 1) return std::nullopt;
  const auto mine = own_memory(seen);
  const bool conflict = std::any_of(
      mine.begin(), mine.end(), [&](const ClusterId& id) { return !living.contains(id); });
  if (!conflict) return std::nullopt;
  auto ids = remembered_ids(seen, now);
  for (const auto& id : living)
    ids.erase(id);
  return forget(ids);
}

bool covers(const ConsentMatter& matter, std::string_view id) {
  return std::find(matter.ids.begin(), matter.ids.end(), id) != matter.ids.end();
}

}  // namespace

std::string_view to_string(ConsentKind kind) {
  return kind == ConsentKind::kMoveAside ? "move-aside" : "forget-cluster";
}

std::optional<ConsentMatter> consent_matter(const StartObservation& seen,
                                            std::string_view rule,
                                            Instant now) {
  if (rule == "12") return ConsentMatter{ConsentKind::kMoveAside, {seen.meta.cluster_id}};
  if (rule == "13") return memory_against_living(seen, now);
  if (rule == "26") return forget(remembered_ids(seen, now));
  return std::nullopt;
}

bool consent_holds(const Consent& consent, const StartObservation& seen, Instant now) {
  if (now - consent.at >= kConsentLife) return false;
  const auto& matter = consent.matter;
  if (matter.kind == ConsentKind::kMoveAside)
    return seen.meta.kind == MetaKind::kUnfinished && covers(matter, seen.meta.cluster_id);
  if (seen.meta.kind != MetaKind::kEmpty) return false;
  const auto living = living_ids(seen, now);
  for (const auto& id : living)
    if (covers(matter, id)) return false;
  const auto remembered = remembered_ids(seen, now);
  return std::all_of(remembered.begin(), remembered.end(), [&](const ClusterId& id) {
    return covers(matter, id) || living.contains(id);
  });
}

StartObservation under_consent(StartObservation seen, const Consent& consent) {
  const auto& matter = consent.matter;
  if (matter.kind != ConsentKind::kForgetCluster) return seen;
  const auto gone = [&](const ClusterId& id) { return covers(matter, id); };
  if (gone(seen.certificate)) seen.certificate.clear();
  std::erase_if(seen.remembered, gone);
  for (auto& source : seen.memories)
    if (gone(source.id)) source.id.clear();
  for (auto& peer : seen.peers)
    if (peer.kind == PeerKind::kRemembers) std::erase_if(peer.ids, gone);
  return seen;
}

bool forgets(const std::optional<Consent>& consent, std::string_view id) {
  return consent && consent->matter.kind == ConsentKind::kForgetCluster &&
         covers(consent->matter, id);
}

}  // namespace sragent
