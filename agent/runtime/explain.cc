#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "io/clock.h"
#include "runtime/observation_json.h"
#include "runtime/start_facts.h"

/// The start decision for people and for `explain -o json`.
namespace sragent {
namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

StartDecision decision_of(const StartCase& value) {
  return decide_start(value.me, value.policy, value.seen, value.memory, value.now).decision;
}

/// An undecided node asks for what would change it, a decided one for why.
std::string_view detail_name(const StartDecision& decision) {
  const bool open = std::holds_alternative<Wait>(decision.action) ||
                    std::holds_alternative<Refuse>(decision.action);
  return open ? "until" : "because";
}

std::string fact_age(const FactLine& fact, Instant now) {
  return fact.at ? age_text(fact.at, now) : std::string{"in this look"};
}

std::string fact_line(const FactLine& fact, Instant now) {
  return fmt::format("  {:<28}  {}  [{}, {}]\n",
                     fact.name,
                     fact.value.empty() ? "unknown: " + fact.why : fact.value,
                     fact.source,
                     fact_age(fact, now));
}

std::string policy_text(const StartPolicy& policy) {
  return fmt::format("bootstrap {}, count {}{}{}",
                     to_string(policy.bootstrap),
                     policy.count == 0 ? "unknown" : std::to_string(policy.count),
                     policy.role_told ? ", role told" : "",
                     policy.hold ? ", hold asked" : "");
}

Json facts_json(const StartCase& value) {
  auto out = Json::array();
  for (const auto& fact : start_facts(value)) {
    const bool known = !fact.value.empty();
    out.push_back({{"name", fact.name},
                   {"value", known ? Json(fact.value) : Json(nullptr)},
                   {"why_unknown", known ? Json(nullptr) : Json(fact.why)},
                   {"source", fact.source},
                   {"age_ms", fact.at ? Json((value.now - *fact.at).count()) : Json(nullptr)}});
  }
  return out;
}

Json rules_json(std::string_view matched) {
  auto out = Json::array();
  for (const auto& rule : rule_lines(matched)) {
    out.push_back(
        {{"rule", rule.name}, {"guard", rule.guard}, {"matched", to_string(rule.verdict)}});
  }
  return out;
}

}  // namespace

std::string explain_text(const StartCase& value, std::string_view facts) {
  const auto decision = decision_of(value);
  std::string out;
  const auto add = [&out](std::string_view name, std::string_view text) {
    if (!text.empty()) out += fmt::format("{:<10}{}\n", name, text);
  };
  add("decision", fmt::format("{}, row {}", action_text(decision.action), decision.rule));
  if (decision.reason != Reason::kNone)
    add("reason", fmt::format("{}: {}", to_string(decision.reason), explain(decision.reason)));
  add(detail_name(decision), decision.detail);
  add("node",
      fmt::format("{} at {}, session {}", value.me.host, value.me.address, value.me.session));
  add("policy", policy_text(value.policy));
  out += "\nRows, the first that holds decides:\n";
  for (const auto& rule : rule_lines(decision.rule))
    out += fmt::format("  {:>3}  {:<9}  {}\n", rule.name, to_string(rule.verdict), rule.guard);
  out += fmt::format("\n{}:\n", facts);
  for (const auto& fact : start_facts(value))
    out += fact_line(fact, value.now);
  return out;
}

std::string explain_json(const StartCase& value) {
  const auto decision = decision_of(value);
  const Json out{{"decision", action_text(decision.action)},
                 {"action", action_name(decision.action)},
                 {"rule", decision.rule},
                 {"reason", to_string(decision.reason)},
                 {"meaning", explain(decision.reason)},
                 {"detail", decision.detail},
                 {"host", value.me.host},
                 {"rules", rules_json(decision.rule)},
                 {"facts", facts_json(value)},
                 {"explain_input", Json::parse(to_json(value))}};
  return dumped(out, 2) + "\n";
}

}  // namespace sragent
