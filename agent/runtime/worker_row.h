#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/for_good.h"
#include "runtime/worker_look.h"

/// What a BE or CN that leaves for good does with its row, and what it sees of it. Runs on a worker
/// thread and may block up to its deadline; it decides nothing but whether a statement may be sent.
namespace sragent {

enum class RowWish : std::uint8_t {
  kDecommission,  ///< BE: SystemDecommissioned, then look only.
  kCancel,        ///< BE: SystemDecommissioned taken back.
  kDrop,          ///< CN.
};

[[nodiscard]] std::string_view to_string(RowWish wish);  ///< "decommission" ...

/// The row as it was known to be this node's.
struct OwnRowId {
  std::string id{};
  std::string start_time{};
  ClusterId cluster_id{};
  friend bool operator==(const OwnRowId&, const OwnRowId&) = default;
};

struct RowNews {
  RowWish wish = RowWish::kDecommission;
  std::string why{};               ///< No FE told what has to be known; empty: one did.
  bool gone = false;               ///< The leader's list of the own cluster has no such row.
  std::optional<WorkerRow> own{};  ///< At the last reading.
  std::vector<std::string> blockers{};
  std::optional<LeaveRefusal> no{};  ///< Nothing may be sent, or an FE said no.
  bool unanswered = false;           ///< A statement was sent, and no FE said what came of it.
};

/// Reads the own row; unless the wish is fulfilled sends the statement for it, on the same
/// connection, and reads again. Before anything is sent the name servers have to give the own
/// address for the own name, and the row has to be `row` (S84). The FEs are looked up anew, since
/// tablets may move for days.
[[nodiscard]] RowNews work_on_row(const WorkerContext& context,
                                  const std::vector<FeTarget>& targets,
                                  const OwnRowId& row,
                                  RowWish wish,
                                  Deadline until);

}  // namespace sragent
