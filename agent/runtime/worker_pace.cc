#include "runtime/worker_pace.h"

#include <algorithm>

#include "core/backoff.h"
#include "runtime/worker_names.h"

namespace sragent {
namespace {

/// Connects go on at the slow pace after this.
constexpr Millis kQuickFor{120'000};
constexpr double kMillisPerNode = 50.0;  // N/20 s
constexpr std::size_t kMostNodes = 600;
/// Doublings of membership.backoff_min: 2 s by default.
constexpr int kElectionStep = 3;

}  // namespace

Millis login_delay(std::size_t set_size, std::string_view pod) {
  const auto nodes = static_cast<double>(std::clamp<std::size_t>(set_size, 1, kMostNodes));
  return Millis{static_cast<std::int64_t>(nodes * kMillisPerNode * pod_fraction(pod, "login"))};
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
  next_read_ = std::max(not_before_, begins ? now + login_delay(set_size, pod_) : now);
}

void WorkerPace::seek(Instant now) {
  if (!seeking_) seeking_since_ = now;
  seeking_ = true;
  settled_ = false;
  next_read_.reset();
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
  not_before_ += login_delay(set_size, pod_);
  next_connect_ = not_before_;
}

void WorkerPace::look_again(Millis pause, Instant now) {
  seeking_ = false;
  settled_ = false;
  accepts_ = false;
  failures_ = 0;
  not_before_ = Instant{};
  next_read_ = now + pause;
}

void WorkerPace::settled(Instant now) {
  const bool first = !settled_;
  Millis pause = config_.check_interval;
  if (first)  // the phase of this pod
    pause += Millis{static_cast<std::int64_t>(static_cast<double>(pause.count()) *
                                              pod_fraction(pod_, "check"))};
  look_again(pause, now);
  settled_ = true;
}

void WorkerPace::at_once(Instant now) {
  not_before_ = now;
  failures_ = 0;
  next_connect_ = now;
  if (!seeking_) next_read_ = now;
}

}  // namespace sragent
