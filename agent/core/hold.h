#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/types.h"

/// A server that is kept down because somebody asked for it: who asked, for how long, and what may
/// start at the end (S71 of docs/scenarios.md). Pure. Any thread.
namespace sragent {

enum class HoldSource : std::uint8_t {
  kVerb,        ///< `sr-agent hold`.
  kAnnotation,  ///< Of the pod.
  kFile,        ///< policy.hold_file.
  kSetting,     ///< policy.hold.
  kCrashLoop,   ///< restart.crash_loop = "hold".
};
inline constexpr int kHoldSourceCount = 5;
[[nodiscard]] std::string_view to_string(HoldSource source);  ///< "annotation" ...
[[nodiscard]] std::optional<HoldSource> hold_source(std::string_view word);

/// Standing ones are asked for as long as they stand, and are taken back by going away.
[[nodiscard]] bool is_standing(HoldSource source);

struct HoldAsk {
  HoldSource source = HoldSource::kVerb;
  std::string author{};  ///< Empty: not said.
  std::string reason{};  ///< Empty: not said.
  Millis span{};         ///< On the agent's clock.
  bool force = false;    ///< Also where the other FEs need this one.
  /// Tells a standing wish from the one before it: what was answered counts anew once it changes.
  std::string mark{};
};

struct Hold {
  HoldAsk ask{};
  Instant began{};
  Instant ends{};
  /// The node's data as it was: a cluster and a place in it. Empty: nothing to resume from.
  std::string seal{};
  std::string stuck{};  ///< Its time is over, and why it goes on all the same; empty: it is not.
};

struct HoldMemory {
  std::optional<Hold> hold{};
  std::vector<std::string> answered{};  ///< Marks of standing wishes that do not count any more.
  /// Marks of wishes that were not carried out while this server runs; not kept over its end, when
  /// nothing is in their way any more.
  std::vector<std::string> refused{};
};

/// What stands now.
struct StandingAsks {
  std::vector<HoldAsk> asks{};
  /// Sources that cannot be read: they neither ask nor take anything back.
  std::vector<HoldSource> unknown{};
};

enum class HoldTurn : std::uint8_t {
  kNothing,
  kBegins,     ///< By unanswered(); also one that says something else than the present one.
  kWithdrawn,  ///< The standing wish is gone, as a person takes it back.
  kExpires,
};

/// The first of the standing wishes that counts; nullptr: none does.
[[nodiscard]] const HoldAsk* unanswered(const HoldMemory& memory, const StandingAsks& standing);

/// What is to happen now.
[[nodiscard]] HoldTurn hold_turn(const HoldMemory& memory,
                                 const StandingAsks& standing,
                                 Instant now);

/// A hold begins, or the present one gets another wish and its time.
[[nodiscard]] HoldMemory begin_hold(HoldMemory memory, HoldAsk ask, std::string seal, Instant now);

/// Who ends a hold.
enum class HoldEnd : std::uint8_t {
  kPerson,   ///< `resume`: every standing wish is answered until it says something else.
  kItself,   ///< Its time is over, or its wish is gone: another one counts all the same.
  kRefused,  ///< It was not carried out: its wish waits until the server has ended.
};
[[nodiscard]] HoldMemory end_hold(HoldMemory memory, const StandingAsks& standing, HoldEnd how);

/// Marks of wishes that no longer stand are forgotten.
[[nodiscard]] HoldMemory forget_gone(HoldMemory memory, const StandingAsks& standing);

/// Why a hold whose time is over goes on until a person ends it; empty: the server may be started.
/// `seal`: of the node's data now. `stranger`: a server that the agent did not start; empty: none.
/// A founding or a join at the end of a hold would be a decision that nobody looks at.
[[nodiscard]] std::string why_it_stays(const Hold& hold,
                                       std::string_view seal,
                                       std::string_view stranger);

}  // namespace sragent
