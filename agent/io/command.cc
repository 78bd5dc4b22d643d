#include "io/command.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

namespace sragent {
namespace {

/// How often it is looked whether the program has ended while something else holds its output open.
constexpr std::chrono::milliseconds kLook{20};

/// Reads of one look: who writes without end must not keep us from the deadline.
constexpr int kReads = 16;

/// What can be read now. False: nothing will come any more.
bool read_some(int fd, std::size_t most, std::string& out) {
  std::array<char, 4096> buffer{};
  for (int i = 0; i < kReads; ++i) {
    const auto count = ::read(fd, buffer.data(), buffer.size());
    if (count == 0) return false;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    const auto room = most - std::min(most, out.size());
    out.append(buffer.data(), std::min(room, static_cast<std::size_t>(count)));
    if (static_cast<std::size_t>(count) < buffer.size()) return true;
  }
  return true;
}

/// Reads both streams as they come, for one look at most; closes what has ended.
void read_output(Child& child, std::size_t most, Deadline until, std::string& out) {
  std::array<pollfd, 2> fds{pollfd{child.out.get(), POLLIN, 0}, pollfd{child.err.get(), POLLIN, 0}};
  if (::poll(fds.data(), fds.size(), until.poll_timeout()) <= 0) return;
  if (fds[0].revents != 0 && !read_some(child.out.get(), most, out)) child.out = UniqueFd{};
  if (fds[1].revents != 0 && !read_some(child.err.get(), most, out)) child.err = UniqueFd{};
}

}  // namespace

Result<Child> ChildDesk::start(const SpawnSpec& spec) {
  const std::scoped_lock lock(monitor_);
  auto child = spawn(spec);
  if (child) children_[child->pid] = {};
  return child;
}

std::vector<Reaped> ChildDesk::take(const std::vector<Reaped>& reaped) {
  std::vector<Reaped> others;
  {
    const std::scoped_lock lock(monitor_);
    for (const auto& one : reaped) {
      const auto found = children_.find(one.pid);
      if (found == children_.end()) {
        others.push_back(one);
      } else if (found->second.wanted) {
        found->second.status = one.status;
      } else {
        children_.erase(found);
      }
    }
  }
  monitor_.notify_all();
  return others;
}

std::optional<ExitStatus> ChildDesk::wait(pid_t pid, Deadline until) {
  const std::scoped_lock lock(monitor_);
  monitor_.wait_until(until, [&] { return children_[pid].status.has_value(); });
  auto status = children_[pid].status;
  if (status) children_.erase(pid);
  return status;
}

void ChildDesk::forget(pid_t pid) {
  const std::scoped_lock lock(monitor_);
  const auto found = children_.find(pid);
  if (found == children_.end()) return;
  if (found->second.status) {
    children_.erase(found);
  } else {
    found->second.wanted = false;
  }
}

Result<CommandOutcome> run_command(ChildDesk& desk, const CommandSpec& spec, Deadline until) {
  auto child = desk.start({.argv = spec.argv,
                           .env = spec.env,
                           .cwd = {},
                           .out = ChildOutput::kPipe,
                           .err = ChildOutput::kPipe});
  if (!child) return tl::unexpected(std::move(child).error());
  CommandOutcome out;
  while (!out.status && !until.expired()) {
    const bool open = child->out.valid() || child->err.valid();
    if (open) read_output(*child, spec.max_bytes, until.cut(kLook), out.output);
    out.status = desk.wait(child->pid, open ? Deadline::after({}) : until);
  }
  // Also after a good end: what it left behind in its group is nobody's.
  static_cast<void>(kill_group(child->pid, SIGKILL));
  if (out.status) {
    read_output(*child, spec.max_bytes, Deadline::after({}), out.output);
  } else {
    desk.forget(child->pid);
  }
  return out;
}

}  // namespace sragent
