#include <algorithm>
#include <set>

#include "core/start_look.h"
#include "core/words.h"

namespace sragent::start_rows {

Verdict remembered_elsewhere(const Look& look) {
  std::set<std::string> who;
  if (!look.seen.certificate.empty()) who.insert("own birth certificate: " + look.seen.certificate);
  for (const auto& id : look.seen.remembered)
    who.insert("own memory: " + id);
  for (const auto& source : look.seen.memories) {
    if (!source.id.empty()) {
      who.insert(source.who + ": " + source.id +
                 (source.since.empty() ? "" : " since " + source.since));
    }
  }
  for (const auto& peer : look.seen.peers) {
    if (peer.kind == PeerKind::kRemembers && fresh(peer, look.now)) {
      for (const auto& id : peer.ids)
        who.insert(peer.host + ": " + id);
    }
  }
  if (who.empty()) return {};
  return refuse(Reason::kClusterExists,
                "a cluster is remembered and no member of it is in sight: " + joined(who));
}

Verdict may_not_found(const Look& look) {
  const bool founder = !look.me.founder.empty() && look.me.founder == look.me.host;
  if (founder && look.me.role == FeRole::kFollower && look.policy.bootstrap != Bootstrap::kNever)
    return {};
  return wait(Reason::kWaitingForPeers,
              founder ? "must not found; waits for a leader"
                      : "waits for a leader; " +
                            (look.me.founder.empty() ? "nobody" : look.me.founder) +
                            " founds this set");
}

namespace {

/// A memory that cannot be read may be one of a cluster.
Verdict memory_unreadable(const Look& look) {
  for (const auto& source : look.seen.memories) {
    if (source.unreadable) {
      return wait(source.word,
                  source.who + " cannot be read" + (source.why.empty() ? "" : ": " + source.why));
    }
  }
  return {};
}

/// Why the census round failed; empty: it passed.
std::string missing_proof(const Look& look) {
  const auto& seen = look.seen;
  if (seen.set.outcome != Tri::kYes || seen.set.ttl <= Millis{0}) {
    return "no usable answer for " + look.me.headless + " from the name servers" +
           (seen.set.why.empty() ? "" : ": " + seen.set.why);
  }
  if (look.now - seen.set.asked_at > kPeerAnswerLife) return "the name servers' answer is too old";
  const auto& all = seen.set.addresses;
  if (std::find(all.begin(), all.end(), look.me.address) == all.end())
    return look.me.headless + " does not hold the own address " + look.me.address;
  std::string missing;
  for (const auto& address : all) {
    if (address == look.me.address) continue;
    const auto peer = std::find_if(
        seen.peers.begin(), seen.peers.end(), [&](const Peer& p) { return p.address == address; });
    const bool known = peer != seen.peers.end();
    if (known && peer->kind == PeerKind::kEmptyConsent && fresh(*peer, look.now)) continue;
    if (!missing.empty()) missing += "; ";
    missing += address;
    if (known && !peer->host.empty()) missing += " (" + peer->host + ")";
    missing += " is " + std::string(known ? to_string(peer->kind) : "unknown");
    if (known && !peer->why.empty()) missing += ": " + peer->why;
  }
  if (!missing.empty()) return missing;
  if (seen.service == ServiceProbe::kSpeaks || seen.service == ServiceProbe::kUnknown) {
    return "the service is neither absent nor refusing: " +
           (seen.service_why.empty() ? std::string(to_string(seen.service)) : seen.service_why);
  }
  return {};
}

}  // namespace

Verdict proof_missing(const Look& look) {
  if (auto unreadable = memory_unreadable(look)) return unreadable;
  auto missing = missing_proof(look);
  if (missing.empty()) return {};
  return wait(Reason::kWaitingForPeers, std::move(missing));
}

namespace {

std::string ordinals_without_consent(const Look& look) {
  std::vector<std::string> out;
  for (int ordinal = 0; ordinal < look.policy.count; ++ordinal) {
    const auto host = sibling_host(look.me.fqdn, ordinal);
    if (host == look.me.fqdn) continue;
    const bool given =
        std::any_of(look.seen.peers.begin(), look.seen.peers.end(), [&](const Peer& peer) {
          return peer.kind == PeerKind::kEmptyConsent && fresh(peer, look.now) &&
                 ordinal_of(peer.host) == ordinal;
        });
    if (!given) out.push_back(host);
  }
  return joined(out);
}

Found found(const Look& look, FoundBasis basis) {
  auto oldest = look.seen.set.asked_at;
  for (const auto& peer : look.seen.peers)
    oldest = std::min(oldest, peer.asked_at);
  return {basis, oldest + kFoundLease};
}

}  // namespace

Verdict all_ordinals_consent(const Look& look) {
  if (look.policy.count < 2 || !ordinals_without_consent(look).empty()) return {};
  return make(found(look, FoundBasis::kCounted),
              Reason::kFounding,
              "each address of the set and each of " + std::to_string(look.policy.count) +
                  " ordinals is empty and consents");
}

Verdict ordinals_missing(const Look& look) {
  if (look.policy.count < 2) return {};
  std::string detail = "no consent yet from " + ordinals_without_consent(look);
  const auto& absent = look.seen.siblings_absent_since;
  if (absent && look.now - *absent >= kAbsentHint)
    detail += "; their names do not exist: is podManagementPolicy Parallel?";
  return wait(Reason::kWaitingForPeers, std::move(detail));
}

namespace {

/// Sets made by operator 1.5 or older start in order, so ordinal 0 alone can prove nothing (S11).
bool old_ordered_set(const Self& me) {
  constexpr std::string_view kOldName = "fe-domain-search";
  return me.headless.substr(0, me.headless.find('.')) == kOldName;
}

}  // namespace

Verdict strict_without_count(const Look& look) {
  const bool strict = look.policy.bootstrap == Bootstrap::kStrict || old_ordered_set(look.me);
  if (!strict || look.policy.count != 0) return {};
  return wait(Reason::kWaitingForPeers,
              "strict: founds only with a known number of FEs; this set must be told its count"
              " and be made with podManagementPolicy Parallel");
}

Verdict census_round_one(const Look& look) {
  const auto& first = look.memory.census_first;
  if (first && look.now - *first >= look.policy.census_gap) return {};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(look.policy.census_gap);
  return wait(Reason::kWaitingForPeers,
              "census: round 1 of 2 passed; nobody in sight knows a cluster. Round 2 decides " +
                  std::to_string(seconds.count()) +
                  " s after it; a number of FEs told by fe.count would decide at once");
}

Verdict census_passed(const Look& look) {
  return make(found(look, FoundBasis::kCensus),
              Reason::kFounding,
              "two censuses found no cluster; one none of whose pods exists now cannot be seen");
}

}  // namespace sragent::start_rows
