#pragma once

#include <string>

#include "world.h"

namespace sragent::simulate {

/// Runs a plan from its beginning.
[[nodiscard]] Outcome run_plan(const Plan& plan, bool keep_story = false);

/// A smaller plan that breaks the same invariant: faults, then nodes, then time are taken away
/// while it still does. `tries` runs at most.
[[nodiscard]] Plan shrink(const Plan& plan, Broken broken, int tries = 200);

/// The run of a broken plan for people: world, faults, what the nodes did, what broke.
[[nodiscard]] std::string story(const Plan& plan);

}  // namespace sragent::simulate
