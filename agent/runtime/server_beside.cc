#include "runtime/server_beside.h"

#include <algorithm>
#include <utility>

#include "core/text.h"
#include "core/words.h"
#include "io/clock.h"
#include "io/files.h"
#include "io/listeners.h"
#include "io/process.h"
#include "io/supervise.h"
#include "runtime/log.h"
#include "runtime/server_search.h"

namespace sragent {
namespace {

/// `run-server` asks ten times a second; nobody who was silent for so long still waits.
constexpr std::chrono::milliseconds kAskLasts{1'000};
constexpr std::chrono::milliseconds kOrderLasts{2'000};

constexpr std::size_t kTimeBytes = 64;

}  // namespace

std::string server_lock_path(std::string_view runtime_dir) {
  return std::string{runtime_dir} + "/server.lock";
}
std::string server_began_path(std::string_view runtime_dir) {
  return std::string{runtime_dir} + "/server.began";
}

ServerBeside::Change ServerBeside::look() {
  const bool before = running_;
  const auto pid_before = pid_;
  if (pid_ == 0 || !still_there()) find();
  if (before && !running_) return Change::kWent;
  const bool other = before && pid_before != 0 && pid_ != 0 && pid_ != pid_before;
  return running_ && (!before || other) ? Change::kCame : Change::kNone;
}

bool ServerBeside::still_there() const {
  const auto info = process_info(pid_);
  return info && info->state != 'Z' && info->start_ticks == start_ticks_;
}

/// A process counts only if it is of this pod: with the node's PID namespace all of them are seen.
/// While `run-server` waits nothing of its own runs, and whoever else listens is in its way.
void ServerBeside::find() {
  const auto found = search_server(marks_.kind, marks_.home, marks_.pid_file, 0);
  if (found && shares_network(found->pid) == true) {
    running_ = true;
    pid_ = found->pid;
    start_ticks_ = found->start_ticks;
    command_line_ = joined(found->argv, " ");
    return;
  }
  pid_ = 0;
  command_line_.clear();
  running_ = !waits() && (began() || listens(marks_.address, marks_.ports));
  if (!running_) none_since_ = Steady::now();
}

/// When `run-server` became the server that holds its lock on.
std::optional<std::int64_t> ServerBeside::began() const {
  if (!is_locked(server_lock_path(marks_.runtime_dir))) return std::nullopt;
  const auto text = read_file(server_began_path(marks_.runtime_dir), kTimeBytes);
  return text ? whole_number<std::int64_t>(*text) : std::nullopt;
}

std::chrono::milliseconds ServerBeside::up_for() const {
  std::vector<std::chrono::milliseconds> known;
  const auto info = pid_ == 0 ? Result<ProcessInfo>{tl::unexpected(Error{})} : process_info(pid_);
  if (info) known.push_back(age_of(*info));
  if (const auto at = began())
    known.emplace_back(std::max<std::int64_t>(0, Clock::unix_ms() - *at));
  if (none_since_) {
    known.push_back(
        std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - *none_since_));
  }
  return known.empty() ? std::chrono::milliseconds{0} : std::ranges::min(known);
}

void ServerBeside::signal(int number) const {
  if (pid_ == 0 || !still_there()) return;
  if (const auto sent = kill_process(pid_, number); !sent)
    log_warn("server_not_signalled", {{"error", sent.error().what}});
}

std::optional<std::vector<std::string>> ServerBeside::ask(Instant now,
                                                          std::string_view pid_namespace,
                                                          pid_t pid) {
  shares_processes_ = !pid_namespace.empty() && pid_namespace == sragent::pid_namespace() &&
                      shares_network(pid) == true && kill_process(pid, 0).has_value();
  const auto order = std::exchange(order_, std::nullopt);
  const bool good =
      order && Steady::now() - order->made < kOrderLasts && (!order->until || now < *order->until);
  if (!good) {
    asked_ = Steady::now();
    return std::nullopt;
  }
  asked_.reset();
  return order->words;
}

bool ServerBeside::waits() const {
  return asked_ && Steady::now() - *asked_ < kAskLasts;
}

bool ServerBeside::may_order() const {
  return waits() && (!order_ || Steady::now() - order_->made >= kOrderLasts);
}

void ServerBeside::order(std::vector<std::string> words, std::optional<Instant> until) {
  order_ = Order{std::move(words), until, Steady::now()};
}

}  // namespace sragent
