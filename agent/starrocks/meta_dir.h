#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/meta.h"
#include "core/result.h"
#include "starrocks/state_file.h"

/// The metadata directory of an FE, the data directory of a BE, and the agent's files beside them,
/// as they are on disk. Reads only. Source: docs/starrocks.md sections 1.5 and 1.6.
namespace sragent {

/// image/ROLE.
struct RoleFile {
  std::string host{};
  std::uint16_t port = 0;
  std::string node_name{};  ///< "<host>_<port>_<millis>".
  FeRole role = FeRole::kFollower;
  bool host_type_key = false;
  bool host_type_value = false;
  HostType host_type = HostType::kFqdn;
};
/// kGarbled: names what is missing or wrong. Pure.
[[nodiscard]] Result<RoleFile> parse_role(std::string_view text);

/// image/VERSION.
struct VersionFile {
  ClusterId cluster_id{};
  std::string token{};     ///< Empty: none (the server makes one).
  std::string run_mode{};  ///< Empty: written before 3.0.
};
[[nodiscard]] Result<VersionFile> parse_version_file(std::string_view text);

/// An own file that is there and of no use.
struct BrokenFile {
  std::string path{};
  std::string why{};
  bool unreadable = false;  ///< The system refused it; else its text is not whole.
  [[nodiscard]] std::string what() const { return path + ": " + why; }
  friend bool operator==(const BrokenFile&, const BrokenFile&) = default;
};

/// Everything in the state folder. A file that is absent is nullopt; one that is there and not
/// whole is nullopt and named in `broken`.
struct StateFiles {
  std::optional<IntentNote> intent{};
  std::optional<SealedNote> sealed{};
  std::optional<LeftNote> left{};
  std::optional<Certificate> certificate{};
  std::optional<RememberedNote> remembered{};
  std::optional<MembersNote> members{};
  std::optional<StatementNote> statement{};
  std::optional<WorkerNote> worker{};
  /// A memory of a cluster that cannot be read must stop a founding.
  std::vector<BrokenFile> broken{};
};
[[nodiscard]] StateFiles read_state_files(const std::string& state_dir);

/// One certificate file, for the copy beside the logs. kNotFound: none.
[[nodiscard]] Result<Certificate> read_certificate(const std::string& path);

/// The meta directory and what the state folder says of it. Total: what cannot be read is
/// FileState::kUnreadable, and `damage` names the exact file. `lost+found` and the state folder are
/// ignored. A broken intent beside metadata is damage, since nothing else tells a half-made
/// directory from a member's; a broken mark counts as absent, because a mark is written whole
/// before the step that it stands for.
[[nodiscard]] MetaFiles read_meta_dir(const std::string& meta_dir, const StateFiles& state);

/// Files below image/ and bdb/ as they may be renamed into the state folder: the top-level names
/// that exist, of "image" and "bdb".
[[nodiscard]] std::vector<std::string> meta_parts(const std::string& meta_dir);

/// Cluster id in `<storage_root>/cluster_id` of a BE: "<id>-<token>" or "<id>". Empty: no such
/// file or an empty one. kGarbled: not a number. kIo: cannot be read.
[[nodiscard]] Result<ClusterId> read_be_cluster_id(const std::string& storage_root);

}  // namespace sragent
