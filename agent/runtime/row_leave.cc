#include "runtime/row_leave.h"

#include <algorithm>

#include "core/exit_codes.h"
#include "core/start.h"
#include "runtime/log.h"

namespace sragent {
namespace {

/// FEs look for empty BEs every 10 s.
constexpr Millis kMovePace{5'000};
constexpr Millis kSoon{1'000};
/// One reading without the row may be an FE's that lags.
constexpr int kLooksGone = 2;

void log_news(const std::optional<RowNews>& before, const RowNews& news) {
  if (news.gone && !(before && before->gone)) log_info("row_gone", {});
  if (!news.own || (before && before->own && before->own->tablets == news.own->tablets)) return;
  log_info("row_seen",
           {{"decommissioned", news.own->decommissioned ? "yes" : "no"},
            {"tablets", std::to_string(news.own->tablets.value_or(-1))}});
}

}  // namespace

void RowLeave::take(const MarkLook& look) {
  look_ = look;
  if (!look.own) return;
  id_ = {look.own->id, look.own->start_time, look.cluster_id};
}

/// A statement whose answer was lost may be carried out for a while yet.
std::optional<Instant> RowLeave::open_since() const {
  return std::max(begun_at_, unanswered_at_);
}

void RowLeave::take(RowNews news, Instant asked_at) {
  if (news.wish != RowWish::kCancel) begun_at_.reset();
  if (news.unanswered) unanswered_at_ = asked_at;
  if (why_ != news.why && !news.why.empty()) log_warn("row_not_settled", {{"why", news.why}});
  why_ = news.why;
  if (!news.why.empty()) return;
  if (news.no) log_warn("row_statement_refused", {{"why", news.no->detail}});
  log_news(news_, news);
  gone_ = news.gone ? gone_ + 1 : 0;
  const auto open = open_since();
  const bool late = !open || asked_at - *open >= kStatementLife;
  if (news.wish == RowWish::kCancel)
    taken_back_ = late && (gone_ >= kLooksGone || (news.own && !news.own->decommissioned));
  asked_at_ = asked_at;
  const bool refused = news.wish == RowWish::kCancel && news.no;
  if (!refused) refused_since_.reset();
  if (refused && !refused_since_) refused_since_ = asked_at;
  news_ = std::move(news);
}

/// S84, and what the list alone can tell.
std::optional<LeaveRefusal> RowLeave::refusal() const {
  if (!look_ || !look_->answered || !look_->own) return std::nullopt;
  if (!look_->own_row_sure) {
    return LeaveRefusal{kExitUndecidable,
                        look_->identity ? Reason::kIdentityConflict : Reason::kDnsNotReady,
                        look_->why_none};
  }
  return kind_ == NodeKind::kBe ? refuse_decommission(*look_->own, look_->rows) : std::nullopt;
}

void RowLeave::tell(const LeaveState& state, LeaveFacts& facts) const {
  facts.moves = kind_ == NodeKind::kBe;
  facts.drops = kind_ == NodeKind::kCn;
  facts.row_gone = gone(is_stop(state.trigger));
  const bool refused = refused_since_ && asked_at_ - *refused_since_ >= kDrainUnmarkSpan;
  const bool stands = kind_ == NodeKind::kBe ? state.decided : open_since().has_value();
  facts.decommission_left = state.cancel_owed && stands && !taken_back_;
  // Nobody else would take it back, and a BE that is left so is emptied and dropped.
  facts.unmark_must = facts.decommission_left && kind_ == NodeKind::kBe && !refused;
  if (state.trigger == LeaveTrigger::kForGood && !facts.refusal) facts.refusal = refusal();
  if (look_ && look_->own) facts.decommissioned_before = look_->own->decommissioned;
  if (!news_) return;
  facts.no_leave = news_->no;
  facts.blockers = news_->blockers;
  if (!news_->own || !news_->own->decommissioned) return;
  facts.tablets = news_->own->tablets;
  facts.tablets_at = asked_at_;
}

Millis RowLeave::pace() const {
  const bool waits = news_ && news_->own && news_->own->tablets.value_or(0) > 0;
  return waits && why_.empty() ? kMovePace : kSoon;
}

/// After a stop nobody asks again.
bool RowLeave::gone(bool stop) const {
  return gone_ >= (stop ? 1 : kLooksGone);
}

std::string RowLeave::outcome(bool stop) const {
  if (!news_) return {};
  if (news_->no) return "refused: " + news_->no->detail;
  if (gone(stop)) return "the row is gone";
  const bool leaves = news_->own && news_->own->decommissioned;
  if (news_->wish == RowWish::kDecommission && leaves) return "its tablets move away";
  if (news_->wish == RowWish::kCancel && news_->own && !leaves) return "taken back";
  return {};
}

void RowLeave::describe(NodeStatus& status) const {
  auto& notes = status.leaving_notes;
  if (!why_.empty()) notes.push_back("the row could not be read or changed: " + why_);
  if (!news_) return;
  if (news_->wish == RowWish::kCancel && news_->no)
    notes.push_back("the decommission is not taken back yet: " + news_->no->detail);
  if (news_->wish == RowWish::kCancel && gone_ >= kLooksGone) {
    notes.emplace_back(
        "the row is gone already, which cannot be taken back: 'sr-agent register' adds a new one");
  }
  if (news_->wish == RowWish::kCancel && news_->own && !news_->own->decommissioned) {
    notes.emplace_back(
        "the decommission is taken back; tablets that have moved come back by balancing alone");
  }
}

}  // namespace sragent
