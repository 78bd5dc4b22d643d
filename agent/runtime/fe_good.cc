#include "runtime/fe_good.h"

#include <array>
#include <utility>

#include "core/exit_codes.h"
#include "core/for_good.h"
#include "core/start.h"
#include "runtime/log.h"

namespace sragent {
namespace {

/// One reading without the row may be of a leader that is about to be none.
constexpr int kLooksGone = 2;
/// A new leader shows rows as dead until their first heartbeat; and an election takes its time.
constexpr Millis kRefusalLasts = kLeaderSettled;
/// A leader that says no so often means it.
constexpr int kNoes = 3;
/// What the mark on disk says, by FeGood::Mark; any other text stands for a leaving.
constexpr std::array<std::string_view, 5> kMarkWords{
    "", "sr-agent drain --for-good", "taken back", "dropped", "dropped after it was taken back"};

}  // namespace

FeGood::FeGood(Shell& shell,
               const Self& me,
               std::function<Group()> group,
               std::function<void()> tell_peers)
    : shell_(shell),
      me_(me),
      group_(std::move(group)),
      tell_peers_(std::move(tell_peers)),
      drop_(shell.state) {
  read_marks();
  claim_ = LeaveClaim{me_.ordinal, marked() ? Clock::wall() : std::string{}};
}

/// A statement of an earlier process was sent at a time that nobody knows: it counts as just now.
void FeGood::read_marks() {
  const auto files = shell_.state.read();
  take_mark(files.left);
  statement_noted_ = files.statement.has_value();
  granted_ = marked();  // before it was written
  unanswered_at_.reset();
  if (marked() && statement_noted_) unanswered_at_ = shell_.clock.now();
}

void FeGood::take_mark(const std::optional<LeftNote>& left) {
  mark_ = left ? Mark::kLeaves : Mark::kNone;
  for (const auto mark : {Mark::kTakenBack, Mark::kDropped, Mark::kDroppedAfterAll})
    if (left && left->reason == words_of(mark)) mark_ = mark;
}

std::string_view FeGood::words_of(Mark mark) {
  return kMarkWords.at(static_cast<std::size_t>(mark));
}

bool FeGood::gone() const {
  return gone_ >= kLooksGone;
}

void FeGood::begin_anew() {
  forbid();
  drop_.forget();
  read_marks();
  if (!marked()) publish(std::nullopt);
  asked_ = yields_ = leads_ = own_leads_ = taking_back_ = false;
  waits_.clear();
  others_.reset();
  row_.reset();
  readings_ = {};
  why_.clear();
  unsent_.clear();
  unmoved_since_.reset();
  unwritten_.clear();
  silent_since_.reset();
  gone_ = 0;
  refusal_.reset();
  refused_since_.reset();
  noes_ = 0;
}

void FeGood::settle_claim() {
  if (claim_ && claim_->since.empty()) publish(std::nullopt);
}

void FeGood::recall_grant() {
  if (granted_) return;
  granted_ = true;
  publish(LeaveClaim{me_.ordinal, Clock::wall()});
}

void FeGood::publish(std::optional<LeaveClaim> claim) {
  if (claim_ == claim) return;
  const bool known = !claim_ || !claim_->since.empty();
  claim_ = std::move(claim);
  if (claim_ || known) log_info(claim_ ? "claim_published" : "claim_withdrawn", {});
  tell_peers_();
}

void FeGood::take_look(bool leads, std::vector<std::string> others) {
  leads_ = leads;
  own_leads_ = false;
  if (leads) {  // what another leader said or did not say no longer counts
    silent_since_.reset();
    refusal_.reset();
  }
  others_ = std::move(others);
}

/// A job that waits for an answer sends nothing any more.
void FeGood::forbid() {
  allowed_->store(false);
  allowed_ = allow_drop();
}

FeGood::Work FeGood::next(bool drop) {
  const auto group = group_();
  const auto others = others_.value_or(group.others);
  if (!drop || taking_back_) begin_taking_back();
  // Who is listed was read since the last answers.
  if (drop && !taking_back_ && others_ && !granted_) {
    if (!yields_ && !claim_) publish(LeaveClaim{me_.ordinal, Clock::wall()});
    return [others](const LookContext& context) { return FeGoodNews{ask_claims(context, others)}; };
  }
  const bool send =
      drop && may_send(shell_.clock.now()) && write_mark(Mark::kLeaves) && note_statement_on_disk();
  if (send) journal_drop();
  const auto order = send ? DropOrder{allowed_, readings_} : DropOrder{};
  return [others, id = group.cluster_id, order](const LookContext& context) {
    return FeGoodNews{work_on_fe_row(context, others, id, order)};
  };
}

/// By the last look: the group bears it, by heartbeats that were seen to move (Alive outlives a
/// process by up to 20 s), and no other statement is under way.
bool FeGood::may_send(Instant now) {
  const bool told = row_ && why_.empty() && !row_->gone && !row_->no && row_->list;
  if (!granted_ || taking_back_ || unanswered_at_ || !told) return false;
  if (bears_fe_drop(*row_->list, readings_.history, me_.host, now)) {
    unmoved_since_.reset();
    return true;
  }
  // Two readings show a movement; what lasts longer is worth a word.
  if (!unmoved_since_) unmoved_since_ = now;
  if (now - *unmoved_since_ >= 2 * kFreshSpan) {
    note_unsent(
        "the heartbeats of the others were not seen to move, or their list comes too slowly to "
        "tell");
  }
  return false;
}

void FeGood::note_unsent(std::string why) {
  if (why != unsent_ && !why.empty()) log_warn("drop_waits", {{"why", why}});
  unsent_ = std::move(why);
}

/// On disk before the statement leaves: that this member left ...
bool FeGood::write_mark(Mark mark) {
  const auto done = shell_.state.write(LeftNote{group_().cluster_id, std::string{words_of(mark)}});
  // What is there counts: a write that failed may have left the file.
  take_mark(shell_.state.read().left);
  if (!done) say_unwritten(done.error());
  if (done) unwritten_.clear();
  return done.has_value();
}

/// ... and that a statement is under way.
bool FeGood::note_statement_on_disk() {
  const auto done = shell_.state.write(
      StatementNote{"ALTER SYSTEM DROP of this host", row_->leader, Clock::unix_ms()});
  statement_noted_ = true;  // a write that failed may have left the file
  if (!done) say_unwritten(done.error());
  return done.has_value();
}

void FeGood::journal_drop() {
  DecisionLine line;
  line.rule = "leaving";
  line.action = "drop";
  line.reason = Reason::kLeaving;
  line.detail = "wants " + me_.host + " dropped, which leaves for good; leader " + row_->leader;
  drop_.decide(std::move(line), shell_.clock.now());
}

void FeGood::clear_statement() {
  if (statement_noted_) statement_noted_ = !shell_.state.clear_statement().has_value();
}

void FeGood::say_unwritten(const Error& error) {
  if (unwritten_ != error.what) log_warn("mark_not_written", {{"error", error.what}});
  unwritten_ = error.what;
}

/// On disk as well: another process must not bring the DROP to its end.
void FeGood::begin_taking_back() {
  if (mark_ == Mark::kLeaves) static_cast<void>(write_mark(Mark::kTakenBack));
  if (taking_back_) return;
  forbid();
  taking_back_ = true;
  silent_since_.reset();
}

void FeGood::take(FeGoodNews news, Instant now) {
  if (const auto* answers = std::get_if<std::vector<ClaimAnswer>>(&news)) {
    on_claims(*answers);
  } else {
    on_row(std::get<FeRowTold>(std::move(news)), now);
  }
}

void FeGood::on_claims(const std::vector<ClaimAnswer>& answers) {
  asked_ = true;
  auto judged = judge_claims(me_.host, me_.ordinal, answers);
  if (judged.why != waits_ && !judged.why.empty()) log_warn("claim_waits", {{"why", judged.why}});
  waits_ = std::move(judged.why);
  yields_ = judged.verdict == ClaimVerdict::kYields;
  if (yields_) publish(std::nullopt);
  granted_ = judged.verdict == ClaimVerdict::kGoes && claim_;
  if (granted_) log_info("claim_granted", {});
  if (!granted_) others_.reset();
}

void FeGood::on_row(FeRowTold told, Instant now) {
  note_statement(told, now);
  own_leads_ = told.own_leads;
  if (told.why != why_ && !told.why.empty()) log_warn("row_not_settled", {{"why", told.why}});
  if (!told.unsent.empty()) note_unsent(told.unsent);
  why_ = told.why;
  if (why_.empty()) {
    silent_since_.reset();
    on_list(std::move(told), now);
  } else if (!silent_since_) {
    silent_since_ = now;
  }
  if (taking_back_) take_back(now);
}

void FeGood::note_statement(const FeRowTold& told, Instant now) {
  if (!told.statement.empty()) {
    note_unsent({});
    log_info("statement",
             {{"text", told.statement}, {"leader", told.leader}, {"error", told.said}});
    unanswered_at_ = told.answered ? std::nullopt : std::optional{now};
    drop_.came_to(!told.answered      ? "the leader gave no answer"
                  : told.said.empty() ? "the leader has done it"
                                      : "the leader said: " + told.said,
                  now);
    if (!told.said.empty()) ++noes_;
  }
  if (unanswered_at_ && now - *unanswered_at_ >= kStatementLife) unanswered_at_.reset();
}

void FeGood::on_list(FeRowTold told, Instant now) {
  if (told.list) add_reading(readings_, *told.list);
  if (told.gone && gone_ == 0) log_info("row_gone", {});
  gone_ = told.gone ? gone_ + 1 : 0;
  note_gone(told);
  if (marked() && (!unanswered_at_ || gone())) clear_statement();
  auto no = told.no;
  if (noes_ >= kNoes && !told.said.empty()) no = refusal_of_fe(told.said);
  note_refusal(no, now);
  others_.reset();
  if (granted_ && told.list) others_ = other_hosts(*told.list, me_.host);
  row_ = std::move(told);
}

/// On disk as soon as it is certain: a process that comes later, and finds no leader, must not
/// start this member again. Also where somebody else dropped it: its metadata is of no use any
/// more.
void FeGood::note_gone(const FeRowTold& told) {
  const bool answered = !told.statement.empty() && told.answered && told.said.empty();
  const bool certain = told.gone && (gone() || answered);
  if (certain) drop_.came_to("its row is gone", shell_.clock.now());
  if (certain && !mark_dropped())
    static_cast<void>(write_mark(taking_back_ ? Mark::kDroppedAfterAll : Mark::kDropped));
  if (!told.gone && mark_ == Mark::kDropped)
    static_cast<void>(write_mark(taking_back_ ? Mark::kTakenBack : Mark::kLeaves));
}

void FeGood::note_refusal(const std::optional<LeaveRefusal>& no, Instant now) {
  if (no && !refusal_) log_warn("drop_waits", {{"why", no->detail}});
  if (!no) refused_since_.reset();
  if (no && !refused_since_) refused_since_ = now;
  refusal_ = no;
}

/// The row is there, and no statement is under way that may still take it: it is listed, or the
/// others say that this FE leads. Or no leader tells, and this member, which is down, may be what
/// the others need to elect one.
void FeGood::take_back(Instant now) {
  if (!marked() || unanswered_at_) return;
  const bool listed = why_.empty() && row_ && !row_->gone;
  const bool silent = silent_since_ && now - *silent_since_ >= kRefusalLasts;
  const bool runs = shell_.server.running();
  const bool nobody = silent && !mark_dropped() && !runs;
  const bool leads = own_leads_ && runs && !mark_dropped();
  if (!listed && !nobody && !leads) return;
  if (auto done = shell_.state.clear_left(); !done) return say_unwritten(done.error());
  mark_ = Mark::kNone;
  drop_.came_to(
      nobody ? "taken back; no leader tells whether it was done" : "taken back; it is a member",
      shell_.clock.now());
  log_info("left_mark_removed",
           {{"why",
             listed   ? "the row is listed"
             : nobody ? "no leader tells: " + why_
                      : why_}});
  granted_ = false;
  publish(std::nullopt);
}

void FeGood::tell(LeaveFacts& facts) const {
  const auto now = shell_.clock.now();
  // Once the others were asked there is no limit, nor for the look after the grant.
  const bool through = facts.looked && granted_;
  facts.waits_for_others = !through && (facts.looked || asked_);
  facts.looked = through;
  facts.moves = !leads_;
  facts.drops = true;
  facts.row_gone = gone();
  if (refusal_ && (noes_ >= kNoes || now - *refused_since_ >= kRefusalLasts))
    facts.no_leave = refusal_;
  const bool silent = silent_since_ && now - *silent_since_ >= kRefusalLasts;
  if (silent && !marked() && !own_leads_)
    facts.no_leave = LeaveRefusal{kExitQuorum, Reason::kQuorumRisk, "no leader tells: " + why_};
  facts.marks_left = marked() && !gone();
  facts.unmark_must = facts.marks_left;
}

void FeGood::describe(NodeStatus& status) const {
  auto& notes = status.leaving_notes;
  if (!granted_ && !waits_.empty()) notes.push_back("waits: " + waits_);
  if (granted_ && !marked()) notes.emplace_back("no other FE leaves");
  if (!why_.empty()) notes.push_back("the row could not be read or changed: " + why_);
  if (refusal_) notes.push_back("waits: " + refusal_->detail);
  if (!unsent_.empty()) notes.push_back("the DROP is not sent: " + unsent_);
  if (!unwritten_.empty()) notes.push_back("not on disk: " + unwritten_);
  if (row_ && !row_->said.empty()) notes.push_back("the leader said to the DROP: " + row_->said);
  if (taking_back_ && row_ && row_->gone) {
    notes.emplace_back(
        "the row is gone already, which cannot be taken back: the FE joins again as a new member");
  }
}

}  // namespace sragent
