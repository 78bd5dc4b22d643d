#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/types.h"

namespace sragent {

/// What one metadata file turned out to be when it was read.
enum class FileState : std::uint8_t {
  kAbsent,
  kEmpty,       ///< Exists, 0 bytes.
  kParsed,      ///< A Java properties file with every key that is needed.
  kUnreadable,  ///< Exists, but cannot be read or lacks what is needed; see MetaFiles::damage.
};

/// The agent's own word on a start that was under way, from the intent file in the state folder.
enum class IntentKind : std::uint8_t { kNone, kFound, kJoin };

/// The metadata directory of an FE and the agent's own files beside it, as read from disk.
/// Made by starrocks/meta_dir; the core only judges it. Source: docs/starrocks.md section 1.5.
struct MetaFiles {
  bool any_regular_file = false;  ///< Under image/ or bdb/, at any depth.
  bool bdb_files = false;         ///< Any regular file under bdb/.
  bool has_jdb = false;           ///< At least one bdb/*.jdb.
  FileState role = FileState::kAbsent;
  FileState version = FileState::kAbsent;
  bool host_type_key = false;    ///< ROLE has the key hostType.
  bool host_type_value = false;  ///< ... with a value: this FE was ready once.
  std::string role_host{};       ///< Host part of ROLE's node name.
  std::uint16_t role_port = 0;   ///< Port part of ROLE's node name; 0: unknown.
  FeRole role_role = FeRole::kFollower;
  HostType role_host_type = HostType::kFqdn;  ///< Meaningful with host_type_value.
  ClusterId version_id{};
  IntentKind intent = IntentKind::kNone;
  ClusterId intent_id{};          ///< Join: the id of the cluster to join.
  std::string intent_helper{};    ///< Join: "host:port" of the member to join by.
  bool helper_run_ended = false;  ///< A start with --helper ended by itself.
  bool sealed_mark = false;
  bool left_mark = false;
  std::string damage{};  ///< Why something is kUnreadable: file and what is wrong.
};

/// M of docs/start-rules.md section 1.
enum class MetaKind : std::uint8_t {
  kEmpty,
  kSealed,
  kFoundIntent,
  kJoinIntent,
  kUnfinished,
  kLeft,
  kDamaged,
};

struct MetaState {
  MetaKind kind = MetaKind::kEmpty;
  bool has_jdb = false;
  bool was_ready = false;           ///< hostType in ROLE has a value.
  ClusterId cluster_id{};           ///< Of VERSION; of the intent while a join has no VERSION yet.
  std::string host{};               ///< Of ROLE; empty: none recorded.
  std::uint16_t port = 0;           ///< edit_log_port of ROLE's node name; 0: none recorded.
  FeRole role = FeRole::kFollower;  ///< Meaningful when `host` is set.
  bool host_type_known = false;
  HostType host_type = HostType::kFqdn;
  std::string helper{};  ///< Join intent: the member to join by.
  bool helper_run_ended = false;
  std::string detail{};  ///< Damaged or unfinished: which file and why.

  friend bool operator==(const MetaState&, const MetaState&) = default;
};

/// Judges the files. Total: every combination has exactly one kind; what fits nothing is kDamaged.
[[nodiscard]] MetaState classify_meta(const MetaFiles& files);

[[nodiscard]] std::string_view to_string(MetaKind kind);  ///< "empty", "sealed", "found-intent" ...

}  // namespace sragent
