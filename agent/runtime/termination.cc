#include "runtime/termination.h"

#include <fcntl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "io/fd.h"
#include "io/signals.h"
#include "runtime/log.h"

namespace sragent {
namespace {

constexpr std::size_t kDetailBytes = 3000;

}  // namespace

std::string termination_message(const NodeStatus& status,
                                int exit_code,
                                const std::optional<ExitStatus>& server) {
  using Json = nlohmann::ordered_json;
  const bool signaled = server && server->how == ExitStatus::How::kSignaled;
  const Json out{{"reason", to_string(status.reason)},
                 {"phase", to_string(status.phase)},
                 {"exit", exit_code},
                 {"signal", signaled ? Json(signal_name(server->value)) : Json(nullptr)},
                 {"server", server ? Json(to_string(*server)) : Json(nullptr)},
                 {"detail", status.detail.substr(0, kDetailBytes)}};
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string early_end_message(const std::string& detail, int exit_code, Reason reason) {
  NodeStatus status;
  status.phase = Phase::kEnded;
  status.reason = reason;
  status.detail = detail;
  return termination_message(status, exit_code, std::nullopt);
}

/// The file is a mount of the kubelet's: it is written in place, not renamed over.
void write_termination_message(const std::string& path, const std::string& message) {
  const UniqueFd fd{::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC)};
  if (!fd) return;
  if (::write(fd.get(), message.data(), message.size()) < 0)
    log_warn("termination_message_not_written", {{"path", path}});
}

}  // namespace sragent
