#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/types.h"

/// fe.conf, be.conf and cn.conf, read as the server itself and its start script read them: the
/// answer is what the server will use, not what the file seems to say. Pure.
/// Source: ConfigBase.java, configbase.cpp, bin/common.sh; docs/starrocks.md section 1.2.
namespace sragent {

using EnvMap = std::map<std::string, std::string, std::less<>>;

/// A remark on one line of a conf file.
struct ConfNote {
  int line = 0;  ///< From 1.
  std::string text{};
};

/// A conf file after reading. Values are trimmed and `${NAME}` is replaced.
struct ConfFile {
  std::map<std::string, std::string, std::less<>> values{};
  /// What the start script exports to the server: UPPERCASE keys, quotes removed, `$NAME` and
  /// `${NAME}` replaced, `$(...)` kept as text; with LOG_DIR, PID_DIR and UDF_RUNTIME_DIR, whose
  /// defaults overwrite the environment.
  EnvMap exported{};
  std::vector<ConfNote> garbage{};     ///< Lines that say nothing to the server.
  std::vector<ConfNote> unresolved{};  ///< `${NAME}` of a name that is not set: the server refuses.
  std::vector<ConfNote> warnings{};    ///< Read otherwise than it looks; for example `$NAME`.

  /// Value of a key; nullptr if it is not set, or empty where the server ignores an empty one.
  [[nodiscard]] const std::string* find(std::string_view key) const;
};

/// Where the conf file belongs.
struct ConfContext {
  NodeKind kind = NodeKind::kFe;  ///< FE reads Java properties, BE and CN plain lines.
  std::string home{};             ///< STARROCKS_HOME: "/opt/starrocks/fe".
  EnvMap env{};                   ///< Environment that the start script will get.
};

/// Never fails: what the server cannot read is listed. A text that no Java reader accepts has one
/// entry in `unresolved`.
[[nodiscard]] ConfFile parse_conf(std::string_view text, const ConfContext& context);

/// Effective values of an FE. Paths are as the server takes them: a relative one is relative to its
/// working directory.
struct FeConf {
  std::uint16_t http_port = 8030;
  std::uint16_t rpc_port = 9020;
  std::uint16_t query_port = 9030;
  std::uint16_t edit_log_port = 9010;
  std::string meta_dir{};
  std::string run_mode = "shared_nothing";
  std::string priority_networks{};
  std::string frontend_address = "0.0.0.0";  ///< Anything else: the FE is in IP mode.
  std::string log_dir{};                     ///< Of fe.out: LOG_DIR.
  std::string sys_log_dir{};                 ///< Of fe.log: sys_log_dir.
  std::string pid_dir{};
  std::uint64_t meta_reserve = std::uint64_t{512} << 20U;  ///< bdbje_reserved_disk_size.
  bool reset_election_group = false;  ///< bdbje_reset_election_group or metadata_failure_recovery.
  int min_graceful_exit_s = 15;
  int max_graceful_exit_s = 60;
  std::vector<std::string> warnings{};
};

/// Effective values of a BE or CN.
struct BeConf {
  std::uint16_t heartbeat_port = 9050;
  std::uint16_t http_port = 8040;
  std::uint16_t be_port = 9060;  ///< What the heartbeat reports.
  std::uint16_t brpc_port = 8060;
  std::uint16_t starlet_port = 9070;
  std::vector<std::string> storage_roots{};  ///< Paths only, in order. A CN may have none.
  std::string priority_networks{};
  std::string log_dir{};      ///< Of be.out: LOG_DIR.
  std::string sys_log_dir{};  ///< Of be.INFO: sys_log_dir.
  std::string pid_dir{};
  int loop_count_wait = -1;  ///< loop_count_wait_fragments_finish; -1: the version's default.
  std::vector<std::string> warnings{};
};

/// A port of the server by its key in the conf file.
struct NamedPort {
  std::string_view key{};
  std::uint16_t port = 0;
};
[[nodiscard]] std::vector<NamedPort> ports_of(const FeConf& conf);
[[nodiscard]] std::vector<NamedPort> ports_of(const BeConf& conf);

/// kBadConfig lists everything that would keep the server from starting, one "key: expected ..."
/// after the other; `name` ("fe.conf") stands before each.
[[nodiscard]] Result<FeConf> read_fe_conf(const ConfFile& file,
                                          const ConfContext& context,
                                          std::string_view name);
[[nodiscard]] Result<BeConf> read_be_conf(const ConfFile& file,
                                          const ConfContext& context,
                                          std::string_view name);

/// "fe.conf", "be.conf", "cn.conf".
[[nodiscard]] std::string_view conf_name(NodeKind kind);

}  // namespace sragent
