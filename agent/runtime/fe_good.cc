#include "runtime/fe_good.h"

#include <utility>

#include "runtime/log.h"

namespace sragent {
namespace {

/// One reading without the row may be of a leader that is about to be none.
constexpr int kLooksGone = 2;
/// A new leader shows rows as dead until their first heartbeat.
constexpr Millis kRefusalLasts = kLeaderSettled;
/// A statement without an answer may be carried out for so long (docs/start-rules.md row 17).
constexpr Millis kUnansweredLasts{35'000};

}  // namespace

FeGood::FeGood(Shell& shell,
               int own_ordinal,
               std::function<Group()> group,
               std::function<void()> tell_peers)
    : shell_(shell),
      own_ordinal_(own_ordinal),
      group_(std::move(group)),
      tell_peers_(std::move(tell_peers)),
      marked_(shell_.state.read().left.has_value()) {
  granted_ = marked_;  // before the mark was written
  if (marked_) claim_ = LeaveClaim{own_ordinal_, Clock::wall()};
}

bool FeGood::gone() const {
  return gone_ >= kLooksGone;
}

void FeGood::begin_anew() {
  marked_ = shell_.state.read().left.has_value();
  if (!marked_) publish(std::nullopt);
  granted_ = marked_;
  yields_ = leads_ = false;
  waits_.clear();
  others_.reset();
  row_.reset();
  why_.clear();
  gone_ = 0;
  refused_since_.reset();
  unanswered_at_.reset();
  taking_back_ = false;
}

void FeGood::publish(std::optional<LeaveClaim> claim) {
  if (claim_ == claim) return;
  claim_ = std::move(claim);
  log_info(claim_ ? "claim_published" : "claim_withdrawn", {});
  tell_peers_();
}

void FeGood::take_look(bool leads, std::vector<std::string> others) {
  leads_ = leads;
  if (row_) row_->own_leads = false;
  others_ = std::move(others);
}

FeGood::Work FeGood::next(bool drop) {
  const auto group = group_();
  const auto others = others_.value_or(group.others);
  taking_back_ = !drop;
  if (drop && others_ && !granted_) {  // who is listed was read since the last answers
    if (!yields_ && !claim_) publish(LeaveClaim{own_ordinal_, Clock::wall()});
    return [others](const LookContext& context) { return FeGoodNews{ask_claims(context, others)}; };
  }
  const bool seen = row_ && !row_->gone && !row_->no && why_.empty();
  const bool send = drop && granted_ && seen && !unanswered_at_ && note_drop();
  return [others, id = group.cluster_id, send](const LookContext& context) {
    return FeGoodNews{work_on_fe_row(context, others, id, send)};
  };
}

/// On disk before the statement leaves: that this member left, and that a statement is under way.
bool FeGood::note_drop() {
  const auto group = group_();
  auto done = shell_.state.write(LeftNote{group.cluster_id, "sr-agent drain --for-good"});
  if (done) done = shell_.state.write(StatementNote{"DROP", row_->leader, Clock::unix_ms()});
  marked_ = shell_.state.read().left.has_value();
  if (done) return true;
  if (why_ != done.error().what) log_warn("mark_not_written", {{"error", done.error().what}});
  why_ = done.error().what;
  return false;
}

void FeGood::take(FeGoodNews news, const Self& me, Instant now) {
  if (const auto* answers = std::get_if<std::vector<ClaimAnswer>>(&news)) {
    on_claims(*answers, me);
  } else {
    on_row(std::get<FeRowTold>(std::move(news)), now);
  }
}

void FeGood::on_claims(const std::vector<ClaimAnswer>& answers, const Self& me) {
  auto judged = judge_claims(me.host, me.ordinal, answers);
  if (judged.why != waits_ && !judged.why.empty()) log_warn("claim_waits", {{"why", judged.why}});
  waits_ = std::move(judged.why);
  yields_ = judged.verdict == ClaimVerdict::kYields;
  if (yields_) publish(std::nullopt);
  granted_ = judged.verdict == ClaimVerdict::kGoes && claim_;
  if (granted_) log_info("claim_granted", {});
  if (!granted_) others_.reset();
}

void FeGood::on_row(FeRowTold told, Instant now) {
  if (told.why != why_ && !told.why.empty()) log_warn("row_not_settled", {{"why", told.why}});
  why_ = told.why;
  if (row_) row_->own_leads = told.own_leads;
  if (!told.statement.empty()) {
    log_info("statement",
             {{"text", told.statement}, {"leader", told.leader}, {"error", told.said}});
    unanswered_at_ = told.answered ? std::nullopt : std::optional{now};
  }
  if (unanswered_at_ && now - *unanswered_at_ >= kUnansweredLasts) unanswered_at_.reset();
  if (!why_.empty()) return;
  if (told.gone && gone_ == 0) log_info("row_gone", {});
  gone_ = told.gone ? gone_ + 1 : 0;
  if (!unanswered_at_ && marked_) static_cast<void>(shell_.state.clear_statement());
  if (!told.no) refused_since_.reset();
  if (told.no && !refused_since_) {
    log_warn("drop_waits", {{"why", told.no->detail}});
    refused_since_ = now;
  }
  others_ = told.others;
  row_ = std::move(told);
  if (taking_back_) take_back(now);
}

/// The row is there, and no statement is under way that may still take it.
void FeGood::take_back(Instant now) {
  if (!marked_ || !row_ || row_->gone || !why_.empty()) return;
  if (unanswered_at_ && now - *unanswered_at_ < kUnansweredLasts) return;
  if (auto done = shell_.state.clear_left(); !done) {
    why_ = done.error().what;
    return;
  }
  marked_ = false;
  log_info("left_mark_removed", {});
}

void FeGood::tell(LeaveFacts& facts) const {
  facts.waits_for_others = facts.looked && !granted_;
  facts.looked = facts.looked && granted_;
  facts.moves = !leads_;
  facts.drops = true;
  facts.row_gone = gone();
  const bool lasts = refused_since_ && shell_.clock.now() - *refused_since_ >= kRefusalLasts;
  if (lasts && row_) facts.no_leave = row_->no;
  facts.marks_left = marked_ && !gone();
}

void FeGood::describe(NodeStatus& status) const {
  auto& notes = status.leaving_notes;
  if (!granted_ && !waits_.empty()) notes.push_back("waits: " + waits_);
  if (granted_ && !gone()) notes.emplace_back("no other FE leaves");
  if (!why_.empty()) notes.push_back("the row could not be read or changed: " + why_);
  if (refused_since_ && row_ && row_->no) notes.push_back("waits: " + row_->no->detail);
  if (taking_back_ && row_ && row_->gone) {
    notes.emplace_back(
        "the row is gone already, which cannot be taken back: the FE joins again as a new member");
  }
}

}  // namespace sragent
