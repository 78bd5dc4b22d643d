#include "runtime/holding.h"

#include "core/exit_codes.h"
#include "core/text.h"
#include "io/files.h"
#include "runtime/hold_data.h"
#include "runtime/log.h"
#include "starrocks/state_file.h"

namespace sragent {
namespace {

constexpr mode_t kMode = 0600;
constexpr std::size_t kMaxBytes = std::size_t{1} << 16U;
constexpr Millis kLookPace{1'000};

std::string asked_by(const HoldAsk& ask) {
  constexpr std::array<std::string_view, kHoldSourceCount> kWords{
      "sr-agent hold", "the pod's annotation", "policy.hold_file", "policy.hold", "a crash loop"};
  std::string out{kWords.at(static_cast<std::size_t>(ask.source))};
  if (!ask.author.empty()) out += ", " + ask.author;
  if (!ask.reason.empty()) out += ": " + ask.reason;
  return out;
}

/// The four words of a request, and the reason behind them: "SECONDS force|- AUTHOR\tREASON".
struct HoldWords {
  std::int64_t seconds = 0;  ///< 0: the default.
  bool force = false;
  std::string author{};
  std::string reason{};
};

HoldWords hold_words(std::string_view words) {
  HoldWords out;
  const auto cut = [&words](char at) {
    const auto end = std::min(words.find(at), words.size());
    const auto word = words.substr(0, end);
    words.remove_prefix(std::min(end + 1, words.size()));
    return word;
  };
  out.seconds = whole_number<std::int64_t>(cut(' ')).value_or(0);
  out.force = cut(' ') == "force";
  out.author = cut('\t');
  out.reason = words;
  return out;
}

}  // namespace

Holding::Holding(Node node)
    : node_(std::move(node)), stand_in_(node_.config, node_.kind, node_.address) {
  restore();
}

void Holding::turn(const PodAnnotations* annotations, NodeAgent* agent, Instant now) {
  if (now >= next_look_) look(annotations, now);
  if (!node_.server.running()) memory_.refused.clear();
  // Where one hold ends, another wish may stand: no server starts in between.
  constexpr int kSteps = 8;
  for (int i = 0; i < kSteps && !node_.leaving.stops() && step(agent, now); ++i) {
  }
  tell(agent);
  if (in_force() && !node_.leaving.stops()) stop_server(agent, now);
  // A sidecar would take its own listener for the server.
  stand_in_.turn(in_force() && node_.server.beside() == nullptr && !node_.server.running() &&
                 stranger_.empty() && !node_.leaving.stops());
  next_ = next_look_;
  const bool ends = in_force() && memory_.hold->stuck.empty() && memory_.hold->ends > now;
  if (ends) next_ = std::min(*next_, memory_.hold->ends);
}

void Holding::look(const PodAnnotations* annotations, Instant now) {
  next_look_ = now + node_.clock.scaled(kLookPace);
  standing_ = standing_asks(annotations, node_.config, node_.clock);
  stranger_.clear();
  if (in_force()) stranger_ = strange_server(node_.config, node_.kind, node_.server.pid());
  const auto before = memory_.answered.size();
  memory_ = forget_gone(std::move(memory_), standing_);
  if (memory_.answered.size() != before) keep();
}

/// True: something has changed, and there may be more to do.
bool Holding::step(NodeAgent* agent, Instant now) {
  switch (hold_turn(memory_, standing_, now)) {
    case HoldTurn::kNothing:
      return false;
    case HoldTurn::kBegins:
      begin(*unanswered(memory_, standing_), agent, now);
      return true;
    case HoldTurn::kWithdrawn:
      withdraw(agent, now);
      return !in_force();
    case HoldTurn::kExpires:
      if (stopping_) return false;
      expire(agent);
      return true;
  }
  return false;
}

/// Who takes the wish back does what `resume` does, a server that somebody started included.
void Holding::withdraw(NodeAgent* agent, Instant now) {
  if (!stranger_.empty()) {
    auto why =
        "what asked for it is gone, and a server runs that the agent did not start: " + stranger_;
    if (memory_.hold->stuck == why) return;
    log_warn("hold_stays", {{"why", why}});
    memory_.hold->stuck = std::move(why);
    return keep();
  }
  const bool stops = stopping_ && node_.leaving.in_force();
  end(HoldEnd::kItself, "what asked for it is gone", agent);
  if (stops) static_cast<void>(node_.leaving.command("drain-cancel", agent, now));
}

void Holding::begin(HoldAsk ask, NodeAgent* agent, Instant now) {
  refused_.clear();
  const auto span = node_.clock.to_real(ask.span);
  const auto seal = in_force() ? std::string{} : data_seal(node_.config, node_.kind);
  memory_ = begin_hold(std::move(memory_), std::move(ask), seal, now);
  const auto wall_ms = Clock::unix_ms();
  began_wall_ = Clock::wall_of(wall_ms);
  until_wall_ = Clock::wall_of(wall_ms + span.count());
  log_warn("hold",
           {{"by", asked_by(memory_.hold->ask)},
            {"until", until_wall_},
            {"data", memory_.hold->seal.empty() ? "no member" : memory_.hold->seal}});
  keep();
  tell(agent);
}

void Holding::end(HoldEnd how, const std::string& why, NodeAgent* agent) {
  log_info("hold_over", {{"how", why}});
  memory_ = end_hold(std::move(memory_), standing_, how);
  stopping_ = false;
  stand_in_.turn(false);  // the server needs its port
  keep();
  tell(agent);
}

/// Only a member goes on as what it was, and only where nobody else's server is in the way.
void Holding::expire(NodeAgent* agent) {
  auto why = why_it_stays(*memory_.hold,
                          data_seal(node_.config, node_.kind),
                          strange_server(node_.config, node_.kind, node_.server.pid()));
  if (why.empty()) return end(HoldEnd::kItself, "its time is over", agent);
  log_warn("hold_stays", {{"why", why}});
  memory_.hold->stuck = std::move(why);
  keep();
}

/// A server that runs is drained: nothing is lost, and an FE that the others need is refused.
void Holding::stop_server(NodeAgent* agent, Instant now) {
  auto& leaving = node_.leaving;
  if (stopping_ && leaving.in_force()) {
    if (memory_.hold->ask.force) leaving.force_hold();
    return;
  }
  const bool over = std::exchange(stopping_, false);
  if (!node_.server.running() || agent == nullptr || leaving.in_force()) return;
  if (over) return give_up(leaving.refusal(), agent);
  const auto& ask = memory_.hold->ask;
  leaving.stop_to_hold(asked_by(ask), ask.force || node_.kind != NodeKind::kFe, *agent, now);
  stopping_ = true;
}

/// The server stays up, as the wish must not be carried out; it is not tried again until it
/// changes.
void Holding::give_up(std::string why, NodeAgent* agent) {
  refused_ = asked_by(memory_.hold->ask) + " was not carried out: " +
             (why.empty() ? std::string{"it was taken back"} : std::move(why));
  log_warn("hold_refused", {{"why", refused_}});
  end(HoldEnd::kRefused, "not carried out", agent);
}

void Holding::tell(NodeAgent* agent) {
  if (agent == nullptr) {
    told_ = false;  // a part that is made later begins without
    return;
  }
  if (std::exchange(told_, in_force()) != in_force()) agent->on_hold(in_force());
}

void Holding::on_crash_loop(const std::string& detail, NodeAgent* agent, Instant now) {
  HoldAsk ask;
  ask.source = HoldSource::kCrashLoop;
  ask.reason = short_text(detail);
  ask.span = node_.clock.scaled(node_.config.policy.hold_limit);
  begin(std::move(ask), agent, now);
}

std::optional<ControlReply> Holding::command(const std::string& line,
                                             NodeAgent* agent,
                                             Instant now) {
  constexpr std::string_view kHold = "hold ";
  if (line.starts_with(kHold)) return hold(std::string_view{line}.substr(kHold.size()), agent, now);
  if (line == "resume") return resume(agent);
  const bool mine = line == "drain-cancel" && in_force() && !node_.leaving.stops();
  if (!mine || (!stopping_ && node_.leaving.in_force())) return std::nullopt;
  if (!stopping_) {
    const bool reached = agent != nullptr && !node_.leaving.goes_on_later();
    auto marked = reached ? agent->leave_part().take_mark_back() : std::nullopt;
    if (marked) return marked;
    return ControlReply{kExitNo, "the node is held, not drained: 'sr-agent resume' ends that\n"};
  }
  end(HoldEnd::kPerson, "drain --cancel", agent);
  return std::nullopt;  // the drain itself is taken back by whom it belongs to
}

ControlReply Holding::hold(std::string_view words, NodeAgent* agent, Instant now) {
  if (node_.leaving.stops()) return {kExitBusy, "busy: a stop is under way\n"};
  if (node_.leaving.in_force() && !stopping_)
    return {kExitBusy, "busy: a drain is under way; 'sr-agent drain --cancel' takes it back\n"};
  const auto said = hold_words(words);
  HoldAsk ask;
  ask.author = short_text(said.author);
  ask.reason = short_text(said.reason);
  ask.force = said.force;
  const auto span = said.seconds > 0 ? std::chrono::seconds{said.seconds}
                                     : std::chrono::seconds{node_.config.policy.hold_limit};
  ask.span = node_.clock.scaled(span);
  begin(std::move(ask), agent, now);
  stop_server(agent, now);
  return {kExitDone,
          stopping_ ? std::string{kDrainedToHold} + ", then held until " + until_wall_ + "\n"
                    : "the node is held until " + until_wall_ + "; no server runs\n"};
}

ControlReply Holding::resume(NodeAgent* agent) {
  if (!in_force()) return {kExitDone, "the node is not held\n"};
  if (stopping_ && node_.leaving.in_force()) {
    return {kExitBusy,
            "busy: the server is being stopped; 'sr-agent drain --cancel' takes it back\n"};
  }
  const auto stranger = strange_server(node_.config, node_.kind, node_.server.pid());
  if (!stranger.empty()) {
    return {kExitBusy,
            "a server runs that the agent did not start: " + stranger + "; stop it first\n"};
  }
  end(HoldEnd::kPerson, "sr-agent resume", agent);
  return {kExitDone, "the hold is over; the node starts by its rules\n"};
}

std::string Holding::detail() const {
  const auto& hold = *memory_.hold;
  auto out = "asked by " + asked_by(hold.ask) + "; since " + began_wall_;
  out += hold.stuck.empty() ? ", until " + until_wall_
                            : "; its time is over and it goes on: " + hold.stuck;
  if (!stranger_.empty() && hold.stuck.empty())
    out += "; a server runs that the agent did not start: " + stranger_;
  // The operator's probes ask the server's own port (docs/drop-in.md section 8).
  if (node_.config.node.operator_pod && !node_.config.policy.hold_stand_in) {
    out +=
        "; nobody answers the operator's probes, so the container is started again and again: set "
        "startup-, liveness- and readinessProbeFailureSeconds to 0, or policy.hold_stand_in";
  }
  return out + "; 'sr-agent resume' ends it";
}

void Holding::describe(NodeStatus& status) const {
  if (!refused_.empty()) status.warnings.push_back("hold: " + refused_);
  if (!in_force()) return;
  const auto& hold = *memory_.hold;
  HoldStatus out;
  out.source = to_string(hold.ask.source);
  out.author = hold.ask.author;
  out.reason = hold.ask.reason;
  out.began = began_wall_;
  out.until = until_wall_;
  out.stuck = hold.stuck;
  out.stranger = stranger_;
  status.hold = std::move(out);
  if (stopping_ || node_.leaving.in_force()) return;  // the leaving tells how far it is
  status.phase = Phase::kHeld;
  status.reason = Reason::kHeld;
  status.detail = detail();
}

void Holding::keep() const {
  if (node_.note_file.empty()) return;
  if (!in_force() && memory_.answered.empty()) {
    const auto done = remove_file(node_.note_file);
    if (!done && done.error().kind != ErrorKind::kNotFound)
      log_warn("mark_not_removed", {{"error", done.error().what}});
    return;
  }
  HoldNote note;
  note.answered = memory_.answered;
  if (in_force()) {
    const auto& hold = *memory_.hold;
    note.began_ms = hold.began.count();
    note.ends_ms = hold.ends.count();
    note.source = to_string(hold.ask.source);
    note.author = hold.ask.author;
    note.reason = hold.ask.reason;
    note.mark = hold.ask.mark;
    note.force = hold.ask.force;
    note.seal = hold.seal;
    note.stuck = hold.stuck;
    note.began = began_wall_;
    note.until = until_wall_;
  }
  if (auto done = write_atomic(node_.note_file, to_text(note), kMode); !done)
    log_warn("mark_not_written", {{"error", done.error().what}});
}

/// An earlier container of this pod was held when it ended: this one is before it does anything.
void Holding::restore() {
  if (node_.note_file.empty()) return;
  const auto note = read_file(node_.note_file, kMaxBytes).and_then([](const std::string& text) {
    return parse_hold(text);
  });
  if (!note) return;
  memory_.answered = note->answered;
  const auto source = hold_source(note->source);
  if (!source) return;
  Hold hold;
  hold.ask = {*source, note->author, note->reason, {}, note->force, note->mark};
  hold.began = Instant{note->began_ms};
  hold.ends = Instant{note->ends_ms};
  if (const auto now = node_.clock.now(); hold.began > now) {  // the machine was booted again
    hold.ends = now + (hold.ends - hold.began);
    hold.began = now;
  }
  hold.seal = note->seal;
  hold.stuck = note->stuck;
  began_wall_ = note->began;
  until_wall_ = note->until;
  log_warn("hold", {{"by", asked_by(hold.ask)}, {"until", until_wall_}, {"since", began_wall_}});
  memory_.hold = std::move(hold);
}

}  // namespace sragent
