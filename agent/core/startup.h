#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/reason.h"
#include "core/types.h"

/// Does a server that starts move, and how long may it take? Judged by what it gets done, never by
/// a fixed time. Source: scenario S56 of docs/scenarios.md. Pure. Any thread.
namespace sragent {

/// What one look at a starting server showed.
struct StartSign {
  Instant at{};
  std::string stage{};                     ///< For people: "replays the journal". Empty: not known.
  std::optional<std::int64_t> position{};  ///< FE: the last replayed journal entry.
  std::optional<std::int64_t> target{};    ///< FE: the entry up to which it replays.
  /// FE: the block of its image that was loaded last, or the time up to which its metadata is.
  std::string mark{};
  /// Any growth of it moves. FE: size of its metadata files. BE, CN: of its log, where it cannot be
  /// seen what its process reads.
  std::uint64_t bytes = 0;
  /// BE, CN: the newest step that its log tells. Empty: not known.
  std::string step{};
  std::uint64_t read = 0;   ///< Bytes that its process has read: a MiB of them moves ...
  std::uint64_t reads = 0;  ///< ... or 2,000 calls for them, as of who opens many small files ...
  /// ... if they came within this time, of a process that reads a little by itself; no stall is
  /// shorter then. nullopt: whenever.
  std::optional<Millis> read_within{};
};

/// What is remembered of one start of the server.
struct StartProgress {
  std::optional<Instant> began{};  ///< nullopt: it was not started by this agent.
  std::optional<Instant> up{};     ///< Its first sign of life.
  Instant moved{};                 ///< When something was last seen to move; first the start.
  StartSign last{};
  std::uint64_t read_before = 0;   ///< What it had read when it was last seen to move ...
  std::uint64_t reads_before = 0;  ///< ... in so many calls ...
  Instant read_since{};            ///< ... or at this later look.
  Instant counted_since{};         ///< Begin of the span over which the rate is counted.
  double counted_from = 0;
  std::optional<double> rate{};  ///< Entries a second where `last` has a position, else bytes.
};

/// Forgets the start before; `now` is when the server was started.
void begin_start(StartProgress& progress, Instant now);
/// Adds a look; one that shows nothing new moves nothing. Looks come in order.
void add_sign(StartProgress& progress, StartSign sign);

/// What a verdict on a start rests on.
struct StartFacts {
  NodeKind kind = NodeKind::kFe;
  /// Why the server is not meant to serve; kNone: it is.
  Reason under_way = Reason::kNone;
  std::string under_way_detail{};
  bool server_running = false;
  std::string server_detail{};  ///< How it ended.
  StartProgress progress{};
  Millis stall_limit{300'000};  ///< So long nothing may move: kStalled from then on.
};

enum class StartState : std::uint8_t {
  kDown,     ///< No server is starting.
  kMoving,   ///< It starts and gets on.
  kStalled,  ///< Nothing has moved for the limit.
  kUp,
};

struct StartVerdict {
  StartState state = StartState::kDown;
  Reason reason = Reason::kNone;  ///< kNone only for kUp.
  std::string detail{};
  std::optional<Millis> eta{};  ///< Known where position, target and rate are.
};

[[nodiscard]] std::string_view to_string(StartState state);  ///< "down", "moving" ...

/// A server that runs is kUp from its first sign of life; before that it moves or stands still, or
/// is kDown where its begin was not seen. One that does not run is kDown.
[[nodiscard]] StartVerdict judge_start(const StartFacts& facts, Instant now);

}  // namespace sragent
