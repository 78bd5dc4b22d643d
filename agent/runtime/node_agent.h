#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/types.h"
#include "io/process.h"
#include "runtime/leave_part.h"
#include "runtime/status.h"

namespace sragent {

/// What the node's part wants of the loop after it was called.
struct Wish {
  std::optional<int> end_container{};   ///< End with this exit status; the server is down already.
  std::optional<std::string> hold{};    ///< A crash loop, in words: keep the server down (S71).
  std::optional<Instant> call_again{};  ///< Call on_tick() at this instant, or earlier.
};

/// The FE part or the BE/CN part of the loop: it looks, decides and acts. Every method is called on
/// the main thread and returns at once; whatever may block runs in the worker pool and comes back
/// through on_wake().
class NodeAgent {
 public:
  NodeAgent() = default;
  virtual ~NodeAgent() = default;
  NodeAgent(const NodeAgent&) = delete;
  NodeAgent& operator=(const NodeAgent&) = delete;

  /// Readable when on_wake() has something to take.
  [[nodiscard]] virtual int wake_fd() const = 0;
  virtual Wish on_wake(Instant now) = 0;
  virtual Wish on_tick(Instant now) = 0;
  /// The server ended, by itself or because this part stopped it. Not called during a leaving.
  virtual Wish on_server_end(const ExitStatus& status, Instant now) = 0;
  /// A sidecar: the server of the container beside was seen for the first time, or is gone. How it
  /// ended only that container knows. Neither is called during a leaving.
  virtual void on_server_seen(Instant now) = 0;
  virtual void on_server_gone(Instant now) = 0;
  /// First sign of a leaving: no statement for membership is sent and no server started from now
  /// on.
  virtual void on_stop() = 0;
  /// A leaving for good begins that the server outlives for a while: no statement for membership is
  /// sent, and the server is kept running until on_stop().
  virtual void on_leave() = 0;
  /// The leaving is over and the node serves again; the server may be down.
  virtual void on_stay(Instant now) = 0;
  /// A hold begins or is over (S71): no server is started while it lasts.
  virtual void on_hold(bool held) = 0;
  /// What this kind of node does for its leaving.
  [[nodiscard]] virtual LeavePart& leave_part() = 0;
  /// Fills in what this part knows.
  virtual void describe(NodeStatus& status) const = 0;
  /// A line from the control socket that this part answers ("register"); nullopt: not mine.
  /// Called on the main thread.
  virtual std::optional<std::string> command(const std::string& line, Instant now) = 0;
};

}  // namespace sragent
