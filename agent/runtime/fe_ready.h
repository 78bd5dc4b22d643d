#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/leader.h"
#include "core/readiness.h"
#include "runtime/fe_look.h"
#include "runtime/shell.h"

namespace sragent {

/// What a login on the own FE server's MySQL port came to.
struct FeHealth {
  ReadyFact health{};
  bool login_refused = false;
};

/// What the others are asked about.
struct FeQuestion {
  std::string leader{};                ///< That the own server sees.
  std::vector<std::string> members{};  ///< Hosts of the list; the own one is not asked.
  bool claims_lead = false;            ///< The own server says so of itself.
  ClusterId cluster_id{};              ///< Of the list.
};

/// What the others say: their agents of the leader, their servers of themselves, the name servers
/// of the own name.
struct FeReports {
  Instant at{};          ///< When the first question was sent.
  std::string leader{};  ///< That the own server saw when they were asked.
  std::vector<LeaderReport> reports{};
  LeadClaims claims{};
  std::string name_elsewhere{};  ///< As in ReadyFacts.
  OtherClusters others{};
};

/// What a worker brings back; tickets tell an answer from that of a job that was given up.
struct FeReadyNews {
  std::uint64_t ticket = 0;
  std::optional<FeHealth> health{};
  std::optional<ReadyFact> bootstrap{};
  std::optional<FeReports> reports{};
};

/// One reading of the member list by the watch.
struct FeReading {
  const FeList* list = nullptr;         ///< By the leader's word; null: none was to be had.
  std::optional<std::string> leader{};  ///< The own server's; "": it sees none; nullopt: unknown.
  Tri claims_lead = Tri::kUnknown;      ///< The own server says of itself that it leads.
};

/// Gathers, beside the watch, what `/readyz` of an FE needs (S55): the own server's login and
/// /api/bootstrap every 5 s, each by itself, and every 15 s whom the other FEs see lead. Main
/// thread; what may block runs in worker jobs.
class FeReadiness {
 public:
  using Push = std::function<void(FeReadyNews)>;  ///< Called on worker threads.
  FeReadiness(Shell& shell, Push push) : shell_(shell), push_(std::move(push)) {}

  /// Begins what is due while the server runs. `context` makes what a job needs.
  void tick(const std::function<LookContext()>& context, Instant now);
  void take(const FeReadyNews& news);
  void on_reading(const FeReading& reading, const Self& me);
  /// When tick() has something to do next.
  [[nodiscard]] Instant next(Instant now) const;
  void describe(ReadyFacts& facts) const;
  /// FEs of other clusters in the own set, as last seen.
  [[nodiscard]] const OtherClusters& others() const { return others_; }

 private:
  struct Job {
    std::uint64_t ticket = 0;
    std::optional<Instant> until{};  ///< Under way; given up after this.
    Instant next{};
  };
  void begin(Job& job, Millis pace, Millis limit, std::function<FeReadyNews()> work, Instant now);
  static void give_up_hanging(Job& job, Instant now);
  void begin_health(const std::function<LookContext()>& context, Instant now);
  void begin_bootstrap(const std::function<LookContext()>& context, Instant now);
  void begin_reports(const std::function<LookContext()>& context, Instant now);
  void forget();

  Shell& shell_;
  Push push_;
  std::uint64_t starts_ = 0;  ///< Of the server; another one is another server.
  std::uint64_t tickets_ = 0;
  Job health_job_{};
  Job bootstrap_job_{};
  Job reports_job_{};
  FeHealth health_{};
  ReadyFact bootstrap_{};
  bool was_healthy_ = false;  ///< Since the server was started.
  ReadyRow row_{};
  std::vector<std::string> members_{};
  ClusterId listed_cluster_{};
  std::string leader_{};
  bool claims_lead_ = false;
  LeaderAgreement agreement_{};
  std::string name_elsewhere_{};
  OtherClusters others_{};
};

// Each runs on a worker thread.
[[nodiscard]] FeHealth ask_fe_health(const LookContext& context);
[[nodiscard]] ReadyFact ask_fe_bootstrap(const LookContext& context);
[[nodiscard]] FeReports ask_fe_reports(const LookContext& context, const FeQuestion& question);

}  // namespace sragent
