#include "cli/beside.h"

#include <unistd.h>

#include <csignal>
#include <sstream>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "cli/output.h"
#include "core/exit_codes.h"
#include "io/clock.h"
#include "io/files.h"
#include "io/process.h"
#include "io/supervise.h"
#include "runtime/conf_links.h"
#include "runtime/control.h"
#include "runtime/host_facts.h"
#include "runtime/node_identity.h"
#include "runtime/server_beside.h"
#include "runtime/server_env.h"
#include "runtime/server_search.h"

namespace sragent {
namespace {

constexpr const char* kVerb = "run-server";
/// An order to found holds for two seconds from its oldest question.
constexpr std::chrono::milliseconds kAskPace{100};
constexpr std::chrono::seconds kAskPatience{10};
/// An answer that took longer may have been overtaken.
constexpr std::chrono::seconds kOrderLasts{1};
constexpr mode_t kFolderMode = 0700;
constexpr mode_t kFileMode = 0600;

/// A process 1 without a handler does not get the signal.
void end_by_term() {
  const auto end = [](int) { ::_exit(kExitTerminated); };
  std::signal(SIGTERM, end);
  std::signal(SIGINT, end);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);)
    out.push_back(line);
  return out;
}

/// Says why it waits when that changes.
class Waiting {
 public:
  void say(const std::string& why) {
    if (why == said_) return;
    said_ = why;
    print_error_line(fmt::format("sr-agent {}: waits for the agent: {}", kVerb, why));
  }

 private:
  std::string said_{};
};

/// Of several in this pod one asks, and its server holds the lock on.
FileLock take_lock(const Config& config, Waiting& waiting) {
  const auto path = server_lock_path(config.node.runtime_dir);
  while (true) {
    auto made = mkdir_p(config.node.runtime_dir, kFolderMode);
    auto lock =
        made ? FileLock::acquire(path) : Result<FileLock>{tl::unexpected(std::move(made).error())};
    if (lock) {
      static_cast<void>(remove_file(server_began_path(config.node.runtime_dir)));
      return *std::move(lock);
    }
    const bool held = lock.error().kind == ErrorKind::kRejected;
    waiting.say(lock.error().what + (held ? ": a server of this pod, or who starts one" : ""));
    std::this_thread::sleep_for(kAskPace);
  }
}

/// The answer's first line is the pid file, the others are the command.
int become(const Config& config,
           NodeKind kind,
           const FileLock& lock,
           std::vector<std::string> order) {
  const auto pid_file = order.front();
  order.erase(order.begin());
  forget_stale_pid_file(pid_file, is_server_of(kind));
  const auto now = std::to_string(Clock::unix_ms());
  if (auto told = write_atomic(server_began_path(config.node.runtime_dir), now, kFileMode); !told)
    print_error_line(fmt::format("sr-agent {}: {}", kVerb, told.error().what));
  const auto failed = exec_program(order, server_env(own_env()), lock.fd());
  return complain(kVerb, failed.what, kExitServerConf);
}

}  // namespace

Invocation with_sidecar(Invocation call) {
  if (call.has("--sidecar")) call.config_flags.push_back({"node.sidecar", "true", "--sidecar"});
  return call;
}

bool sidecar_answers(const Config& config) {
  const auto reply = ask_agent(config, "sidecar", Deadline::after(kAskPatience));
  return reply && reply->code == kExitDone;
}

int run_ordered_server(const Config& config, NodeKind kind) {
  const auto node = identify_node(kind, config, read_host_facts());
  if (!node) return complain(kVerb, node.error().what, kExitUsage);
  // The agent has linked the folder of its own container at most.
  if (const auto linked = link_server_conf(config, kind); !linked)
    return complain(kVerb, linked.error().what, kExitPath);
  end_by_term();
  Waiting waiting;
  const auto lock = take_lock(config, waiting);
  const auto processes = pid_namespace();
  const auto ask = fmt::format("start-server {} {} {} {}",
                               to_string(kind),
                               node->pod,
                               processes.empty() ? "-" : processes,
                               ::getpid());
  while (true) {
    const auto asked = std::chrono::steady_clock::now();
    const auto reply = ask_agent(config, ask, Deadline::after(kAskPatience));
    const bool late = std::chrono::steady_clock::now() - asked > kOrderLasts;
    if (reply && reply->code == kExitDone && !late)
      return become(config, kind, lock, lines_of(reply->text));
    if (reply && reply->code == kExitBusy)
      return complain(kVerb, lines_of(reply->text).front(), kExitBusy);
    if (!reply) {
      waiting.say(fmt::format("none answers at {} ({}); both containers need the folder",
                              control_path(config),
                              reply.error().what));
    } else if (reply->code != kExitDone) {
      const auto lines = lines_of(reply->text);
      waiting.say(lines.empty() ? std::string{} : lines.front());
    }
    std::this_thread::sleep_for(kAskPace);
  }
}

}  // namespace sragent
