#include <charconv>

#include <fmt/format.h>

#include "cli/agent_views.h"
#include "cli/drain_watch.h"
#include "cli/output.h"
#include "core/exit_codes.h"

namespace sragent {
namespace {

/// "90", "90s", "10m", "2h" as seconds; nullopt: none of these.
std::optional<std::chrono::seconds> span_of(std::string_view text) {
  std::int64_t count = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  const std::string_view unit{stop, static_cast<std::size_t>(end - stop)};
  if (error != std::errc{} || count < 0 || count > 1'000'000) return std::nullopt;
  if (unit.empty() || unit == "s") return std::chrono::seconds{count};
  if (unit == "m") return std::chrono::minutes{count};
  if (unit == "h") return std::chrono::hours{count};
  return std::nullopt;
}

/// The agent's answer to `request`; nullopt: there is none, and that was said.
std::optional<ControlReply> ask_or_complain(const Invocation& call,
                                            const Config& config,
                                            const std::string& request) {
  auto reply = ask_agent(config, request, Deadline::after(kAgentPatience));
  if (reply) return *std::move(reply);
  print_error_line(fmt::format("sr-agent {}: no agent answers at {}: {}",
                               call.verb,
                               control_path(config),
                               reply.error().what));
  return std::nullopt;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

int run_leaving(const Invocation& call, const std::string& request, std::string_view wait) {
  const auto limit = wait.empty() ? std::optional<std::chrono::seconds>{} : span_of(wait);
  if (!wait.empty() && !limit)
    return complain(call.verb,
                    fmt::format("--wait {}: expected a number with s, m or h, as 90s", wait),
                    kExitUsage);
  LoadedConfig loaded;
  if (!load_or_complain(call, loaded)) return kExitUsage;
  const auto reply = ask_or_complain(call, loaded.config, request);
  if (!reply) return kExitTryAgain;
  if (reply->code != kExitDone) return complain(call.verb, first_line(reply->text), reply->code);
  print_error_line(first_line(reply->text));
  return watch_leaving(call, loaded.config, limit);
}

}  // namespace

int run_drain(const Invocation& call) {
  const bool cancel = call.has("--cancel");
  if (cancel && (call.has("--wait") || call.has("--reason")))
    return complain(call.verb, "--cancel stands alone", kExitUsage);
  if (cancel) return run_leaving(call, "drain cancel", {});
  return run_leaving(call, "drain " + call.value("--reason"), call.value("--wait"));
}

int run_transfer_leader(const Invocation& call) {
  return run_leaving(call, "transfer-leader", call.value("--wait"));
}

}  // namespace sragent
