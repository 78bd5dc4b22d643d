#include "fe_start.h"

#include <filesystem>
#include <iostream>
#include <limits>
#include <random>
#include <sstream>

#include "fe_exit.h"
#include "group_node.h"
#include "sim_http.h"
#include "sim_log.h"

namespace srsim {
namespace {

constexpr const char* kDecision = "NodeMgr.getClusterIdAndRoleOnStartup():293";

std::string listed(const std::vector<std::string>& helpers) {
  std::string text;
  for (const std::string& helper : helpers)
    text += (text.empty() ? "" : ", ") + helper;
  return "[" + text + "]";
}

std::vector<std::string> parse_helpers(const FeConfig& config, const FeIdentity& self) {
  std::vector<std::string> helpers;
  std::istringstream items(config.helper);
  for (std::string item; std::getline(items, item, ',');) {
    const auto [host, port] = split_host_port(item);
    if (port == 0) {
      std::cout << "Helper host port seems was wrong [" + config.helper +
                       "], eg. host:port,host:port"
                << std::endl;
      fe_exit(255);
    }
    if (item == host_port(self.host, config.edit_log_port)) {
      start_failed(
          "com.starrocks.sql.analyzer.SemanticException: Getting analyzing error. Detail message: "
          "Do not specify the "
          "helper node to FE itself. Please specify it to the existing running Leader or Follower "
          "FE.");
    }
    helpers.push_back(item);
  }
  if (!helpers.empty())
    log_info("NodeMgr.getHelperNodes():656", "get helper nodes: " + listed(helpers));
  return helpers;
}

std::string uuid() {
  std::random_device device;
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string text = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx";
  for (char& c : text) {
    if (c == 'x') c = kHex[device() % 16];
  }
  return text;
}

std::int32_t new_cluster_id() {
  std::random_device device;
  return static_cast<std::int32_t>(device() % 2147483646U) + 1;
}

class RoleDecision {
 public:
  RoleDecision(const FeConfig& config,
               const FeIdentity& self,
               const MetaDir& meta,
               Resolver& resolver)
      : config_(config), self_(self), meta_(meta), resolver_(resolver) {}

  RoleOutcome run() {
    RoleOutcome result;
    result.helpers = parse_helpers(config_, self_);
    meta_.make_image_dirs();
    result.first_start = !meta_.has_role() && !meta_.has_version();
    if (result.helpers.empty()) {
      alone(result);
    } else if (meta_.has_role() && meta_.has_version()) {
      log_info(
          kDecision,
          "find ROLE and VERSION file in local, ignore helper nodes: " + listed(result.helpers));
      from_files(result);
      if (result.helpers.size() != 1) start_failed("java.lang.IllegalStateException");
    } else {
      join(result);
    }
    check_run_mode(result.version.run_mode);
    return result;
  }

 private:
  void alone(RoleOutcome& result) {
    if (result.first_start) return found(result);
    if (!meta_.has_role() || !meta_.has_version()) {
      // An empty ROLE throws before this check is reached.
      if (meta_.has_role() && !meta_.role()) start_failed("java.lang.NullPointerException");
      log_error("NodeMgr.getClusterIdAndRoleOnStartup():299",
                "role file and version file must both exist or both not exist. please specific one "
                "helper node to "
                "recover. will exit.");
      fe_exit(255);
    }
    from_files(result);
  }

  void found(RoleOutcome& result) {
    result.founder = true;
    result.role = {
        .role = "FOLLOWER", .name = host_port(self_.host, config_.edit_log_port), .host_type = ""};
    result.role.name =
        self_.host + "_" + std::to_string(config_.edit_log_port) + "_" + std::to_string(unix_ms());
    meta_.write_role(result.role, "role");
    log_info("NodeMgr.getClusterIdAndRoleOnStartup():321",
             "very first time to start this node. role: FOLLOWER, node name: " + result.role.name);
    result.version = {
        .cluster_id = new_cluster_id(), .token = uuid(), .run_mode = config_.run_mode};
    meta_.write_version(result.version);
  }

  void from_files(RoleOutcome& result) {
    const auto role = meta_.role();
    const auto version = meta_.version();
    if (!role || !version) start_failed("java.lang.NullPointerException");
    result.role = *role;
    result.version = *version;
  }

  void join(RoleOutcome& result) {
    std::string helper;
    while (!ask_helpers(result, helper)) {
      log_warn("NodeMgr.getClusterIdAndRoleOnStartup():381",
               "current node is not added to the group. please add it first. sleep 5 seconds and "
               "retry, current "
               "helper nodes: " +
                   listed(result.helpers));
      sleep_for(scaled(milliseconds(5000)));
    }
    meta_.write_role(result.role, "role");
    if (meta_.has_version()) {
      compare_with(helper);
    } else {
      fetch_version(helper);
    }
    const auto version = meta_.version();
    if (!version) start_failed("java.io.IOException: VERSION is garbled");
    result.version = *version;
    download_image(helper);
  }

  /// GET on a helper, at this FE's own http_port.
  Result<HttpReply> get_from(const std::string& helper, const std::string& target, int limit_ms) {
    const auto [host, port] = split_host_port(helper);
    const auto ip = resolver_.first(host);
    if (!ip) {
      return tl::unexpected(
          Error{ErrorKind::kUnreachable, "java.net.UnknownHostException: " + host});
    }
    return http_call(
        self_.ip, {*ip, config_.http_port}, {.target = target}, milliseconds(limit_ms));
  }

  bool ask_helpers(RoleOutcome& result, std::string& chosen) {
    const std::string target =
        "/role?host=" + url_encode(self_.host) + "&port=" + std::to_string(config_.edit_log_port);
    for (const std::string& helper : result.helpers) {
      const auto reply =
          get_from(helper, target, 127000);  // the OS's own TCP time-out, never scaled
      if (!reply || reply->status != 200) {
        log_warn("NodeMgr.getFeNodeTypeAndNameFromHelpers():558",
                 "failed to get fe node type from helper node: " + helper + ".");
        log_raw(reply ? "response code: " + std::to_string(reply->status) : reply.error().what);
        continue;
      }
      const std::string& role = get(reply->headers, "role");
      if (role == "UNKNOWN" || role.empty()) return false;
      chosen = helper;
      result.role = {.role = role, .name = get(reply->headers, "name"), .host_type = ""};
      return true;
    }
    return false;
  }

  void fetch_version(const std::string& helper) {
    const auto reply = get_from(helper, "/version", 5000);
    if (!reply || reply->status != 200) {
      log_error("NodeMgr.getVersionFileFromHelper():1",
                "failed to get version file from helper " + helper);
      fe_exit(255);
    }
    meta_.write_version_text(reply->body);
  }

  void compare_with(const std::string& helper) {
    const auto own = meta_.version();
    const auto reply = get_from(helper, "/check", 2000);
    if (!own || !reply) start_failed("java.io.IOException: check of the helper failed");
    if (get(reply->headers, "token") != own->token) {
      log_error(kDecision, "token is not equal with helper node " + helper + ". will exit.");
      fe_exit(255);
    }
    const std::string theirs = "shared_nothing";  // no version sends its run mode
    if (own->run_mode != theirs && !own->run_mode.empty()) {
      log_error(kDecision,
                "Unmatched run mode with helper node " + helper + ": " + own->run_mode + " vs " +
                    theirs + ", will exit .");
      fe_exit(255);
    }
  }

  void download_image(const std::string& helper) {
    const auto info = get_from(helper, "/info?subdir=", 5000);
    if (!info || info->status != 200) return;
    const std::size_t at = info->body.find("\"imageJournalId\":");
    if (at == std::string::npos) return;
    const std::int64_t number = std::strtoll(info->body.c_str() + at + 17, nullptr, 10);
    if (number <= 0) return;
    const std::string target =
        "/image?version=" + std::to_string(number) + "&subdir=&image_format_version=v2";
    log_info(
        "MetaHelper.downloadImageFile():1",
        "start to download image." + std::to_string(number) + " from http://" + helper + target);
    const auto image = get_from(helper, target, 60000);
    if (image && image->status == 200) meta_.write_image(number, image->body);
    hit_stage("image_downloaded");
  }

  void check_run_mode(const std::string& stored) {
    if (stored.empty() || stored == config_.run_mode) return;
    log_error(kDecision,
              "Unmatched run mode between config file and version file: " + config_.run_mode +
                  " vs " + stored + ". will exit! ");
    fe_exit(255);
  }

  const FeConfig& config_;
  const FeIdentity& self_;
  const MetaDir& meta_;
  Resolver& resolver_;
};

/// SR_SIM_FREE_BYTES: a number, or "real" for what the volume has; unset: more than enough, as the
/// machine of a test need not have 5 GiB.
long long free_bytes(const std::string& path) {
  const std::string text = env_or("SR_SIM_FREE_BYTES", "");
  if (text.empty()) return std::numeric_limits<long long>::max();
  if (text != "real") return std::strtoll(text.c_str(), nullptr, 10);
  std::error_code none;
  return static_cast<long long>(std::filesystem::space(path, none).available);
}

}  // namespace

void check_meta_dir(const FeConfig& config, const MetaDir& meta) {
  if (!meta.exists()) {
    log_error("MetaHelper.checkMetaDir():233", meta.path() + " does not exist, will exit");
    start_failed("com.starrocks.common.InvalidMetaDirException: null");
  }
  if (free_bytes(meta.path()) < 5LL * 1024 * 1024 * 1024) {
    log_error("MetaHelper.checkMetaDir():250",
              "Free capacity left for meta dir: " + meta.path() + " is less than 5GB");
    start_failed("com.starrocks.common.InvalidMetaDirException: null");
  }
  if (meta.newest_image() > 0 && !meta.has_jdb() && !config.flag("start_with_incomplete_meta")) {
    log_error("MetaHelper.checkMetaDir():272",
              "image exists, but bdb dir is empty, set start_with_incomplete_meta to true if you "
              "want to forcefully "
              "recover from image data, this may end with stale meta data, so please be careful.");
    start_failed("com.starrocks.common.InvalidMetaDirException: null");
  }
}

FeIdentity choose_host(const FeConfig& config, const MetaDir& meta, Resolver& resolver) {
  FeIdentity self;
  self.ip = own_ip(resolver);
  const std::string fixed = config.text("frontend_address", "0.0.0.0");
  if (fixed != "0.0.0.0") {
    self.host = fixed;
    return self;
  }
  std::string type = config.host_type;
  if (type.empty() && meta.role()) type = meta.role()->host_type;
  if (!type.empty() && type != "IP" && type != "FQDN") {
    std::cout << "-host_type need parameter FQDN or IP" << std::endl;
    fe_exit(255);
  }
  self.fqdn = type == "FQDN";
  self.host = self.fqdn ? own_host_name() : self.ip;
  if (!self.fqdn) return self;
  const auto resolved = resolver.resolve(self.host);
  const bool own =
      resolved && std::find(resolved->begin(), resolved->end(), self.ip) != resolved->end();
  if (!own || !is_local_address(self.ip)) {
    log_error("FrontendOptions.initAddrUseFqdn():230",
              "Fail to find right address to start fe by using fqdn");
    fe_exit(255);
  }
  log_info("FrontendOptions.initAddrUseFqdn():217",
           "Using FQDN from matched addr, FQDN: " + self.host + ", ip: " + self.ip + ", v6: false");
  return self;
}

RoleOutcome decide_role(const FeConfig& config,
                        const FeIdentity& self,
                        const MetaDir& meta,
                        Resolver& resolver) {
  return RoleDecision(config, self, meta, resolver).run();
}

}  // namespace srsim
