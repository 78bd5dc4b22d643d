#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "core/result.h"
#include "io/clock.h"
#include "io/deadline.h"
#include "io/mailbox.h"
#include "io/unix_socket.h"
#include "runtime/control_reply.h"
#include "runtime/status.h"

/// Requests to the running agent at its control socket, one line each: `status [json]`,
/// `peers [json]`, `explain [json|input]` are answered from the published copy, `probe ...` by
/// ProbeDesk; every other line is for main (`register`, `offline`, `consent LETTERS REASON`,
/// `prestop`, `drain [REASON]`, `leave [REASON]` for good, `drain-cancel`, `drain-plan`,
/// `leave-plan`, `transfer-leader`, `hold SECONDS force|- AUTHOR\tREASON`, `resume`, `sidecar`,
/// `start-server KIND POD PID_NAMESPACE`).
namespace sragent {

/// "<runtime_dir>/control.sock".
[[nodiscard]] std::string control_path(const Config& config);

/// The verbs' side. Errors as control_call.
[[nodiscard]] Result<ControlReply> ask_agent(const Config& config,
                                             std::string_view request,
                                             Deadline until);

/// The agent's side.
class ControlDesk {
 public:
  /// How long a connection waits for main.
  static constexpr Millis kPatience{5'000};

  /// An answer that needs neither main nor the copy alone, made on the connection's thread, which
  /// it may block; nullopt: it knows no such request.
  using Direct = std::function<std::optional<ControlReply>(const std::string& line)>;

  /// Listens when it returns; errors as ControlServer::start. The folder must exist.
  [[nodiscard]] static Result<std::unique_ptr<ControlDesk>> start(
      const std::string& path,
      std::shared_ptr<const StatusBoard> board,
      Clock clock,
      Millis patience = kPatience,
      Direct direct = {});
  /// Requests that main did not answer are told that the agent ends.
  ~ControlDesk();
  ControlDesk(const ControlDesk&) = delete;
  ControlDesk& operator=(const ControlDesk&) = delete;

  /// Main thread: readable when serve() has something to answer.
  [[nodiscard]] int fd() const { return asks_.fd(); }
  /// Main's answer to a line; nullopt: it knows no such request.
  using MainAnswer = std::function<std::optional<ControlReply>(const std::string& line)>;
  /// Main thread: answers what waits. A request whose client was told that main is late is not
  /// carried out.
  void serve(const MainAnswer& answer);

 private:
  struct Ask {
    std::uint64_t id = 0;
    std::string line{};
  };

  ControlDesk(EventFd event,
              std::shared_ptr<const StatusBoard> board,
              Clock clock,
              Millis patience,
              Direct direct)
      : asks_(std::move(event)),
        board_(std::move(board)),
        clock_(clock),
        patience_(patience),
        direct_(std::move(direct)) {}

  [[nodiscard]] ControlReply answer(const std::string& line);
  [[nodiscard]] ControlReply ask_main(const std::string& line);
  [[nodiscard]] bool still_wanted(std::uint64_t id);

  Mailbox<Ask> asks_;
  const std::shared_ptr<const StatusBoard> board_;
  const Clock clock_;
  const Millis patience_;
  const Direct direct_;
  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::map<std::uint64_t, std::optional<ControlReply>> open_{};  ///< Requests that main owes.
  std::uint64_t last_id_ = 0;
  bool closed_ = false;
  std::unique_ptr<ControlServer> server_{};  ///< Last: its threads use all of the above.
};

}  // namespace sragent
