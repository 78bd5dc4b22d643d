#include "core/startup.h"

#include <algorithm>

namespace sragent {
namespace {

/// The rate is counted over at least this long, then anew: an old pace says nothing of the rest.
constexpr Millis kRateSpan{60'000};
constexpr double kMillis = 1000;

std::uint64_t bytes_of(const StartSign& sign) {
  return sign.bytes > 0 ? sign.bytes : sign.read;
}

double amount(const StartSign& sign) {
  return sign.position ? static_cast<double>(*sign.position) : static_cast<double>(bytes_of(sign));
}

/// A leader that replays writes no line in between, but it reads; so does a BE or CN that loads.
/// Heartbeats of a group are read as well, some 100 bytes a second, and every 15 s a BE's metrics
/// of its machine (be/src/common/daemon.cpp): a start that has not read so much stands still.
constexpr std::uint64_t kReadThatMoves = std::uint64_t{1} << 20U;
constexpr std::uint64_t kReadsThatMove = 2'000;

bool moved(const StartProgress& progress, const StartSign& now) {
  const auto& before = progress.last;
  return now.position > before.position || now.mark != before.mark || now.bytes > before.bytes ||
         now.stage != before.stage || now.step != before.step ||
         now.read >= progress.read_before + kReadThatMoves ||
         now.reads >= progress.reads_before + kReadsThatMove;
}

/// What a look did not show this time (a log rolls on) is still true.
void keep_known(const StartSign& before, StartSign& sign) {
  if (!sign.position) sign.position = before.position;
  if (!sign.target) sign.target = before.target;
  if (sign.mark.empty()) sign.mark = before.mark;
  if (sign.stage.empty()) sign.stage = before.stage;
  if (sign.step.empty()) sign.step = before.step;
}

void count_anew(StartProgress& progress, const StartSign& sign) {
  progress.counted_since = sign.at;
  progress.counted_from = amount(sign);
}

void update_rate(StartProgress& progress, const StartSign& sign) {
  if (sign.position.has_value() != progress.last.position.has_value()) {
    progress.rate.reset();
    return count_anew(progress, sign);
  }
  const auto span = sign.at - progress.counted_since;
  if (span <= Millis{0}) return;
  const double gained = amount(sign) - progress.counted_from;
  if (gained >= 0) progress.rate = gained * kMillis / static_cast<double>(span.count());
  if (span >= kRateSpan || gained < 0) count_anew(progress, sign);
}

std::string seconds(Millis span) {
  return std::to_string(span.count() / 1000) + " s";
}

std::optional<Millis> eta_of(const StartProgress& progress) {
  const auto& last = progress.last;
  if (!last.position || !last.target || !progress.rate || *progress.rate <= 0) return std::nullopt;
  const auto left = static_cast<double>(*last.target - *last.position);
  if (left <= 0) return Millis{0};
  return Millis{static_cast<std::int64_t>(left / *progress.rate * kMillis)};
}

std::string position_text(const StartProgress& progress) {
  const auto& last = progress.last;
  if (!last.position) return std::to_string(bytes_of(last)) + " bytes";
  auto out = "entry " + std::to_string(*last.position);
  if (last.target) out += " of " + std::to_string(*last.target);
  return out;
}

std::string rate_text(const StartProgress& progress) {
  if (!progress.rate) return ", rate not known yet";
  const auto per_second = std::to_string(static_cast<std::int64_t>(*progress.rate));
  return ", " + per_second + (progress.last.position ? " entries/s" : " bytes/s");
}

std::string progress_text(const StartProgress& progress, std::optional<Millis> eta, Instant now) {
  const auto& stage = progress.last.stage;
  auto out = stage.empty() ? std::string{"no sign of it yet"} : stage;
  if (!progress.last.step.empty()) out += ", " + progress.last.step;
  out += ": " + position_text(progress) + rate_text(progress);
  out += eta ? ", " + seconds(*eta) + " to go" : ", time to go not known";
  return out + ", moved " + seconds(now - progress.moved) + " ago, started " +
         seconds(now - *progress.began) + " ago";
}

}  // namespace

void begin_start(StartProgress& progress, Instant now) {
  progress = {};
  progress.began = progress.moved = progress.counted_since = now;
}

void add_sign(StartProgress& progress, StartSign sign) {
  const bool first = progress.last.at == Instant{};
  keep_known(progress.last, sign);
  if (first) {
    count_anew(progress, sign);
  } else {
    update_rate(progress, sign);
  }
  // What was there before the start is no movement.
  const bool moves = !first && moved(progress, sign);
  if (moves) progress.moved = sign.at;
  const bool too_slow = sign.read_within && sign.at - progress.read_since >= *sign.read_within;
  if (moves || first || too_slow) {
    progress.read_before = sign.read;
    progress.reads_before = sign.reads;
    progress.read_since = sign.at;
  }
  progress.last = std::move(sign);
}

std::string_view to_string(StartState state) {
  switch (state) {
    case StartState::kDown:
      return "down";
    case StartState::kMoving:
      return "moving";
    case StartState::kStalled:
      return "stalled";
    case StartState::kUp:
      return "up";
  }
  return "invalid";
}

StartVerdict judge_start(const StartFacts& facts, Instant now) {
  const auto& progress = facts.progress;
  if (!facts.server_running) {
    const bool told = facts.under_way != Reason::kNone;
    return {StartState::kDown,
            told ? facts.under_way : Reason::kServerDown,
            told ? facts.under_way_detail : facts.server_detail,
            std::nullopt};
  }
  if (progress.up) return {StartState::kUp, Reason::kNone, "up", std::nullopt};
  if (!progress.began) return {StartState::kDown, Reason::kStarting, "not seen yet", std::nullopt};
  const auto eta = eta_of(progress);
  const auto text = progress_text(progress, eta, now);
  const auto limit = std::max(facts.stall_limit, progress.last.read_within.value_or(Millis{0}));
  if (now - progress.moved >= limit) return {StartState::kStalled, Reason::kStalled, text, eta};
  const auto word = facts.kind == NodeKind::kFe ? Reason::kReplaying : Reason::kLoading;
  return {StartState::kMoving, word, text, eta};
}

}  // namespace sragent
