#include "runtime/worker_pace.h"

#include <algorithm>

#include "core/backoff.h"
#include "core/peer.h"
#include "runtime/worker_names.h"

namespace sragent {
namespace {

/// Connects go on at the slow pace after this.
constexpr Millis kQuickFor{120'000};
/// A node costs its FE up to 5 statements in its first minute, and 20 a second are the limit.
constexpr std::int64_t kMillisPerTurn = 300;
constexpr std::size_t kMostNodes = 300;
/// Doublings of membership.backoff_min: 2 s by default.
constexpr int kElectionStep = 3;

}  // namespace

Millis login_wait(std::size_t set_size, std::string_view pod, Millis wall) {
  const auto nodes = static_cast<std::int64_t>(std::clamp<std::size_t>(set_size, 1, kMostNodes));
  if (nodes == 1) return Millis{0};
  const auto window = nodes * kMillisPerTurn;
  const int ordinal = ordinal_of(pod);
  const auto set = pod.substr(0, pod.rfind('-'));
  const auto turn = ordinal < 0 ? static_cast<double>(window) * pod_fraction(pod, "login")
                                : static_cast<double>(ordinal * kMillisPerTurn) +
                                      static_cast<double>(window) * pod_fraction(set, "login");
  const auto ahead = static_cast<std::int64_t>(turn) - wall.count() % window;
  return Millis{((ahead % window) + window) % window};
}

WorkerPace::WorkerPace(const MembershipConfig& config, std::string pod)
    : config_(config), pod_(std::move(pod)) {}

bool WorkerPace::connect_due(Instant now) const {
  return seeking_ && !next_read_ && now >= next_connect_;
}

bool WorkerPace::read_due(Instant now) const {
  return next_read_ && now >= *next_read_;
}

std::optional<Instant> WorkerPace::next() const {
  if (next_read_) return next_read_;
  if (seeking_) return next_connect_;
  return std::nullopt;
}

void WorkerPace::connected(bool any_accepts, std::size_t set_size, Instant began, Instant now) {
  if (!seeking_) return;
  if (!seeking_since_) seeking_since_ = began;
  const bool slow = now - *seeking_since_ >= kQuickFor;
  next_connect_ = began + (slow ? config_.slow_connect_probe : config_.connect_probe);
  const bool begins = any_accepts && !accepts_;
  accepts_ = any_accepts;
  if (!any_accepts || next_read_) return;
  const auto earliest = std::max(not_before_, now);
  next_read_ = begins ? turn_after(earliest, set_size) : earliest;
  turn_ahead_ = begins;
}

void WorkerPace::resized(std::size_t set_size, Instant now) {
  if (!turn_ahead_ || !next_read_ || now >= *next_read_) return;
  next_read_ = turn_after(std::max(not_before_, now), set_size);
}

Instant WorkerPace::turn_after(Instant at, std::size_t set_size) const {
  return at + login_wait(set_size, pod_, at + to_wall_);
}

void WorkerPace::seek(Instant now) {
  if (!seeking_) seeking_since_ = now;
  seeking_ = true;
  settled_ = false;
  next_read_.reset();
  turn_ahead_ = false;
}

void WorkerPace::unreachable(bool mute, Instant now) {
  seek(now);
  accepts_ = false;
  next_connect_ = now + config_.connect_probe;
  not_before_ = mute ? now + config_.slow_connect_probe : now;
}

Millis WorkerPace::backoff(int first_step) const {
  const Backoff bounds{config_.backoff_min, config_.backoff_max};
  return backoff_pause(bounds, std::max(failures_, first_step), pod_fraction(pod_, "backoff"));
}

void WorkerPace::back_off(int first_step, Instant now) {
  seek(now);
  not_before_ = now + backoff(first_step);
  ++failures_;
  next_connect_ = not_before_;
}

void WorkerPace::refused(Instant now) {
  back_off(0, now);
}

void WorkerPace::leaderless(std::size_t set_size, Instant now) {
  back_off(kElectionStep, now);
  not_before_ = turn_after(not_before_, set_size);
  next_connect_ = not_before_;
}

void WorkerPace::look_again(Millis pause, Instant now) {
  seeking_ = false;
  settled_ = false;
  accepts_ = false;
  failures_ = 0;
  not_before_ = Instant{};
  next_read_ = now + pause;
  turn_ahead_ = false;
}

void WorkerPace::settled(Instant now) {
  const bool first = !settled_;
  Millis pause = config_.check_interval;
  if (first) {  // the phase of this pod
    pause += Millis{static_cast<std::int64_t>(static_cast<double>(pause.count()) *
                                              pod_fraction(pod_, "check"))};
  }
  look_again(pause, now);
  settled_ = true;
}

void WorkerPace::at_once(Instant now) {
  not_before_ = now;
  failures_ = 0;
  next_connect_ = now;
  turn_ahead_ = false;
  if (!seeking_ || next_read_) next_read_ = now;
}

}  // namespace sragent
