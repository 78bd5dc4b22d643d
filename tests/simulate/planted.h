#pragma once

#include <span>
#include <string_view>

#include "world.h"

/// Wrong rules, put between the agent's loop and its core at link time. Each must be noticed by an
/// invariant; one that is not shows that the simulation is blind there.
namespace sragent::simulate {

struct PlantedRule {
  std::string_view name{};
  std::string_view wrong{};  ///< The wrong rule in words.
  Broken caught_as{};
  void (*world)(Plan&, Rng&) = nullptr;  ///< Makes the plan of a seed one that may show it.
};

[[nodiscard]] std::span<const PlantedRule> planted_rules();

/// From now on this rule is wrong in every agent of the process; an empty name: none is. False:
/// there is no such rule.
bool plant(std::string_view name);

/// This rule is the planted one.
[[nodiscard]] bool planted(std::string_view name);
[[nodiscard]] bool any_planted();

}  // namespace sragent::simulate
