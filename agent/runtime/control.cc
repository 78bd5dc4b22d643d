#include "runtime/control.h"

#include <array>
#include <charconv>

#include "core/exit_codes.h"
#include "runtime/live_render.h"

namespace sragent {
namespace {

using Render = std::string (*)(const NodeStatus&, Instant);

struct Request {
  std::string_view line;
  Render render;
};

/// Requests that need no more than the published copy.
constexpr std::array kRequests{
    Request{"status", status_text},
    Request{"status json", status_json},
    Request{"peers", peers_text},
    Request{"peers json", peers_json},
    Request{"explain", live_explain_text},
    Request{"explain json", live_explain_json},
};
constexpr std::string_view kExplainInput = "explain input";

std::string known_requests() {
  std::string out;
  for (const auto& request : kRequests)
    out += std::string{request.line} + ", ";
  return out + std::string{kExplainInput} +
         ", probe NAME, register, offline, consent LETTERS REASON, prestop, drain [REASON], leave "
         "[REASON], drain-cancel, drain-plan, leave-plan, "
         "transfer-leader, hold SECONDS force|- AUTHOR\tREASON, resume";
}

ControlReply explain_input(const NodeStatus& status) {
  if (status.explain_input.empty())
    return {kExitNo, "this node has made no start decision: only an FE has one\n"};
  return {kExitDone, status.explain_input + "\n"};
}

}  // namespace

std::string control_path(const Config& config) {
  return config.node.runtime_dir + "/control.sock";
}

std::string to_text(const ControlReply& reply) {
  return std::to_string(reply.code) + "\n" + reply.text;
}

Result<ControlReply> parse_control_reply(std::string_view text) {
  constexpr int kMaxCode = 255;
  const auto line = text.find('\n');
  ControlReply out;
  if (line != std::string_view::npos) {
    const auto* end = text.data() + line;
    const auto [stop, error] = std::from_chars(text.data(), end, out.code);
    if (error == std::errc{} && stop == end && out.code >= 0 && out.code <= kMaxCode) {
      out.text = text.substr(line + 1);
      return out;
    }
  }
  return tl::unexpected(Error{ErrorKind::kGarbled, "control socket: the reply has no exit code"});
}

Result<ControlReply> ask_agent(const Config& config, std::string_view request, Deadline until) {
  auto text = control_call(control_path(config), request, until);
  if (!text) return tl::unexpected(std::move(text).error());
  return parse_control_reply(*text);
}

Result<std::unique_ptr<ControlDesk>> ControlDesk::start(const std::string& path,
                                                        std::shared_ptr<const StatusBoard> board,
                                                        Clock clock,
                                                        Millis patience,
                                                        Direct direct) {
  auto event = EventFd::create();
  if (!event) return tl::unexpected(std::move(event).error());
  std::unique_ptr<ControlDesk> out{
      new ControlDesk{*std::move(event), std::move(board), clock, patience, std::move(direct)}};
  auto server =
      ControlServer::start(path, [desk = out.get()](const std::string& line, const ControlPeer&) {
        return to_text(desk->answer(line));
      });
  if (!server) return tl::unexpected(std::move(server).error());
  out->server_ = *std::move(server);
  return out;
}

ControlDesk::~ControlDesk() {
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

ControlReply ControlDesk::answer(const std::string& line) {
  for (const auto& request : kRequests)
    if (request.line == line) return {kExitDone, request.render(*board_->read(), clock_.now())};
  if (line == kExplainInput) return explain_input(*board_->read());
  if (direct_)
    if (auto reply = direct_(line)) return *std::move(reply);
  return ask_main(line);
}

ControlReply ControlDesk::ask_main(const std::string& line) {
  std::unique_lock lock(mutex_);
  const auto id = ++last_id_;
  open_.emplace(id, std::nullopt);
  lock.unlock();
  asks_.push({id, line});
  lock.lock();
  const auto until = Deadline::after(patience_).moment();
  changed_.wait_until(lock, until, [&] { return closed_ || open_.at(id).has_value(); });
  auto reply = std::move(open_.at(id));
  open_.erase(id);
  if (reply) return *std::move(reply);
  if (closed_) return {kExitTryAgain, "the agent ends\n"};
  return {kExitTryAgain, "the agent's main loop did not answer in time\n"};
}

bool ControlDesk::still_wanted(std::uint64_t id) {
  const std::scoped_lock lock(mutex_);
  return open_.contains(id);
}

void ControlDesk::serve(const MainAnswer& answer) {
  for (const auto& ask : asks_.take_all()) {
    if (!still_wanted(ask.id)) continue;
    auto reply = answer(ask.line).value_or(
        ControlReply{kExitUsage, "unknown request; there are: " + known_requests() + "\n"});
    {
      const std::scoped_lock lock(mutex_);
      const auto found = open_.find(ask.id);
      if (found != open_.end()) found->second = std::move(reply);
    }
    changed_.notify_all();
  }
}

}  // namespace sragent
