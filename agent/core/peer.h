#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/meta.h"
#include "core/types.h"

namespace sragent {

/// An answer counts for this long, from the *sending* of its question.
inline constexpr Millis kPeerAnswerLife{5'000};
/// A peer that consented neither joins nor founds nor consents to another for this long.
inline constexpr Millis kGrantLife{10'000};

/// What this FE is, as far as its peers must know. Source: docs/start-rules.md section 1.
struct Self {
  std::string host{};      ///< Name in the FE list: the FQDN, or the address in IP mode.
  std::string fqdn{};      ///< Own FQDN, whatever the mode; empty: none.
  std::string address{};   ///< Present address, as text.
  std::string headless{};  ///< Own FQDN without its first label; empty: none.
  std::string session{};   ///< New at each agent start.
  std::string founder{};   ///< Host that founds in this set: ordinal 0. Empty: none known.
  std::uint16_t edit_log_port = 9010;
  int ordinal = -1;  ///< Number behind the last '-' of the first label; -1: none.
  FeRole role = FeRole::kFollower;
  HostType host_type = HostType::kFqdn;
};

/// Name of pod `ordinal` of the set that `host` belongs to: "fe-3.search.ns" makes
/// "fe-0.search.ns". Empty if `host` has no ordinal.
[[nodiscard]] std::string sibling_host(std::string_view host, int ordinal);

/// Ordinal in the first label of `host`, or -1.
[[nodiscard]] int ordinal_of(std::string_view host);

/// The one question between FE agents. `wants_consent` is set only by an asker that would found.
struct PeerQuestion {
  std::string host{};
  std::string session{};
  bool wants_consent = false;
};

/// An FE wants to leave its group for good, or does. Told before the others are asked (S39).
struct LeaveClaim {
  int ordinal = -1;     ///< Of its pod; -1: none. The highest goes first.
  std::string since{};  ///< UTC.
  friend bool operator==(const LeaveClaim&, const LeaveClaim&) = default;
};

/// The answer to it, as `/v1/identity` carries it. An agent answers it in every state of its
/// server.
struct Identity {
  std::string host{};
  std::string address{};  ///< Address that the answering agent believes to be its own.
  std::string headless{};
  std::string session{};
  NodeKind kind = NodeKind::kFe;
  MetaKind meta = MetaKind::kEmpty;
  ClusterId cluster_id{};  ///< Sealed: the id. Else empty.
  std::optional<std::vector<std::string>>
      members{};                       ///< Sealed: hosts of the last list; nullopt: unknown.
  std::vector<ClusterId> remembers{};  ///< Ids in certificate, intent or memory.
  std::string founder{};               ///< Whom it takes for the founder.
  bool busy = false;                   ///< Founding or joining, or granted to another.
  bool consents = false;               ///< Granted to the session that asked.
  std::string leader_seen{};           ///< Host of the leader it sees; empty: none.
  std::string since{};  ///< UTC, since when the first of `remembers` holds; empty: not told.
  std::optional<LeaveClaim> claim{};
};

enum class PeerKind : std::uint8_t {
  kUnknown,
  kEmptyConsent,
  kEmptyNoConsent,
  kMember,
  kRemembers,
  kBusy
};

/// What one address of the headless set turned out to be.
struct Peer {
  std::string address{};
  std::string host{};  ///< Empty while unknown.
  PeerKind kind = PeerKind::kUnknown;
  std::vector<ClusterId> ids{};  ///< kMember: one id. kRemembers: one or more.
  std::optional<std::vector<std::string>> members{};
  Instant asked_at{};    ///< When the question was sent.
  std::string why{};     ///< kUnknown: what happened.
  bool foreign = false;  ///< Somebody who is not of this set answered there.
};

/// Judges an answer. An answer whose address, kind, role or headless name is not the one asked
/// (addresses are reused), whose session is the asker's own, or that is older than kPeerAnswerLife
/// is kUnknown, with the reason in `why`.
[[nodiscard]] Peer judge_peer(const Self& me,
                              std::string_view asked_address,
                              const Identity& answer,
                              Instant asked_at,
                              Instant now);

/// Nothing is known of who is at `address`, with the reason.
[[nodiscard]] Peer unknown_peer(std::string_view address, Instant asked_at, std::string why);

/// True while an answer of that age may be used.
[[nodiscard]] bool fresh(const Peer& peer, Instant now);

/// A promise to one founder, kept in memory only: a restarted agent has a new session, and the
/// founder's lease is shorter than any restart.
struct Grant {
  std::string session{};
  std::string host{};
  Instant at{};
};

/// What decides the answer to a question: the state of the asked node.
struct Answerer {
  Self self{};
  MetaState meta{};
  std::optional<std::vector<std::string>> members{};
  std::vector<ClusterId> remembers{};
  bool under_way = false;  ///< A founding or a join of its own was decided.
  std::string leader_seen{};
  std::optional<Grant> grant{};
};

struct Answer {
  Identity identity{};
  std::optional<Grant> grant{};  ///< What the answerer has to keep from now on.
};

/// Answers, and grants where all conditions hold: metadata empty, no id remembered, nothing of its
/// own under way, the asker is the founder of this set, no other grant alive. Pure.
[[nodiscard]] Answer answer_peer(const Answerer& me, const PeerQuestion& question, Instant now);

[[nodiscard]] bool grant_alive(const std::optional<Grant>& grant, Instant now);

[[nodiscard]] std::string_view to_string(PeerKind kind);

}  // namespace sragent
