#pragma once

#include <atomic>
#include <cstdint>

/// What a test does to the system calls of one agent while it runs (stepped_agent_preload.cc). Both
/// map the same file.
namespace podlab {

struct AgentSteps {
  std::atomic<std::int64_t> wall_s{0};  ///< Added to the wall clock; the steady one is as it is.
  /// A bit for each signal that does not arrive when the agent sends it.
  std::atomic<std::uint64_t> spares{0};
};

[[nodiscard]] constexpr std::uint64_t spared(int signal) {
  return std::uint64_t{1} << static_cast<unsigned>(signal);
}

/// Name of the environment variable with the path of the file.
inline constexpr const char* kStepsVariable = "SRAGENT_TEST_STEPS";

}  // namespace podlab
