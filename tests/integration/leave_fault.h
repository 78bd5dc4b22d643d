#pragma once

#include <array>
#include <string>

/// What goes wrong while a node leaves.
namespace podlab {

enum class Fault {
  kAgentKilled,   ///< SIGKILL: the kernel ends the container with it, the kubelet starts another.
  kServerKilled,  ///< SIGKILL to the server alone.
  kLeaderLost,    ///< The FE leader.
  kAllFesLost,
  kPasswordChanged,  ///< At the FEs; the leaver's file follows later.
  kClockOn,          ///< The wall clock is set an hour on.
  kClockBack,        ///< ... or back.
};
inline constexpr int kFaultCount = 7;
inline constexpr std::array<const char*, kFaultCount> kFaultWords{"agent_killed",
                                                                  "server_killed",
                                                                  "leader_lost",
                                                                  "all_fes_lost",
                                                                  "password_changed",
                                                                  "clock_an_hour_on",
                                                                  "clock_an_hour_back"};
[[nodiscard]] inline std::string word(Fault fault) {
  return kFaultWords.at(static_cast<std::size_t>(fault));
}
/// Whether it is away with this fault, where FE 0 leads.
[[nodiscard]] inline bool loses_fe(Fault fault, int ordinal) {
  return fault == Fault::kAllFesLost || (fault == Fault::kLeaderLost && ordinal == 0);
}
/// Seconds by which the wall clock is set; 0: this is another fault.
[[nodiscard]] inline int clock_step_s(Fault fault) {
  constexpr int kHour = 3'600;
  return fault == Fault::kClockOn ? kHour : fault == Fault::kClockBack ? -kHour : 0;
}

}  // namespace podlab
