#pragma once

#include "world.h"

/// For the adapters of this folder: whose code is running.
namespace sragent::simulate {

/// The agent that makes this call: servers and the world call no adapter.
[[nodiscard]] inline Agent& here() {
  return static_cast<Agent&>(*Kernel::current().owner());
}

/// Steady time of the simulation, for Deadline.
[[nodiscard]] inline std::chrono::steady_clock::time_point moment_of(Ms at) {
  return std::chrono::steady_clock::time_point{std::chrono::milliseconds{at}};
}
[[nodiscard]] inline Ms left(const Deadline& until) {
  return until.remaining().count();
}

/// Simulated clocks begin here, so that "long ago" fits before them.
inline constexpr Ms kBoot = 1'000'000;

/// A connect as the network lets it happen; takes its time.
enum class Reached : std::uint8_t { kOpen, kRefused, kSilent };
struct Contact {
  Reached how = Reached::kSilent;
  Pod* pod = nullptr;  ///< kOpen, kRefused.
};
[[nodiscard]] Contact contact(const std::string& address, std::uint16_t port, Deadline until);
/// One way over the network; false: the message is lost.
[[nodiscard]] bool travel(const Pod& from, const Pod& to);

}  // namespace sragent::simulate
