#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/reason.h"

/// What the tail of a server's log says about why it waits or ended. Pure.
/// Source: docs/starrocks.md sections 4.1, 4.2, 4.5, 4.8 and 12.
namespace sragent {

enum class LogSign : std::uint8_t {
  kWaitsToBeAdded,     ///< The join loop (S18).
  kCallerRejected,     ///< A helper answered 400 "invalid client host.": NAT or mesh (S18).
  kRemovedFromGroup,   ///< Explicitly removed from the replication group (S20).
  kNotInCluster,       ///< Promoted, and its own row is gone (S20).
  kBadEnvironment,     ///< The helper is not of the local group: another cluster.
  kHelperCheckFailed,  ///< A log without root, or once started without a helper.
  kImageWithoutLog,    ///< image exists, but bdb is empty.
  kHalfFiles,          ///< ROLE or VERSION alone.
  kTokenMismatch,      ///< The helper belongs to another cluster.
  kRunModeMismatch,    ///< run_mode of fe.conf is not the one in VERSION.
  kSelfAsHelper,
  kPortInUse,
  kMetaDirMissing,
  kDiskLow,
  kClockSkew,
  kNoQuorum,        ///< The leader lost its majority and ended.
  kBadConf,         ///< A key or path of the conf file.
  kOwnNameUnknown,  ///< FQDN mode: the own name does not lead to the own address (S22).
};

/// One sign and the newest line that shows it.
struct LogFinding {
  LogSign sign{};
  std::string line{};  ///< At most 400 bytes.
};

/// Signs in `text`, the one whose newest line stands last first; each at most once.
[[nodiscard]] std::vector<LogFinding> find_signs(std::string_view text);

/// Free bytes of the metadata volume below which an FE that ended with kDiskLow ends again: 5 GiB
/// where its start refused (MetaHelper.java, not a setting), else `reserve`, its
/// bdbje_reserved_disk_size.
[[nodiscard]] std::uint64_t room_wanted(const LogFinding& finding, std::uint64_t reserve);

/// The word for a server that ended with this sign last.
[[nodiscard]] Reason reason_of(LogSign sign);
/// One sentence: what it means and what to do.
[[nodiscard]] std::string_view explain(LogSign sign);

/// The last `lines` lines of `text`.
[[nodiscard]] std::string_view last_lines(std::string_view text, int lines);

}  // namespace sragent
