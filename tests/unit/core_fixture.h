#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/first_start.h"
#include "core/leader.h"
#include "core/start.h"

/// What the tests of core/ build their cases from: a set fe-0, fe-1, ... of one headless name.
namespace sragent::core_test {

inline constexpr Instant kNow{10'000'000};
inline constexpr std::string_view kHeadless = "search.ns.svc";

std::string host(int ordinal);     ///< "fe-1.search.ns.svc".
std::string address(int ordinal);  ///< "10.0.0.2" for ordinal 1.
Self self(int ordinal);

/// Everything that one decision gets.
struct Given {
  Self me = self(0);
  StartPolicy policy{};
  StartObservation seen{};
  StartMemory memory{};
  Instant now = kNow;
};

StartOutcome decide(const Given& given);
StartDecision decision(const Given& given);

/// Ordinal `mine` of a set of `size`: empty metadata, own name served, each other address has
/// consented just now, the service refuses.
Given first_install(int size, int mine = 0);

Peer peer(int ordinal, PeerKind kind);
/// A sealed member of cluster `id` that lists `members`.
Peer member_peer(int ordinal, const ClusterId& id, const std::vector<int>& members);

FeRow row(int ordinal, RowRole role, bool join = true, bool alive = true);
/// The list of cluster "1" as its leader fe-`leader` tells it, all rows joined and alive.
FeList cluster(int size, int leader);
FeRow& row_of(FeList& list, int ordinal);

/// Puts `list` into the observation as read 1 s ago, after a reading 30 s ago that had other
/// heartbeats: so living rows are fresh and dead ones are dead.
void see_twice(Given& given, const FeList& list);
/// The same with a single reading.
void see_once(Given& given, const FeList& list);
/// History of a list that was read as by see_twice.
LeaderHistory watched(const FeList& list);

/// A case of a table: what is bent, and what must come out.
struct Case {
  std::string name{};
  std::function<void(Given&)> bend{};
  std::string rule{};
  std::string action{};
  Reason reason = Reason::kNone;
};
void expect_all(const Given& base, const std::vector<Case>& cases);

MetaState sealed_meta(int ordinal, const ClusterId& id = "1");
MetaState meta_of(MetaKind kind, int ordinal);

}  // namespace sragent::core_test
