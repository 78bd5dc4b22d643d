#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/types.h"

/// Rows of pods that no longer exist. Which node tells of them, which rows they are and which one
/// may be dropped next. A member that is dropped wrongly is lost, so in doubt there is none.
/// Source: scenario S42 of docs/scenarios.md. Pure. Any thread.
namespace sragent {

/// Between two readings.
inline constexpr Millis kGhostPace{300'000};
/// A row is a ghost once it was dead and without a name for so long.
inline constexpr Millis kGhostAfter{600'000};
/// Of two readings that are further apart the second begins anew: nobody looked in between.
inline constexpr Millis kGhostGap{1'800'000};

/// One row of the list of the own kind.
struct ListedNode {
  std::string host{};  ///< As stored.
  std::uint16_t port = 0;
  bool alive = false;
  std::string mark{};  ///< Its id and when it was heard of, as text: another one is another life.
  /// Since its last heartbeat by the leader's own clock; nullopt: not told, or it never sent one.
  std::optional<Millis> silent_for{};
};

/// The node that looks.
struct GhostSelf {
  NodeKind kind = NodeKind::kCn;
  std::string host{};
  std::uint16_t port = 0;
  bool leads = false;  ///< FE: the server beside it leads.
  bool drops = false;  ///< The policy asks for it; only rows of CNs are dropped ever.
};

/// By host, asked as an absolute name: kYes it has addresses (the own one: the own address among
/// them), kNo the name servers say that it has none. Not asked is kUnknown.
using NameAnswers = std::map<std::string, Tri, std::less<>>;

/// Unbroken readings of one row as dead and without a name.
struct GhostSpan {
  Instant since{};
  std::string mark{};
};

struct GhostMemory {
  std::optional<Instant> read_at{};          ///< The last reading.
  std::map<std::string, GhostSpan> spans{};  ///< Key host_port().
};

struct Ghost {
  std::size_t row = 0;  ///< Index in the list.
  Instant since{};
};

struct GhostVerdict {
  std::string unknown{};              ///< Why the reading proves nothing; empty: it tells all.
  std::vector<Ghost> ghosts{};        ///< Highest ordinal first.
  std::optional<std::size_t> drop{};  ///< Index of the row that may be dropped now.
};

struct GhostOutcome {
  GhostVerdict verdict{};
  GhostMemory memory{};
};

/// `host` is named as `mine` but for a lower ordinal.
[[nodiscard]] bool lower_sibling(std::string_view host, const std::string& mine);

/// Names to ask for a reading: the own one first, then those of all rows of the own pattern (the
/// same name but for the ordinal). Empty: no such row is dead. nullopt: another node tells, or none
/// can: of BEs and CNs the lowest living one does, of FEs the leader, and a node that is listed by
/// its address has no pattern.
[[nodiscard]] std::optional<std::vector<std::string>> ghost_names(
    const GhostSelf& me, const std::vector<ListedNode>& rows);

/// One reading. A span goes on only while the row keeps its mark, stays dead, and its name is said
/// to be absent; silence of the name servers ends it. Their word counts only while they give the
/// own address for the own name and know the name of each living row: else all spans end.
///
/// A row may be dropped if it is a ghost and the highest ordinal that is listed, since a
/// StatefulSet takes its pods away from there; a lower one is a pod that is still to come.
[[nodiscard]] GhostOutcome judge_ghosts(const GhostSelf& me,
                                        const std::vector<ListedNode>& rows,
                                        const NameAnswers& names,
                                        const GhostMemory& memory,
                                        Instant now);

}  // namespace sragent
