#pragma once

#include <array>
#include <concepts>
#include <type_traits>

#include "runtime/observation_json.h"

/// Names of all fields of a start case, each once: the writer and the reader in observation_json.cc
/// both walk these lists, so that what is written can be read. Archive is called with a name and a
/// member. For observation_json.cc only.
namespace sragent::start_case {

/// All enumerators of the enums that a case holds; their words come from the core's to_string.
inline constexpr std::array kMetaKinds{MetaKind::kEmpty,
                                       MetaKind::kSealed,
                                       MetaKind::kFoundIntent,
                                       MetaKind::kJoinIntent,
                                       MetaKind::kUnfinished,
                                       MetaKind::kLeft,
                                       MetaKind::kDamaged};
inline constexpr std::array kPeerKinds{PeerKind::kUnknown,
                                       PeerKind::kEmptyConsent,
                                       PeerKind::kEmptyNoConsent,
                                       PeerKind::kMember,
                                       PeerKind::kRemembers,
                                       PeerKind::kBusy};
inline constexpr std::array kServiceProbes{ServiceProbe::kNotConfigured,
                                           ServiceProbe::kRefused,
                                           ServiceProbe::kNoSuchName,
                                           ServiceProbe::kSpeaks,
                                           ServiceProbe::kUnknown};
inline constexpr std::array kRowRoles{RowRole::kLeader, RowRole::kFollower, RowRole::kObserver};
inline constexpr std::array kFeRoles{FeRole::kFollower, FeRole::kObserver};
inline constexpr std::array kHostTypes{HostType::kFqdn, HostType::kIp};
inline constexpr std::array kTris{Tri::kUnknown, Tri::kNo, Tri::kYes};
inline constexpr std::array kBootstraps{Bootstrap::kAuto, Bootstrap::kStrict, Bootstrap::kNever};

inline constexpr std::array kConsentKinds{ConsentKind::kForgetCluster, ConsentKind::kMoveAside};

constexpr const auto& words_of(ConsentKind /*unused*/) {
  return kConsentKinds;
}
constexpr const auto& words_of(MetaKind /*unused*/) {
  return kMetaKinds;
}
constexpr const auto& words_of(PeerKind /*unused*/) {
  return kPeerKinds;
}
constexpr const auto& words_of(ServiceProbe /*unused*/) {
  return kServiceProbes;
}
constexpr const auto& words_of(RowRole /*unused*/) {
  return kRowRoles;
}
constexpr const auto& words_of(FeRole /*unused*/) {
  return kFeRoles;
}
constexpr const auto& words_of(HostType /*unused*/) {
  return kHostTypes;
}
constexpr const auto& words_of(Tri /*unused*/) {
  return kTris;
}
constexpr const auto& words_of(Bootstrap /*unused*/) {
  return kBootstraps;
}

/// T or const T: the writer sees const members, the reader others.
template <typename T, typename Of>
concept Like = std::same_as<std::remove_const_t<T>, Of>;

template <typename Archive>
void fields(Archive& archive, Like<Self> auto& value) {
  archive("host", value.host);
  archive("fqdn", value.fqdn);
  archive("address", value.address);
  archive("headless", value.headless);
  archive("session", value.session);
  archive("founder", value.founder);
  archive("edit_log_port", value.edit_log_port);
  archive("ordinal", value.ordinal);
  archive("role", value.role);
  archive("host_type", value.host_type);
}

template <typename Archive>
void fields(Archive& archive, Like<StartPolicy> auto& value) {
  archive("bootstrap", value.bootstrap);
  archive("count", value.count);
  archive("role_told", value.role_told);
  archive("hold", value.hold);
  archive("census_gap", value.census_gap);
}

template <typename Archive>
void fields(Archive& archive, Like<MetaState> auto& value) {
  archive("kind", value.kind);
  archive("has_jdb", value.has_jdb);
  archive("was_ready", value.was_ready);
  archive("cluster_id", value.cluster_id);
  archive("host", value.host);
  archive("port", value.port);
  archive("role", value.role);
  archive("host_type_known", value.host_type_known);
  archive("host_type", value.host_type);
  archive("helper", value.helper);
  archive("helper_run_ended", value.helper_run_ended);
  archive("detail", value.detail);
}

template <typename Archive>
void fields(Archive& archive, Like<SetLookup> auto& value) {
  archive("outcome", value.outcome);
  archive("addresses", value.addresses);
  archive("ttl", value.ttl);
  archive("asked_at", value.asked_at);
  archive("why", value.why);
}

template <typename Archive>
void fields(Archive& archive, Like<Peer> auto& value) {
  archive("address", value.address);
  archive("host", value.host);
  archive("kind", value.kind);
  archive("ids", value.ids);
  archive("members", value.members);
  archive("asked_at", value.asked_at);
  archive("why", value.why);
}

template <typename Archive>
void fields(Archive& archive, Like<FeRow> auto& value) {
  archive("host", value.host);
  archive("port", value.port);
  archive("role", value.role);
  archive("join", value.join);
  archive("alive", value.alive);
  archive("last_heartbeat", value.last_heartbeat);
  archive("start_time", value.start_time);
  archive("up_for", value.up_for);
}

template <typename Archive>
void fields(Archive& archive, Like<FeList> auto& value) {
  archive("asked_host", value.asked_host);
  archive("cluster_id", value.cluster_id);
  archive("rows", value.rows);
  archive("self_declared_leaders", value.self_declared_leaders);
  archive("asked_at", value.asked_at);
}

template <typename Archive>
void fields(Archive& archive, Like<Refusal> auto& value) {
  archive("reason", value.reason);
  archive("who", value.who);
}

template <typename Archive>
void fields(Archive& archive, Like<MemorySource> auto& value) {
  archive("who", value.who);
  archive("id", value.id);
  archive("unreadable", value.unreadable);
  archive("mute", value.mute);
  archive("since", value.since);
  archive("why", value.why);
  archive("word", value.word);
}

template <typename Archive>
void fields(Archive& archive, Like<StartObservation> auto& value) {
  archive("meta", value.meta);
  archive("certificate", value.certificate);
  archive("remembered", value.remembered);
  archive("own_members", value.own_members);
  archive("set", value.set);
  archive("own_name", value.own_name);
  archive("peers", value.peers);
  archive("lists", value.lists);
  archive("leaderless", value.leaderless);
  archive("refusal", value.refusal);
  archive("service", value.service);
  archive("service_why", value.service_why);
  archive("memories", value.memories);
  archive("siblings_absent_since", value.siblings_absent_since);
}

template <typename Archive>
void fields(Archive& archive, Like<Grant> auto& value) {
  archive("session", value.session);
  archive("host", value.host);
  archive("at", value.at);
}

template <typename Archive>
void fields(Archive& archive, Like<RowHistory> auto& value) {
  archive("last_heartbeat", value.last_heartbeat);
  archive("moved_at", value.moved_at);
  archive("dead_since", value.dead_since);
  archive("dead_read", value.dead_read);
}

template <typename Archive>
void fields(Archive& archive, Like<LeaderHistory> auto& value) {
  archive("leader", value.leader);
  archive("start_time", value.start_time);
  archive("cluster_id", value.cluster_id);
  archive("rows", value.rows);
}

template <typename Archive>
void fields(Archive& archive, Like<ConsentMatter> auto& value) {
  archive("kind", value.kind);
  archive("ids", value.ids);
}

template <typename Archive>
void fields(Archive& archive, Like<Consent> auto& value) {
  archive("matter", value.matter);
  archive("at", value.at);
}

template <typename Archive>
void fields(Archive& archive, Like<StartMemory> auto& value) {
  archive("census_first", value.census_first);
  archive("grant", value.grant);
  archive("statement_at", value.statement_at);
  archive("history", value.history);
  archive("row_watched_since", value.row_watched_since);
  archive("consent", value.consent);
}

template <typename Archive>
void fields(Archive& archive, Like<StartCase> auto& value) {
  archive("me", value.me);
  archive("policy", value.policy);
  archive("seen", value.seen);
  archive("memory", value.memory);
  archive("now", value.now);
}

}  // namespace sragent::start_case
