#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

/// What StarRocks can do by version. Source: docs/starrocks.md sections 1.3, 1.4 and 7.1. Pure.
namespace sragent {

/// "3.5.7-d2da301", "v3.3.1", "3.3-int-92d3ab2", "main-20260130-70d1c24". A line without a patch
/// number ("3.3") is taken as its patch 0. Builds of main are newer than every release.
struct Version {
  int major = 0;
  int minor = 0;
  int patch = 0;
  bool main_branch = false;
  bool has_patch = false;  ///< A release; else a build of a branch, whose patches are not known.
  std::string commit{};

  [[nodiscard]] std::strong_ordering operator<=>(const Version& other) const;
  [[nodiscard]] bool operator==(const Version& other) const;  ///< Without the commit.
};

/// kGarbled if it is no version.
[[nodiscard]] Result<Version> parse_version(std::string_view text);
[[nodiscard]] std::string to_string(const Version& version);  ///< "3.5.7", "main".

/// How well the table knows a version.
enum class VersionKnown : std::uint8_t {
  kUnknown,  ///< No version at hand, or one below the floor: cautious in everything.
  kKnown,    ///< 3.1 to 4.0.
  kNewer,    ///< Above: read like the newest, signalled like an unknown one.
};

struct Capabilities {
  VersionKnown known = VersionKnown::kUnknown;
  // What may be read or sent.
  bool fe_id_column = false;        ///< SHOW FRONTENDS begins with Id.
  bool status_code = false;         ///< StatusCode column; SHUTDOWN understood by the FE.
  bool warehouse_clause = false;    ///< INTO / FROM WAREHOUSE.
  bool cngroup_clause = false;      ///< CNGROUP.
  bool backend_blacklist = false;   ///< ADD BACKEND BLACKLIST.
  bool cn_blacklist = false;        ///< ADD COMPUTE NODE BLACKLIST.
  bool running_queries = false;     ///< SHOW RUNNING QUERIES.
  bool image_v2 = false;            ///< image/v2/.
  bool show_times_utc8 = false;     ///< Times of SHOW are UTC+8 whatever the zone.
  bool dead_observer_port = false;  ///< A dropped observer's MySQL port accepts, never greets.
  // What may be signalled and run.
  bool fe_graceful_exit = false;     ///< SIGUSR1 drains an FE; elsewhere it kills the JVM.
  bool be_counts_pipelines = false;  ///< The BE's own drain waits for pipeline queries.
  int be_exit_loops = 0;             ///< Default of loop_count_wait_fragments_finish, 10 s each.
  /// Releases whose graceful stop is broken: the official operator stops them by SIGKILL (S49).
  bool be_hard_stop = false;
  bool cn_hard_stop = false;
  bool stop_timeout = false;   ///< stop_fe.sh and stop_be.sh take --timeout.
  bool stop_cn_waits = false;  ///< stop_cn.sh waits for the process.
  bool script_makes_meta_dir = false;
  bool logconsole_edits_conf = false;  ///< --logconsole appends to fe.conf at every start.
};

/// Oldest version that the agent is made for.
inline constexpr int kFloorMajor = 3;
inline constexpr int kFloorMinor = 1;

/// `version` nullptr: not known.
[[nodiscard]] Capabilities capabilities_of(const Version* version);

/// One line for the log at start; empty if there is nothing to say. Below the floor, or newer than
/// what the table knows.
[[nodiscard]] std::string version_remark(const Version& version);

}  // namespace sragent
