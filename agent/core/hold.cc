#include "core/hold.h"

#include <algorithm>
#include <array>

namespace sragent {
namespace {

constexpr std::array<std::string_view, kHoldSourceCount> kWords{
    "verb", "annotation", "file", "setting", "crash_loop"};

bool has(const std::vector<std::string>& marks, const std::string& mark) {
  return std::ranges::find(marks, mark) != marks.end();
}

bool stands(HoldSource source, const StandingAsks& standing) {
  const auto of_it = [&](const HoldAsk& ask) { return ask.source == source; };
  return std::ranges::any_of(standing.asks, of_it) ||
         std::ranges::find(standing.unknown, source) != standing.unknown.end();
}

/// A mark begins with the word of its source.
bool may_stand(const std::string& mark, const StandingAsks& standing) {
  const auto same = [&](const HoldAsk& ask) { return ask.mark == mark; };
  const auto hidden = [&](HoldSource source) { return mark.starts_with(to_string(source)); };
  return std::ranges::any_of(standing.asks, same) || std::ranges::any_of(standing.unknown, hidden);
}

}  // namespace

std::string_view to_string(HoldSource source) {
  return kWords.at(static_cast<std::size_t>(source));
}

std::optional<HoldSource> hold_source(std::string_view word) {
  const auto* const found = std::ranges::find(kWords, word);
  if (found == kWords.end()) return std::nullopt;
  return static_cast<HoldSource>(found - kWords.begin());
}

bool is_standing(HoldSource source) {
  return source != HoldSource::kVerb && source != HoldSource::kCrashLoop;
}

const HoldAsk* unanswered(const HoldMemory& memory, const StandingAsks& standing) {
  for (const auto& ask : standing.asks)
    if (!has(memory.answered, ask.mark) && !has(memory.refused, ask.mark)) return &ask;
  return nullptr;
}

HoldTurn hold_turn(const HoldMemory& memory, const StandingAsks& standing, Instant now) {
  const auto* const ask = unanswered(memory, standing);
  if (!memory.hold) return ask == nullptr ? HoldTurn::kNothing : HoldTurn::kBegins;
  const auto& hold = *memory.hold;
  const auto source = hold.ask.source;
  if (is_standing(source)) {
    if (!stands(source, standing)) return HoldTurn::kWithdrawn;
    const bool same = may_stand(hold.ask.mark, standing);
    if (!same && ask != nullptr && ask->source == source) return HoldTurn::kBegins;
  }
  return now >= hold.ends && hold.stuck.empty() ? HoldTurn::kExpires : HoldTurn::kNothing;
}

HoldMemory begin_hold(HoldMemory memory, HoldAsk ask, std::string seal, Instant now) {
  Hold hold;
  hold.began = now;
  hold.ends = now + ask.span;
  hold.ask = std::move(ask);
  // What may start at the end is what stood here at the first word, however often it was renewed.
  hold.seal = memory.hold ? memory.hold->seal : std::move(seal);
  memory.hold = std::move(hold);
  return memory;
}

HoldMemory end_hold(HoldMemory memory, const StandingAsks& standing, HoldEnd how) {
  const auto mark = memory.hold ? memory.hold->ask.mark : std::string{};
  memory.hold.reset();
  if (how == HoldEnd::kPerson) {
    for (const auto& ask : standing.asks)
      if (!has(memory.answered, ask.mark)) memory.answered.push_back(ask.mark);
    return memory;
  }
  auto& marks = how == HoldEnd::kItself ? memory.answered : memory.refused;
  if (!mark.empty() && !has(marks, mark)) marks.push_back(mark);
  return memory;
}

HoldMemory forget_gone(HoldMemory memory, const StandingAsks& standing) {
  const auto gone = [&](const std::string& mark) { return !may_stand(mark, standing); };
  std::erase_if(memory.answered, gone);
  std::erase_if(memory.refused, gone);
  return memory;
}

std::string why_it_stays(const Hold& hold, std::string_view seal, std::string_view stranger) {
  if (!stranger.empty())
    return "a server runs that the agent did not start: " + std::string{stranger};
  if (hold.seal.empty()) return "there was no member to resume when the hold began";
  if (hold.seal == seal) return {};
  return "changed during hold: was " + hold.seal + ", is " +
         (seal.empty() ? std::string{"no member"} : std::string{seal});
}

}  // namespace sragent
