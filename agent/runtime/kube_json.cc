#include "runtime/kube_json.h"

#include <nlohmann/json.hpp>

#include "core/text.h"

namespace sragent {
namespace {

using Json = nlohmann::json;

tl::unexpected<Error> garbled(const char* what) {
  return tl::unexpected(Error{ErrorKind::kGarbled, std::string{"kubernetes: "} + what});
}

const Json& member(const Json& from, const char* key) {
  static const Json none{};
  if (!from.is_object()) return none;
  const auto it = from.find(key);
  return it == from.end() ? none : *it;
}

std::string text_of(const Json& from, const char* key) {
  const auto& value = member(from, key);
  return value.is_string() ? value.get<std::string>() : std::string{};
}

/// "k in (a,b)", "k notin (a,b)", "k", "!k"; empty: an operator that is not known.
std::string expression_text(const Json& expression) {
  auto key = text_of(expression, "key");
  const auto how = text_of(expression, "operator");
  std::string values;
  for (const auto& value : member(expression, "values"))
    if (value.is_string()) values += (values.empty() ? "" : ",") + value.get<std::string>();
  if (key.empty()) return {};
  if (how == "In") return key + " in (" + values + ")";
  if (how == "NotIn") return key + " notin (" + values + ")";
  if (how == "Exists") return key;
  return how == "DoesNotExist" ? "!" + key : std::string{};
}

}  // namespace

Result<std::string> selector_of_deployment(std::string_view body) {
  const auto json = Json::parse(body, nullptr, false);
  const auto& selector = member(member(json, "spec"), "selector");
  if (!selector.is_object()) return garbled("a Deployment without spec.selector");
  std::string out;
  const auto add = [&out](const std::string& part) { out += (out.empty() ? "" : ",") + part; };
  const auto& labels = member(selector, "matchLabels");
  if (labels.is_object()) {
    for (const auto& [key, value] : labels.items()) {
      if (!value.is_string()) return garbled("a label that is no text");
      add(key + "=" + value.get<std::string>());
    }
  }
  for (const auto& expression : member(selector, "matchExpressions")) {
    const auto text = expression_text(expression);
    if (text.empty()) return garbled("a selector with an unknown operator");
    add(text);
  }
  if (out.empty()) return garbled("a Deployment whose selector is empty");
  return percent_encoded(out);
}

Result<PodPage> parse_pods(std::string_view body) {
  const auto json = Json::parse(body, nullptr, false);
  const auto& items = member(json, "items");
  if (!items.is_array()) return garbled("a list of pods without items");
  PodPage out;
  out.complete = text_of(member(json, "metadata"), "continue").empty();
  for (const auto& pod : items) {
    const auto& status = member(pod, "status");
    const auto phase = text_of(status, "phase");
    if (phase == "Succeeded" || phase == "Failed") continue;
    ++out.living;
    if (const auto ip = text_of(status, "podIP"); !ip.empty()) out.addresses.insert(ip);
    for (const auto& one : member(status, "podIPs"))
      if (const auto ip = text_of(one, "ip"); !ip.empty()) out.addresses.insert(ip);
  }
  return out;
}

}  // namespace sragent
