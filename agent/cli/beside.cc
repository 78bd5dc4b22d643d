#include "cli/beside.h"

#include <unistd.h>

#include <csignal>
#include <sstream>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "cli/output.h"
#include "core/exit_codes.h"
#include "io/process.h"
#include "runtime/conf_links.h"
#include "runtime/control.h"
#include "runtime/server_env.h"

namespace sragent {
namespace {

constexpr const char* kVerb = "run-server";
constexpr std::string_view kAsk = "start-server";
/// An order to found holds for two seconds from its oldest question.
constexpr std::chrono::milliseconds kAskPace{100};
constexpr std::chrono::seconds kAskPatience{10};

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

/// The agent has linked the folder of its own container at most.
int become(const Config& config, NodeKind kind, const std::vector<std::string>& argv) {
  if (const auto linked = link_server_conf(config, kind); !linked)
    return complain(kVerb, linked.error().what, kExitPath);
  const auto failed = exec_program(argv, server_env(own_env()));
  return complain(kVerb, failed.what, kExitServerConf);
}

}  // namespace

Invocation with_sidecar(Invocation call) {
  if (call.has("--sidecar")) call.config_flags.push_back({"node.sidecar", "true", "--sidecar"});
  return call;
}

bool sidecar_answers(const Config& config) {
  const auto reply = ask_agent(config, kAsk, Deadline::after(kAskPatience));
  return reply && reply->code != kExitBusy;
}

int run_ordered_server(const Config& config, NodeKind kind) {
  end_by_term();
  Waiting waiting;
  while (true) {
    const auto reply = ask_agent(config, kAsk, Deadline::after(kAskPatience));
    if (reply && reply->code == kExitDone) return become(config, kind, lines_of(reply->text));
    if (reply && reply->code == kExitBusy)
      return complain(kVerb, lines_of(reply->text).front(), kExitBusy);
    if (!reply) {
      waiting.say(fmt::format("none answers at {} ({}); both containers need the folder",
                              control_path(config),
                              reply.error().what));
    } else {
      const auto lines = lines_of(reply->text);
      waiting.say(lines.empty() ? std::string{} : lines.front());
    }
    std::this_thread::sleep_for(kAskPace);
  }
}

}  // namespace sragent
