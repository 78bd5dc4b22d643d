#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "core/fe_stop.h"
#include "runtime/fe_good.h"
#include "runtime/fe_look.h"
#include "runtime/leave_part.h"
#include "runtime/paced_job.h"
#include "runtime/work_count.h"

namespace sragent {

/// What an FE's own server tells before it stops.
struct FeLeaveLook {
  bool answered = false;
  std::string why{};  ///< Why not.
  std::string version{};
  FeStopView view{};
  std::vector<std::string> others{};  ///< Hosts of the other rows.
  std::optional<FeList> list{};       ///< The own server's.
};

struct FeLeaveNews {
  std::uint64_t ticket = 0;
  std::variant<FeLeaveLook, Result<int>, FeGoodNews> what{};
};

/// What an FE does for its leaving: looks at the quorum, chooses the signal, counts what runs, and
/// for good has its row dropped. It marks nothing: a draining FE says so itself. Main thread; what
/// may block runs in worker jobs.
class FeLeave : public LeavePart {
 public:
  using Job = PacedJob<FeLeaveNews>;
  /// What a job starts from, as it is then.
  using Context = std::function<LookContext()>;

  /// `max_exit`: max_graceful_exit_time_second of fe.conf. `settled`: as in
  /// LeavePart.
  FeLeave(Job job,
          Context context,
          FeGood good,
          std::function<bool()> settled,
          std::chrono::seconds max_exit)
      : job_(std::move(job)),
        context_(std::move(context)),
        good_(std::move(good)),
        settled_(std::move(settled)),
        max_exit_(max_exit) {}

  void begin_anew() override;
  [[nodiscard]] LeaveFacts facts(const LeaveState& state) const override;
  void act(LeaveAction action, const LeaveState& state, Instant now) override;
  [[nodiscard]] int signal() const override;
  void keep(LeaveNote& note) const override;
  void recall(const LeaveNote& note) override;
  [[nodiscard]] bool ends_with_row() const override { return true; }
  [[nodiscard]] bool votes_still() const override {
    return good_.marked() && !good_.mark_dropped();
  }
  [[nodiscard]] bool settled() override { return settled_(); }
  [[nodiscard]] std::optional<ControlReply> take_mark_back() override;
  void describe(NodeStatus& status) const override;
  void take(FeLeaveNews news, Instant now);
  /// What the peers are told of a leaving for good.
  [[nodiscard]] const std::optional<LeaveClaim>& claim() const { return good_.claim(); }
  /// The mark `left` stands while no leaving is under way: its DROP is brought to its end, or what
  /// a person took back is.
  void settle_mark(Instant now) {
    if (good_.marked()) work_on_row(!good_.mark_taken_back(), now);
  }
  /// No leaving of an earlier process goes on: peers were not told so until now.
  void settle_claim() { good_.settle_claim(); }

 private:
  void look(Instant now);
  void look_on(Instant now);
  void count(Instant now);
  void work_on_row(bool drop, Instant now);
  [[nodiscard]] FeStop stop() const;
  [[nodiscard]] bool others_live() const;

  Job job_;
  Context context_;
  FeGood good_;
  std::function<bool()> settled_;
  std::chrono::seconds max_exit_;
  std::optional<FeLeaveLook> look_{};
  Instant looked_at_{};
  std::string chosen_for_{};    ///< Why the signal is what it is, as logged.
  CloseReadings own_lists_{};   ///< Of its own server, while it leads.
  bool look_is_fresh_ = false;  ///< For the stop of a leader that leaves for good.
  WorkCount count_{};
};

}  // namespace sragent
