#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim_net.h"

namespace srsim {

/// Key-value pairs in file order.
using Properties = std::vector<std::pair<std::string, std::string>>;

/// java.util.Properties text: "#<java date>", then key=value with `:`, `=`, `#`, `!`, `\` escaped
/// in values.
std::string write_properties(const Properties& values, std::int64_t at_ms);
/// The reverse; comments are skipped, escapes removed. Never fails: what it does not know it skips.
Properties read_properties(std::string_view text);
const std::string& value_of(const Properties& values, std::string_view key);

struct RoleFile {
  std::string role{};       ///< FOLLOWER or OBSERVER
  std::string name{};       ///< node name
  std::string host_type{};  ///< IP, FQDN or empty
};

struct VersionFile {
  std::int32_t cluster_id = 0;
  std::string token{};
  std::string run_mode{};
};

/// A stage of an FE's start that tests can kill or hold: SR_SIM_CRASH_AT=<stage> sends SIGKILL to
/// the own process, SR_SIM_PAUSE_AT=<stage> waits until release_stage() is called or the file
/// SR_SIM_RESUME_FILE exists. Stages in order: image_dir, role_empty, role_written, version_empty,
/// version_written, image_downloaded, jdb_created (38 bytes), jdb_root, joined_before_ready,
/// promoting (elected, nothing
/// written yet), ready, host_type_written.
void hit_stage(std::string_view stage);
void release_stage();
/// Stage at which the process waits now, else empty.
std::string held_stage();

/// `meta_dir` of an FE: ROLE, VERSION, images. Layout: docs/starrocks.md section 1.5.
class MetaDir {
 public:
  /// `v2`: images live in image/v2 (3.3.3+).
  MetaDir(std::string path, bool v2) : path_(std::move(path)), v2_(v2) {}

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string bdb() const { return path_ + "/bdb"; }
  [[nodiscard]] std::string image() const { return path_ + "/image"; }
  [[nodiscard]] std::string image_files() const { return v2_ ? image() + "/v2" : image(); }

  [[nodiscard]] bool exists() const;
  [[nodiscard]] bool has_role() const;
  [[nodiscard]] bool has_version() const;
  [[nodiscard]] bool has_jdb() const;
  void make_image_dirs() const;

  /// Empty optional if the file lacks what an FE needs (an empty ROLE, for example).
  [[nodiscard]] std::optional<RoleFile> role() const;
  [[nodiscard]] std::optional<VersionFile> version() const;
  [[nodiscard]] std::string version_text() const;

  void write_role(const RoleFile& role, std::string_view stage_prefix) const;
  void write_version(const VersionFile& version) const;
  /// A joiner keeps the helper's file byte for byte.
  void write_version_text(const std::string& text) const;
  void remove_identity() const;

  /// Newest image by number; 0 if there is none.
  [[nodiscard]] std::int64_t newest_image() const;
  [[nodiscard]] std::string image_text(std::int64_t number) const;
  /// Writes image.N.part, renames it, and checksum.N for v2.
  void write_image(std::int64_t number, const std::string& text) const;

 private:
  std::string path_;
  bool v2_;
};

std::string read_file(const std::string& path);
void write_file(const std::string& path, std::string_view text);

}  // namespace srsim
