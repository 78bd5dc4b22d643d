#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/observation_json.h"
#include "runtime/status.h"

/// A start case taken apart for people: what was seen, and which rows were tried. Pure.
namespace sragent {

/// Every fact that the decision could look at, the unknown ones too, with source and instant.
[[nodiscard]] std::vector<FactLine> start_facts(const StartCase& value);

enum class RuleVerdict : std::uint8_t { kNo, kYes, kNotTried };
[[nodiscard]] std::string_view to_string(RuleVerdict verdict);  ///< "no", "yes", "not tried".

struct RuleLine {
  std::string_view name{};
  std::string_view guard{};
  RuleVerdict verdict = RuleVerdict::kNotTried;
};
/// All rows in their order. The first match wins, so those before `matched` were tried in vain and
/// those behind it were not tried.
[[nodiscard]] std::vector<RuleLine> rule_lines(std::string_view matched);

/// For NodeStatus::rules_tried: "13 two cluster ids in sight: no", up to the one that matched.
[[nodiscard]] std::vector<std::string> rules_tried(std::string_view matched);

/// What the decision would do, with its object: "Join (add) by fe-0.search.ns:9010 of cluster 7".
[[nodiscard]] std::string action_text(const StartAction& action);

/// "4.2 s ago", "3 h ago"; "never" for nullopt.
[[nodiscard]] std::string age_text(const std::optional<Instant>& at, Instant now);

/// 16 hex digits that change when what was seen changes; ages and heartbeats are left out.
[[nodiscard]] std::string observation_digest(const StartObservation& seen);

}  // namespace sragent
