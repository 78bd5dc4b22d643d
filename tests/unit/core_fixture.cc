#include "core_fixture.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace sragent::core_test {

std::string host(int ordinal) {
  return "fe-" + std::to_string(ordinal) + "." + std::string(kHeadless);
}

std::string address(int ordinal) {
  return "10.0.0." + std::to_string(ordinal + 1);
}

Self self(int ordinal) {
  Self out;
  out.host = host(ordinal);
  out.fqdn = host(ordinal);
  out.address = address(ordinal);
  out.headless = kHeadless;
  out.session = "session-" + std::to_string(ordinal);
  out.founder = host(0);
  out.ordinal = ordinal;
  return out;
}

StartOutcome decide(const Given& given) {
  return decide_start(given.me, given.policy, given.seen, given.memory, given.now);
}

StartDecision decision(const Given& given) {
  return decide(given).decision;
}

Peer peer(int ordinal, PeerKind kind) {
  Peer out;
  out.address = address(ordinal);
  out.host = host(ordinal);
  out.kind = kind;
  out.asked_at = kNow - Millis{200};
  return out;
}

Peer member_peer(int ordinal, const ClusterId& id, const std::vector<int>& members) {
  auto out = peer(ordinal, PeerKind::kMember);
  out.ids = {id};
  out.members.emplace();
  for (const int one : members)
    out.members->push_back(host(one));
  return out;
}

Given first_install(int size, int mine) {
  Given out;
  out.me = self(mine);
  out.seen.own_name = Tri::kYes;
  out.seen.service = ServiceProbe::kRefused;
  out.seen.set.outcome = Tri::kYes;
  out.seen.set.ttl = Millis{10'000};
  out.seen.set.asked_at = kNow - Millis{300};
  for (int ordinal = 0; ordinal < size; ++ordinal) {
    out.seen.set.addresses.push_back(address(ordinal));
    if (ordinal != mine) out.seen.peers.push_back(peer(ordinal, PeerKind::kEmptyConsent));
  }
  return out;
}

FeRow row(int ordinal, RowRole role, bool join, bool alive) {
  FeRow out;
  out.host = host(ordinal);
  out.port = 9010;
  out.role = role;
  out.join = join;
  out.alive = alive;
  out.last_heartbeat = "beat 2";
  out.start_time = "start of " + std::to_string(ordinal);
  out.up_for = Millis{3'600'000};
  return out;
}

FeList cluster(int size, int leader) {
  FeList out;
  out.asked_host = host(leader);
  out.cluster_id = "1";
  out.asked_at = kNow - Millis{1'000};
  for (int ordinal = 0; ordinal < size; ++ordinal)
    out.rows.push_back(row(ordinal, ordinal == leader ? RowRole::kLeader : RowRole::kFollower));
  return out;
}

FeRow& row_of(FeList& list, int ordinal) {
  return *std::find_if(list.rows.begin(), list.rows.end(), [&](const FeRow& candidate) {
    return candidate.host == host(ordinal);
  });
}

LeaderHistory watched(const FeList& list) {
  LeaderHistory out;
  auto before = list;
  before.asked_at = kNow - Millis{30'000};
  for (auto& one : before.rows)
    if (one.alive) one.last_heartbeat = "beat 1";
  add_reading(out, before);
  add_reading(out, list);
  return out;
}

void see_twice(Given& given, const FeList& list) {
  see_once(given, list);
  given.memory.history = watched(list);
}

void see_once(Given& given, const FeList& list) {
  given.seen.lists = {list};
}

void expect_all(const Given& base, const std::vector<Case>& cases) {
  for (const auto& one : cases) {
    auto given = base;
    one.bend(given);
    const auto got = decision(given);
    EXPECT_EQ(got.rule, one.rule) << one.name << ": " << got.detail;
    EXPECT_EQ(action_name(got.action), one.action) << one.name << ": " << got.detail;
    EXPECT_EQ(to_string(got.reason), to_string(one.reason)) << one.name << ": " << got.detail;
  }
}

MetaState meta_of(MetaKind kind, int ordinal) {
  MetaState out;
  out.kind = kind;
  out.cluster_id = "1";
  out.host = host(ordinal);
  out.port = 9010;
  return out;
}

MetaState sealed_meta(int ordinal, const ClusterId& id) {
  auto out = meta_of(MetaKind::kSealed, ordinal);
  out.cluster_id = id;
  out.has_jdb = true;
  out.was_ready = true;
  out.host_type_known = true;
  return out;
}

}  // namespace sragent::core_test
