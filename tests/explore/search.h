#pragma once

#include <array>
#include <map>
#include <string>

#include "world.h"

namespace sragent::explore {

/// What a walk found.
struct Report {
  std::string config{};
  std::uint64_t states = 0;       ///< Distinct canonical states.
  std::uint64_t transitions = 0;  ///< Steps that led to another state, fault steps included.
  std::uint64_t limit1 = 0;       ///< Violating steps behind the first known limit.
  std::uint64_t limit2 = 0;
  std::uint64_t rests = 0;  ///< States that the fair continuation ends in.
  int depth = 0;            ///< Steps of the longest shortest trace.
  double seconds = 0;       ///< Processor time of the walking thread.
  bool complete = true;     ///< False: the state limit was reached.
  Violation violation = Violation::kNone;
  std::vector<Step> trace{};         ///< Leads to the violation.
  std::vector<Step> continuation{};  ///< kStuck: the fair continuation behind the trace.
  std::string limit1_story{};        ///< Shortest trace of each limit, as a story.
  std::string limit2_story{};
};

/// Walks the world: states by number of faults spent, then breadth-first, so that a trace has the
/// fewest faults and among those the fewest steps. Stops at the first violation that no known
/// limit explains; then proves progress by following the fair continuation of every state.
[[nodiscard]] Report explore(const World& world);

/// The trace as one line a step, with the core's word where an agent decided.
[[nodiscard]] std::string story(const World& world, const std::vector<Step>& trace);

}  // namespace sragent::explore
