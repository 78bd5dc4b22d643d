#pragma once

#include <set>
#include <string>
#include <string_view>

#include "core/dead_nodes.h"
#include "core/result.h"

/// Answers of the Kubernetes API as far as the helper `offline` needs them. Pure; kGarbled: not
/// such an answer.
namespace sragent {

/// spec.selector of a Deployment, as the value of ?labelSelector=, percent-encoded.
[[nodiscard]] Result<std::string> selector_of_deployment(std::string_view body);

/// One page of a list of pods.
struct PodPage {
  bool complete = false;
  int living = 0;                     ///< Neither Succeeded nor Failed.
  std::set<std::string> addresses{};  ///< Of those.
};
[[nodiscard]] Result<PodPage> parse_pods(std::string_view body);

}  // namespace sragent
