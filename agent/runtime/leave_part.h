#pragma once

#include "core/leaving.h"
#include "runtime/control_reply.h"
#include "runtime/status.h"
#include "starrocks/state_file.h"

namespace sragent {

/// What a kind of node does for its leaving. Every method is called on the main thread and returns
/// at once; what may block runs in worker jobs.
class LeavePart {
 public:
  LeavePart() = default;
  virtual ~LeavePart() = default;
  LeavePart(const LeavePart&) = delete;
  LeavePart& operator=(const LeavePart&) = delete;

  /// A leaving begins, or the last one is over: what was seen for it counts no more.
  virtual void begin_anew() = 0;
  /// What is known for the leaving `state`; server_running is the loop's to fill in.
  [[nodiscard]] virtual LeaveFacts facts(const LeaveState& state) const = 0;
  /// What another process of this pod has to know to go on with a leaving for good; and what it
  /// knew. `down` is set for a server that was told to stop; a part may set it before.
  virtual void keep(LeaveNote& note) const = 0;
  virtual void recall(const LeaveNote& note) = 0;
  /// An FE: for good its row goes at once, so a server that ends meanwhile stays down.
  [[nodiscard]] virtual bool ends_with_row() const { return false; }
  /// ... and its DROP was begun, and is not known to be done: the server votes until then.
  [[nodiscard]] virtual bool votes_still() const { return false; }
  /// No later container has this node's name in the member list: a stop drops its row.
  [[nodiscard]] virtual bool row_goes() const { return false; }
  /// A mark of a leaving that an earlier pod of this node began is taken back, as far as that can
  /// be done; nullopt: there is none.
  [[nodiscard]] virtual std::optional<ControlReply> take_mark_back() { return std::nullopt; }
  /// The server's start is over as far as a leaving is concerned, once and for all. An order that
  /// stood before waits for it, and so does what an earlier process began: what a look finds
  /// earlier is the start's, and would be refused as undecidable.
  [[nodiscard]] virtual bool settled() = 0;
  /// kLook, kMove, kMark, kCount, kDrop or kUnmark, again and again until the facts change: begins
  /// what is not under way.
  virtual void act(LeaveAction action, const LeaveState& state, Instant now) = 0;
  /// The signal by which the server is told to stop now.
  [[nodiscard]] virtual int signal() const = 0;
  /// Adds what it did and what it could not.
  virtual void describe(NodeStatus& status) const = 0;
};

}  // namespace sragent
