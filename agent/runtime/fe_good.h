#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/fe_good_ask.h"
#include "runtime/shell.h"
#include "runtime/status.h"

namespace sragent {

/// What a worker thread brings back to FeGood.
using FeGoodNews = std::variant<std::vector<ClaimAnswer>, FeRowTold>;

/// What an FE that leaves for good knows and wants next: its claim and what the others say to it,
/// then its row (S39). Main thread.
class FeGood {
 public:
  /// The group as it was last seen.
  struct Group {
    ClusterId cluster_id{};
    std::vector<std::string> others{};  ///< Hosts of the other members.
  };
  using Work = std::function<FeGoodNews(const LookContext&)>;

  /// `tell_peers` publishes claim(), which has changed. A mark `left` on disk is a claim from the
  /// first answer on, and was granted: the DROP of an earlier process may be under way.
  FeGood(Shell& shell,
         int own_ordinal,
         std::function<Group()> group,
         std::function<void()> tell_peers);

  void begin_anew();
  /// The look of the leaving, at the own server: a leader stops before its row goes.
  void take_look(bool leads, std::vector<std::string> others);
  void take(FeGoodNews news, const Self& me, Instant now);

  /// What comes next of what has no limit: the claim, then the row. `drop`: the row is to go; else
  /// it is only looked at, and what stands on disk for a DROP is taken back.
  [[nodiscard]] Work next(bool drop);

  /// Nobody else leaves, as everybody said after the claim was published.
  [[nodiscard]] bool granted() const { return granted_; }
  [[nodiscard]] bool gone() const;
  /// The others say by now that this FE leads: what may be done is to be looked at again.
  [[nodiscard]] bool leads_by_now() const { return row_ && row_->own_leads && !leads_; }
  [[nodiscard]] const std::optional<LeaveClaim>& claim() const { return claim_; }
  [[nodiscard]] bool leads() const { return leads_; }
  void tell(LeaveFacts& facts) const;
  void describe(NodeStatus& status) const;

 private:
  void publish(std::optional<LeaveClaim> claim);
  void on_claims(const std::vector<ClaimAnswer>& answers, const Self& me);
  void on_row(FeRowTold told, Instant now);
  [[nodiscard]] bool note_drop();
  void take_back(Instant now);

  Shell& shell_;
  int own_ordinal_;
  std::function<Group()> group_;
  std::function<void()> tell_peers_;
  std::optional<LeaveClaim> claim_{};
  bool yields_ = false;  ///< The claim is taken back until a higher ordinal is gone.
  bool granted_ = false;
  std::string waits_{};  ///< For whom, while not granted.
  bool leads_ = false;
  std::optional<std::vector<std::string>> others_{};
  std::optional<FeRowTold> row_{};  ///< The last that was told.
  std::string why_{};               ///< Why the last look told nothing.
  int gone_ = 0;                    ///< Looks in a row that showed no row.
  std::optional<Instant> refused_since_{};
  std::optional<Instant> unanswered_at_{};  ///< A DROP whose answer is missing was sent.
  bool marked_ = false;                     ///< The mark `left` is on disk.
  bool taking_back_ = false;
};

}  // namespace sragent
