#pragma once

#include <mutex>
#include <optional>

#include "core/peer.h"

namespace sragent {

/// What main knows of the own node.
struct IdentityFacts {
  MetaState meta{};
  std::optional<std::vector<std::string>> members{};
  std::vector<ClusterId> remembers{};
  std::string since{};  ///< UTC, of the first of `remembers`; empty: not known.
  std::string leader_seen{};
  std::optional<LeaveClaim> claim{};
};

/// What this node tells its peers, and the one promise that it may have given. The HTTP thread
/// answers from it, main keeps it true; consent and an own step exclude each other here. Any
/// thread.
class IdentityBook {
 public:
  IdentityBook(Self self, NodeKind kind);

  /// Facts that the answers are made of; grant and under_way stay.
  void update(IdentityFacts facts);

  [[nodiscard]] Identity answer(const PeerQuestion& question, Instant now);

  /// The promise, for the decision.
  [[nodiscard]] std::optional<Grant> grant() const;

  /// Begins a founding or a join of its own; false while a promise is alive. From then on nothing
  /// is promised until end_step().
  [[nodiscard]] bool begin_step(Instant now);
  void end_step();

 private:
  mutable std::mutex mutex_{};
  Answerer state_{};
  std::string since_{};
  std::optional<LeaveClaim> claim_{};
  NodeKind kind_;
};

}  // namespace sragent
