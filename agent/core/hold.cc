#include "core/hold.h"

#include <algorithm>
#include <array>

namespace sragent {
namespace {

constexpr std::array<std::string_view, kHoldSourceCount> kWords{
    "verb", "annotation", "file", "setting", "crash_loop"};

bool answered(const HoldMemory& memory, const HoldAsk& ask) {
  return std::ranges::find(memory.answered, ask.mark) != memory.answered.end();
}

bool stands(HoldSource source, const std::vector<HoldAsk>& asks) {
  return std::ranges::any_of(asks, [&](const HoldAsk& ask) { return ask.source == source; });
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

const HoldAsk* unanswered(const HoldMemory& memory, const std::vector<HoldAsk>& asks) {
  for (const auto& ask : asks)
    if (!answered(memory, ask)) return &ask;
  return nullptr;
}

HoldTurn hold_turn(const HoldMemory& memory, const std::vector<HoldAsk>& asks, Instant now) {
  const auto* const ask = unanswered(memory, asks);
  if (!memory.hold) return ask == nullptr ? HoldTurn::kNothing : HoldTurn::kBegins;
  const auto& hold = *memory.hold;
  const auto source = hold.ask.source;
  if (is_standing(source)) {
    if (!stands(source, asks)) return HoldTurn::kWithdrawn;
    const bool same =
        std::ranges::any_of(asks, [&](const HoldAsk& one) { return one.mark == hold.ask.mark; });
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

HoldMemory end_hold(HoldMemory memory, const std::vector<HoldAsk>& asks) {
  memory.hold.reset();
  memory.answered.clear();
  for (const auto& ask : asks)
    memory.answered.push_back(ask.mark);
  return memory;
}

HoldMemory forget_gone(HoldMemory memory, const std::vector<HoldAsk>& asks) {
  std::erase_if(memory.answered, [&](const std::string& mark) {
    return std::ranges::none_of(asks, [&](const HoldAsk& ask) { return ask.mark == mark; });
  });
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
