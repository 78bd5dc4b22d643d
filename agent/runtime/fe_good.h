#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/fe_good_ask.h"
#include "runtime/journal_entry.h"
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

  /// `tell_peers` publishes claim(), which has changed. Until settle_claim() the peers are told
  /// that it is not known yet. `me` outlives this. A mark `left` on disk was granted: the DROP of
  /// an earlier process may be under way.
  FeGood(Shell& shell,
         const Self& me,
         std::function<Group()> group,
         std::function<void()> tell_peers);

  void begin_anew();
  /// No leaving of an earlier process goes on.
  void settle_claim();
  /// An earlier process of this pod was granted its claim, and its leaving goes on.
  void recall_grant();
  /// The look of the leaving, at the own server: a leader stops before its row goes.
  void take_look(bool leads, std::vector<std::string> others);
  void take(FeGoodNews news, Instant now);

  /// What comes next of what has no limit: the claim, then the row. `drop`: the row is to go; else
  /// it is only looked at, and what stands on disk for a DROP is taken back.
  [[nodiscard]] Work next(bool drop);

  /// Nobody else leaves, as everybody said after the claim was published.
  [[nodiscard]] bool granted() const { return granted_; }
  /// The row is gone, as two looks showed.
  [[nodiscard]] bool gone() const;
  /// The mark `left` is on disk.
  [[nodiscard]] bool marked() const { return mark_ != Mark::kNone; }
  /// ... and a person took back what it stands for.
  [[nodiscard]] bool mark_taken_back() const {
    return mark_ == Mark::kTakenBack || mark_ == Mark::kDroppedAfterAll;
  }
  /// ... and the row is gone for certain: there is nothing left to take back.
  [[nodiscard]] bool mark_dropped() const {
    return mark_ == Mark::kDropped || mark_ == Mark::kDroppedAfterAll;
  }
  /// The list was read since the claims were asked for the last time.
  [[nodiscard]] bool knows_others() const { return others_.has_value(); }
  [[nodiscard]] bool leads() const { return leads_; }
  [[nodiscard]] const std::string& own_host() const { return me_.host; }
  /// The others say by now that this FE leads: what may be done is to be looked at again.
  [[nodiscard]] bool leads_by_now() const { return own_leads_ && !leads_; }
  [[nodiscard]] const std::optional<LeaveClaim>& claim() const { return claim_; }
  /// On disk, so that no other process brings the DROP to its end either. May be called again.
  void begin_taking_back();
  void tell(LeaveFacts& facts) const;
  void describe(NodeStatus& status) const;

 private:
  /// `left` on disk, by its reason.
  enum class Mark : std::uint8_t { kNone, kLeaves, kTakenBack, kDropped, kDroppedAfterAll };

  void read_marks();
  void publish(std::optional<LeaveClaim> claim);
  void on_claims(const std::vector<ClaimAnswer>& answers);
  void on_row(FeRowTold told, Instant now);
  void on_list(FeRowTold told, Instant now);
  void note_statement(const FeRowTold& told, Instant now);
  void note_gone(const FeRowTold& told);
  void note_refusal(const std::optional<LeaveRefusal>& no, Instant now);
  [[nodiscard]] bool may_send(Instant now);
  void note_unsent(std::string why);
  [[nodiscard]] static std::string_view words_of(Mark mark);
  [[nodiscard]] bool write_mark(Mark mark);
  void take_mark(const std::optional<LeftNote>& left);
  [[nodiscard]] bool note_statement_on_disk();
  void journal_drop();
  void clear_statement();
  void say_unwritten(const Error& error);
  void take_back(Instant now);
  void forbid();

  Shell& shell_;
  const Self& me_;
  std::function<Group()> group_;
  std::function<void()> tell_peers_;
  std::optional<LeaveClaim> claim_{};
  bool asked_ = false;   ///< The others were, in this leaving.
  bool yields_ = false;  ///< The claim is taken back until a higher ordinal is gone.
  bool granted_ = false;
  std::string waits_{};  ///< For whom, while not granted.
  bool leads_ = false;
  bool own_leads_ = false;  ///< By the word of the others.
  std::optional<std::vector<std::string>> others_{};
  std::optional<FeRowTold> row_{};  ///< The last that was told.
  CloseReadings readings_{};
  std::string why_{};                       ///< Why the last look told nothing.
  std::string unsent_{};                    ///< Why a DROP that is to go is not sent.
  std::optional<Instant> unmoved_since_{};  ///< No majority of heartbeats was seen to move.
  std::string unwritten_{};                 ///< Why the disk does not have what it should.
  std::optional<Instant> silent_since_{};   ///< ... and since when none has.
  int gone_ = 0;                            ///< Looks in a row that showed no row.
  std::optional<LeaveRefusal> refusal_{};   ///< What speaks against the DROP ...
  std::optional<Instant> refused_since_{};  ///< ... without a break.
  int noes_ = 0;                            ///< Answers of the leader that were errors.
  std::optional<Instant> unanswered_at_{};  ///< A DROP whose answer is missing was sent.
  DropAllowed allowed_ = allow_drop();      ///< Of the job that may be under way.
  Mark mark_ = Mark::kNone;
  bool statement_noted_ = false;  ///< That a DROP is under way is on disk.
  bool taking_back_ = false;
  JournalEntry drop_;
};

}  // namespace sragent
