#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "core/hold.h"
#include "io/clock.h"
#include "runtime/control_reply.h"
#include "runtime/hold_asks.h"
#include "runtime/hold_stand_in.h"
#include "runtime/leaving.h"
#include "runtime/node_agent.h"
#include "runtime/server_process.h"
#include "runtime/status.h"

namespace sragent {

/// How the answer to `hold` begins where a server runs, and is drained first.
inline constexpr std::string_view kDrainedToHold = "the node is drained";

/// Keeps the server down while somebody asks for it, and starts nothing at the end that a person
/// should look at first (S71, docs/hold.md). It comes before the links of the conf file, before DNS
/// and before registration. A server that runs is stopped by the way of a drain. Owned by the loop;
/// main thread.
class Holding {
 public:
  struct Node {
    const Config& config;
    const Clock& clock;
    ServerProcess& server;
    Leaving& leaving;
    NodeKind kind;
    std::string address{};    ///< The node's own.
    std::string note_file{};  ///< Keeps the hold over restarts of the container; empty: not kept.
  };
  explicit Holding(Node node);

  /// Looks what stands, and begins or ends. `agent`: null before it was made.
  void turn(const PodAnnotations* annotations, NodeAgent* agent, Instant now);
  /// The server is not started, nor what it needs made.
  [[nodiscard]] bool in_force() const { return memory_.hold.has_value(); }
  /// `hold ...`, `resume`, and `drain-cancel` of the drain that a hold began; nullopt: not mine.
  [[nodiscard]] std::optional<ControlReply> command(const std::string& line,
                                                    NodeAgent* agent,
                                                    Instant now);
  /// The server ends again and again, and restart.crash_loop = "hold".
  void on_crash_loop(const std::string& detail, NodeAgent* agent, Instant now);
  /// When turn() has something to do without anything having happened; nullopt: never.
  [[nodiscard]] std::optional<Instant> next() const { return next_; }
  void describe(NodeStatus& status) const;

 private:
  void begin(HoldAsk ask, NodeAgent* agent, Instant now);
  void look(const PodAnnotations* annotations, Instant now);
  [[nodiscard]] bool step(NodeAgent* agent, Instant now);
  void withdraw(NodeAgent* agent, Instant now);
  void end(HoldEnd how, const std::string& why, NodeAgent* agent);
  void expire(NodeAgent* agent);
  void stop_server(NodeAgent* agent, Instant now);
  void give_up(std::string why, NodeAgent* agent);
  void tell(NodeAgent* agent);
  [[nodiscard]] ControlReply hold(std::string_view words, NodeAgent* agent, Instant now);
  [[nodiscard]] ControlReply resume(NodeAgent* agent);
  [[nodiscard]] std::string detail() const;
  void keep() const;
  void restore();

  Node node_;
  HoldStandIn stand_in_;
  StandingAsks standing_{};
  HoldMemory memory_{};
  bool stopping_ = false;  ///< The drain of this hold is under way.
  bool told_ = false;      ///< What the node's part was told last.
  std::string began_wall_{};
  std::string until_wall_{};
  std::string refused_{};  ///< Why the last wish was not carried out.
  std::string stranger_{};
  Instant next_look_{};  ///< At files of others.
  std::optional<Instant> next_{};
};

}  // namespace sragent
