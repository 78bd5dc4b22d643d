#pragma once

#include "runtime/observation_json.h"

namespace sragent::testing_cases {

inline FeRow fe_row(const std::string& host, RowRole role) {
  FeRow out;
  out.host = host;
  out.port = 9010;
  out.role = role;
  out.join = true;
  out.alive = true;
  out.last_heartbeat = "2026-11-21 10:00:00";
  out.start_time = "2026-11-21 09:00:00";
  out.up_for = Millis{3'600'000};
  return out;
}

/// fe-1 of three, empty, with a leader that takes it: row 24.
inline StartCase joining_case() {
  StartCase out;
  out.me.host = out.me.fqdn = "fe-1.search.ns";
  out.me.address = "127.0.1.2";
  out.me.headless = "search.ns";
  out.me.session = "00000000000000a1";
  out.me.founder = "fe-0.search.ns";
  out.me.ordinal = 1;
  out.policy.count = 3;
  out.now = Instant{100'000};
  out.seen.set =
      SetLookup{Tri::kYes, {"127.0.1.1", "127.0.1.2"}, Millis{5'000}, Instant{98'000}, {}};
  out.seen.own_name = Tri::kYes;
  out.seen.service = ServiceProbe::kSpeaks;
  out.seen.service_why = "fe-service at 127.0.1.1:9030 accepts connections";
  Peer peer;
  peer.address = "127.0.1.1";
  peer.host = "fe-0.search.ns";
  peer.kind = PeerKind::kMember;
  peer.ids = {"77"};
  peer.members = {"fe-0.search.ns"};
  peer.asked_at = Instant{99'000};
  out.seen.peers = {peer};
  FeList list;
  list.asked_host = "fe-0.search.ns";
  list.cluster_id = "77";
  list.rows = {fe_row("fe-0.search.ns", RowRole::kLeader)};
  list.asked_at = Instant{99'500};
  out.seen.lists = {list};
  return out;
}

/// Every optional field has a value, so that each stands in the JSON as an object.
inline StartCase full_case() {
  auto out = joining_case();
  out.policy.role_told = FeRole::kObserver;
  out.policy.bootstrap = Bootstrap::kStrict;
  auto& meta = out.seen.meta;
  meta.kind = MetaKind::kJoinIntent;
  meta.cluster_id = "77";
  meta.host = "fe-1.search.ns";
  meta.port = 9010;
  meta.host_type_known = true;
  meta.host_type = HostType::kIp;
  meta.helper = "fe-0.search.ns:9010";
  meta.detail = "ROLE: \"quoted\"\n";
  out.seen.certificate = "77";
  out.seen.remembered = {"77", "78"};
  out.seen.own_members = {"fe-0.search.ns"};
  out.seen.lists[0].self_declared_leaders = {"fe-2.search.ns"};
  out.seen.leaderless = {"127.0.1.9"};
  out.seen.refusal = Refusal{Reason::kTlsFailed, "127.0.1.8"};
  out.seen.memories = {MemorySource{"be-0", "79", true}};
  out.seen.siblings_absent_since = Instant{1'000};
  out.memory.census_first = Instant{2'000};
  out.memory.grant = Grant{"b2", "fe-0.search.ns", Instant{3'000}};
  out.memory.statement_at = Instant{4'000};
  out.memory.history.leader = "fe-0.search.ns";
  out.memory.history.rows["fe-0.search.ns:9010"] =
      RowHistory{"x", Instant{1}, Instant{2}, Instant{3}};
  out.memory.row_watched_since = Instant{5'000};
  out.memory.consent = Consent{{ConsentKind::kMoveAside, {"77"}}, Instant{6'000}};
  return out;
}

}  // namespace sragent::testing_cases
