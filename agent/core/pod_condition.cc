#include "core/pod_condition.h"

#include <algorithm>
#include <array>

#include "core/backoff.h"

namespace sragent {
namespace {

constexpr Backoff kFailed{Millis{1'000}, Millis{60'000}};
constexpr Backoff kRefused{Millis{5'000}, Millis{300'000}};
constexpr std::size_t kMaxMessage = 1'024;

bool same(const PodCondition& a, const PodCondition& b) {
  return a.serving == b.serving && a.reason == b.reason;
}

/// RFC 8259 section 7; bytes above 0x7F are passed on as they are.
std::string json_text(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += '\\';
    if (byte < 0x20) {
      out += "\\u00";
      out += kHex.at(byte >> 4U);
      out += kHex.at(byte & 0x0FU);
    } else {
      out += c;
    }
  }
  return out + '"';
}

/// Whole characters only.
std::string_view cut(std::string_view text) {
  if (text.size() <= kMaxMessage) return text;
  auto end = kMaxMessage;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;
  return text.substr(0, end);
}

}  // namespace

std::optional<PodCondition> condition_to_write(const ConditionState& state,
                                               const PodCondition& wanted,
                                               Instant now) {
  if (state.sent || now < state.next) return std::nullopt;
  if (!state.written && !wanted.serving) return wanted;
  if (!state.written)
    return PodCondition{false, Reason::kStarting, "the agent has just started", wanted.since};
  if (same(*state.written, wanted)) return std::nullopt;
  auto out = wanted;
  if (out.serving == state.written->serving) out.since = state.written->since;
  return out;
}

ConditionState condition_sent(ConditionState state, PodCondition sent) {
  state.sent = std::move(sent);
  return state;
}

ConditionState condition_ended(ConditionState state, ConditionWrite how, Instant now) {
  if (how == ConditionWrite::kDone) {
    state.written = std::move(state.sent);
    state.failures = 0;
    state.next = now;
  } else {
    const auto& pace = how == ConditionWrite::kRefused ? kRefused : kFailed;
    state.next = now + backoff_pause(pace, state.failures++, 1.0);
  }
  state.sent.reset();
  return state;
}

std::string condition_patch(const PodCondition& condition) {
  const auto reason = condition.serving ? "serving" : std::string{to_string(condition.reason)};
  return R"({"status":{"conditions":[{"type":)" + json_text(kServingCondition) + R"(,"status":)" +
         (condition.serving ? R"("True")" : R"("False")") + R"(,"reason":)" + json_text(reason) +
         R"(,"message":)" + json_text(cut(condition.message)) + R"(,"lastTransitionTime":)" +
         json_text(condition.since) + "}]}}";
}

}  // namespace sragent
