#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/status.h"
#include "runtime/worker_marks.h"
#include "runtime/worker_row.h"
#include "starrocks/state_file.h"

namespace sragent {

/// What a BE or CN that leaves for good knows of its row: DECOMMISSION and the tablets of a BE,
/// DROP of a CN. Main thread.
class RowLeave {
 public:
  explicit RowLeave(NodeKind kind) : kind_(kind) {}

  /// The look of a leaving.
  void take(const MarkLook& look);
  /// A job that may send DECOMMISSION or DROP is under way.
  void begun(Instant now) { begun_at_ = now; }
  void take(RowNews news, Instant asked_at);
  void tell(const LeaveState& state, LeaveFacts& facts) const;
  /// Until when to wait before the next look.
  [[nodiscard]] Millis pace() const;
  [[nodiscard]] const OwnRowId& id() const { return id_; }
  /// An earlier process of this pod knew the row.
  void recall(const OwnRowId& id) { id_ = id; }
  /// What came of the last wish, by the last that an FE told; empty: nothing so far. `stop`: nobody
  /// looks again.
  [[nodiscard]] std::string outcome(bool stop) const;
  void describe(NodeStatus& status) const;

 private:
  [[nodiscard]] std::optional<LeaveRefusal> refusal() const;
  [[nodiscard]] bool gone(bool stop) const;
  [[nodiscard]] std::optional<Instant> open_since() const;

  NodeKind kind_;
  OwnRowId id_{};
  std::optional<MarkLook> look_{};
  std::optional<RowNews> news_{};  ///< The last that an FE told.
  Instant asked_at_{};
  std::optional<Instant> begun_at_{};       ///< Of a job whose news have not come.
  std::optional<Instant> unanswered_at_{};  ///< Of the last whose statement had no answer.
  std::string why_{};                       ///< Why the last look told nothing.
  int gone_ = 0;                            ///< Looks in a row that showed no row.
  std::optional<Instant> refused_since_{};  ///< An FE says no to the CANCEL.
  bool taken_back_ = false;  ///< SystemDecommissioned is, or there is no row any more.
};

}  // namespace sragent
