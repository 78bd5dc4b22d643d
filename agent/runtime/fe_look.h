#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "core/start.h"
#include "io/clock.h"
#include "io/dns.h"
#include "io/sql.h"
#include "io/worker.h"
#include "runtime/credentials.h"

/// One look around: what the name servers, the peers and the FEs say. Runs on a worker thread and
/// may block up to its deadlines; it decides nothing.
namespace sragent {

/// What a look needs; a value, so that a look outlives whoever asked for it.
struct LookContext {
  std::shared_ptr<const Config> config{};  ///< Shared: copies of a context are many.
  Self me{};
  NodeKind kind = NodeKind::kFe;
  std::vector<std::string> own_addresses{};
  std::uint16_t fe_query_port = 9030;  ///< Query port of the FEs.
  std::uint16_t fe_http_port = 8030;   ///< http_port of all FEs; BE, CN: as a list told it last.
  Clock clock{};
  std::shared_ptr<Resolver> resolver{};
  std::shared_ptr<WorkerPool> workers{};
  std::shared_ptr<Credentials> credentials{};
};

/// Local address for connections. Simulated nodes share one machine, so each must speak from its
/// own address; elsewhere the system chooses (empty).
[[nodiscard]] std::string source_address(const LookContext& context);

/// An address at which an FE may be asked.
struct FeTarget {
  std::string name{};     ///< Host name if known, else the address.
  std::string address{};  ///< Numeric.
  std::uint16_t port = 0;
  std::string tls_name{};  ///< Under which it was looked up, for its certificate; empty: `name`.
  friend bool operator==(const FeTarget&, const FeTarget&) = default;
};

/// One attempt to read the FE list.
struct FeAttempt {
  FeTarget target{};
  std::optional<FeList> list{};  ///< Set where the asked FE could be named.
  std::vector<std::string> hosts{};
  ClusterId cluster_id{};
  std::string version{};  ///< Of the asked FE's row; empty: unknown.
  /// How many journal entries the asked FE's row is behind the leader's, at least 0.
  std::optional<std::int64_t> journal_behind{};
  std::optional<std::int64_t> leader_journal{};  ///< The leader's last entry.
  std::optional<Error> error{};
  int code = 0;            ///< Server's error code; 0: none.
  bool logged_in = false;  ///< So it is an FE, whatever became of the list.
  bool exits = false;      ///< It is in its graceful exit, so it was left alone.
};

/// What is done at an FE in its graceful exit, which a login prolongs (S48).
enum class AtExit : std::uint8_t { kAsk, kLeaveAlone };

/// What the name servers said of the set and of the own name.
struct NamesSeen {
  SetLookup set{};
  Tri own_name = Tri::kUnknown;
  std::string own_name_why{};
};

/// What a look found, apart from the own disk.
struct LookResult {
  SetLookup set{};
  Tri own_name = Tri::kUnknown;
  std::string own_name_why{};
  std::vector<Peer> peers{};
  std::vector<FeList> lists{};
  std::vector<std::string> leaderless{};
  std::optional<Refusal> refusal{};
  ServiceProbe service = ServiceProbe::kUnknown;
  std::string service_why{};
  std::vector<MemorySource> memories{};
  bool siblings_absent = false;  ///< Names of the missing ordinals authoritatively do not exist.
  std::vector<FeAttempt> attempts{};
  Instant began{};
  [[nodiscard]] NamesSeen names() const { return {set, own_name, own_name_why}; }
};

struct LookWishes {
  bool consent = false;  ///< Ask the peers for their consent: only one that would found.
  /// Own name and set from the last look; younger than dns.interval they are used again.
  std::optional<NamesSeen> before{};
  bool dns_again = true;
};

/// An FE's refusal of a login, a handshake of TLS or a statement; nullopt: another failure.
[[nodiscard]] std::optional<Refusal> refusal_of(const Error& error);

[[nodiscard]] LookResult look_around(const LookContext& context, const LookWishes& wishes);

/// Reads the list at each of them side by side; once a leader told its own, the others have two
/// seconds more. Those in their graceful exit are left alone, unless no other tells a list.
[[nodiscard]] std::vector<FeAttempt> ask_fes(const LookContext& context,
                                             const std::vector<FeTarget>& targets);

/// Reads the list on one connection; `asked_host` empty: the row whose host the target's name is.
/// The session stays open for a statement on the same connection.
struct LeaderSession {
  std::unique_ptr<SqlSession> sql{};
  FeAttempt attempt{};
};
[[nodiscard]] LeaderSession open_leader(const LookContext& context,
                                        const FeTarget& target,
                                        AtExit at_exit = AtExit::kAsk);

/// What a join is decided from at the end: the own name once more, and the leader's list, read last
/// on the connection that the statement will go on. `look` gets both; other lists leave it.
[[nodiscard]] LeaderSession ask_leader_again(const LookContext& context,
                                             const std::string& leader_host,
                                             LookResult& look);

/// Do the name servers give `address` for `name`? With the words for a person. `elsewhere`: they
/// give other addresses for it.
struct NameGives {
  Tri own = Tri::kUnknown;
  std::string why{};
  bool elsewhere = false;
};
[[nodiscard]] NameGives name_gives(const LookContext& context,
                                   std::string_view name,
                                   std::string_view address);

/// Addresses at which FEs may answer: the headless set, the service names, the configured helper.
[[nodiscard]] std::vector<FeTarget> fe_targets(const LookContext& context, const SetLookup& set);

/// FEs of `list` other than the asked one that say of themselves that they lead.
[[nodiscard]] LeadClaims self_declared_leaders(const LookContext& context, const FeList& list);

/// Address of a host of the list: itself if numeric, else what the name servers say. nullopt:
/// unknown.
[[nodiscard]] std::optional<std::string> address_of(const LookContext& context,
                                                    std::string_view host);

}  // namespace sragent
