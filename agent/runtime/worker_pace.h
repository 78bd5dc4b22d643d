#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "config/config.h"
#include "core/types.h"

namespace sragent {

/// When a BE or CN tries, logs in and looks again (S24, S32). Times only: no I/O and no clock;
/// spread by pod name, so that many nodes do not act at once and one node always acts alike.
///
/// While its row is not seen, the ports of the FEs are tried by bare connects; the first that
/// accepts lets it log in, at its turn of the set. Only refusals of a server lengthen the pause
/// before the next login. Main thread.
class WorkerPace {
 public:
  WorkerPace(const MembershipConfig& config, std::string pod);

  /// Settings may change at run time, and so may the distance from the time of decisions to the
  /// wall clock by which the nodes of a set take turns.
  void set(const MembershipConfig& config, Millis to_wall) {
    config_ = config;
    to_wall_ = to_wall;
  }

  /// Try the ports now?
  [[nodiscard]] bool connect_due(Instant now) const;
  /// Log in and read now?
  [[nodiscard]] bool read_due(Instant now) const;
  /// When one of the two is due next; nullopt: something else has to happen first.
  [[nodiscard]] std::optional<Instant> next() const;

  /// A round of connects that began at `began` is over. `set_size`: addresses of the own headless
  /// set, 1 if unknown.
  void connected(bool any_accepts, std::size_t set_size, Instant began, Instant now);
  /// The set has another size now: a turn that is still to come is taken anew, so that all nodes
  /// count by the same size.
  void resized(std::size_t set_size, Instant now);
  /// No FE let us speak. `mute`: one accepted and then said nothing, as a mesh proxy does.
  void unreachable(bool mute, Instant now);
  /// A login was refused or a statement failed.
  void refused(Instant now);
  /// Likewise, since nobody leads: an election takes seconds, so the pause begins with some; and
  /// all nodes of the set wait for the same leader, so they take turns as for the first login.
  void leaderless(std::size_t set_size, Instant now);
  /// The list was read. Look again after `pause`.
  void look_again(Millis pause, Instant now);
  /// The row is there and alive: one look a check interval.
  void settled(Instant now);
  /// A person asked: at once.
  void at_once(Instant now);

  /// No FE has answered since the last failure.
  [[nodiscard]] bool seeking() const { return seeking_; }
  [[nodiscard]] bool is_settled() const { return settled_; }
  /// Failures in a row of logins and statements.
  [[nodiscard]] int failures() const { return failures_; }

 private:
  [[nodiscard]] Millis backoff(int first_step) const;
  [[nodiscard]] Instant turn_after(Instant at, std::size_t set_size) const;
  void back_off(int first_step, Instant now);
  void seek(Instant now);

  MembershipConfig config_;
  std::string pod_;
  Millis to_wall_{};
  bool seeking_ = true;
  bool accepts_ = false;  ///< In the last round of connects.
  bool settled_ = false;
  std::optional<Instant> seeking_since_{};  ///< The first round sets it.
  Instant next_connect_{};
  Instant not_before_{};  ///< No login before this.
  std::optional<Instant> next_read_{};
  bool turn_ahead_ = false;  ///< next_read_ is a turn.
  int failures_ = 0;
};

/// How long this pod waits at `wall` (since 1970) until it is its turn to log in. The pods of a set
/// of N (cut at 300) have turns of 0.3 s by ordinal, one after the other and round again: with 300
/// nodes one FE then sees fewer than 20 statements a second (S32). A pod alone never waits.
[[nodiscard]] Millis login_wait(std::size_t set_size, std::string_view pod, Millis wall);

}  // namespace sragent
