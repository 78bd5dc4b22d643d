#include "core/for_good.h"

#include <algorithm>

#include "core/exit_codes.h"
#include "core/words.h"

namespace sragent {
namespace {

constexpr std::int64_t kGb = std::int64_t{1} << 30U;

bool same_node(const WorkerRow& a, const WorkerRow& b) {
  return a.host == b.host && a.heartbeat_port == b.heartbeat_port;
}

std::string name_of(const WorkerRow& row) {
  return host_port(row.host, row.heartbeat_port);
}

/// The FE gives tablets to none but these.
bool takes_tablets(const WorkerRow& row) {
  return row.alive && !row.decommissioned;
}

std::string gigabytes(std::int64_t bytes) {
  const auto tenths = bytes * 10 / kGb;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GB";
}

template <typename Which>
std::vector<std::string> others_that(const WorkerRow& own,
                                     const std::vector<WorkerRow>& rows,
                                     Which which) {
  std::vector<std::string> out;
  for (const auto& row : rows)
    if (!same_node(row, own) && which(row)) out.push_back(name_of(row));
  return out;
}

std::int64_t free_elsewhere(const WorkerRow& own, const std::vector<WorkerRow>& rows) {
  std::int64_t out = 0;
  for (const auto& row : rows)
    if (!same_node(row, own) && takes_tablets(row)) out += row.free_bytes.value_or(0);
  return out;
}

}  // namespace

std::optional<LeaveRefusal> refuse_decommission(const WorkerRow& own,
                                                const std::vector<WorkerRow>& rows) {
  if (own.decommissioned) return std::nullopt;  // the FE has taken it already
  if (others_that(own, rows, takes_tablets).empty()) {
    return LeaveRefusal{
        kExitReplicas,
        Reason::kNone,
        "no other BE is alive and stays: the tablets of " + name_of(own) + " have nowhere to go"};
  }
  const auto needs = own.used_bytes.value_or(0);
  const auto free = free_elsewhere(own, rows);
  if (needs <= free) return std::nullopt;
  return LeaveRefusal{kExitReplicas,
                      Reason::kDiskLow,
                      name_of(own) + " holds " + gigabytes(needs) + ", and the other BEs have " +
                          gigabytes(free) + " free"};
}

std::vector<std::string> move_blockers(const WorkerRow& own, const std::vector<WorkerRow>& rows) {
  if (own.tablets == 0) {
    return {
        "no tablet is left, and the FE keeps the empty row, as with "
        "drop_backend_after_decommission = false: a person's ALTER SYSTEM DROP BACKEND ends it"};
  }
  std::vector<std::string> out;
  const auto dead = others_that(own, rows, [](const WorkerRow& row) { return !row.alive; });
  const auto going =
      others_that(own, rows, [](const WorkerRow& row) { return row.alive && row.decommissioned; });
  if (!dead.empty()) out.push_back("not alive, so they take no tablets: " + joined(dead, ", "));
  if (!going.empty()) out.push_back("being decommissioned too: " + joined(going, ", "));
  const auto free = free_elsewhere(own, rows);
  if (own.used_bytes.value_or(0) > free) {
    out.push_back("the BEs that stay have " + gigabytes(free) + " free, " +
                  gigabytes(*own.used_bytes) + " are needed");
  }
  if (!out.empty()) return out;
  return {
      "no BE is missing and none is full: what is left are tablets of dropped tables in the "
      "recycle bin (catalog_trash_expire_second, one day), tables that want more replicas than "
      "BEs stay, or a tablet scheduler that is switched off; the leader's fe.log names up to "
      "20 tablets in its lines 'replicas to decommission'"};
}

LeaveRefusal refusal_of_fe(const std::string& words) {
  const bool space = words.find("insufficient disk space") != std::string::npos;
  const bool number = words.find("insufficient BE number") != std::string::npos;
  const bool replica = words.find("have only one replica") != std::string::npos;
  return {space || number || replica ? kExitReplicas : kExitUndecidable,
          space ? Reason::kDiskLow : Reason::kNone,
          "the FE refuses: " + words};
}

std::optional<LeaveRefusal> another_copy(const WorkerRow& row,
                                         const std::string& id,
                                         const std::string& start_time) {
  if (row.id == id && row.start_time == start_time) return std::nullopt;
  return LeaveRefusal{kExitUndecidable,
                      Reason::kIdentityConflict,
                      "row " + name_of(row) + " has the id " + row.id + " and was started at " +
                          row.start_time + "; this node's had the id " + id +
                          " and was started at " + start_time + ": another copy of it serves"};
}

}  // namespace sragent
