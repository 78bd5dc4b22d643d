#include "runtime/server_plan.h"

#include <array>
#include <charconv>
#include <optional>

#include "core/exit_codes.h"
#include "core/meta.h"
#include "runtime/node_tools.h"
#include "runtime/state_folder.h"
#include "starrocks/conf_files.h"
#include "starrocks/start_command.h"

namespace sragent {
namespace {

ServerPlan no(int code, Reason reason, std::string detail) {
  return {code, reason, std::move(detail), {}};
}

ServerPlan void_now(std::string why) {
  return no(kExitUndecidable, Reason::kWaitingForPeers, std::move(why));
}

ServerPlan start(const Config& config, NodeKind kind, StartOptions options) {
  options.log_console = config.node.log_console;
  return {kExitDone, Reason::kNone, {}, start_argv(config.node.root, kind, options)};
}

std::optional<HostType> host_type_in(const DecisionValues& decision) {
  const auto word = decision_value(decision, "HOST_TYPE");
  for (const auto type : {HostType::kFqdn, HostType::kIp})
    if (word == to_string(type)) return type;
  return std::nullopt;
}

/// True unless the decision ends at a moment that is still to come.
bool is_over(const DecisionValues& decision, std::int64_t now_unix_ms) {
  const auto word = decision_value(decision, "EXPIRES_UNIX_MS");
  std::int64_t ends = 0;
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), ends);
  return parsed.ec != std::errc{} || now_unix_ms >= ends;
}

ServerPlan start_new_fe(const DecisionValues& decision,
                        const Config& config,
                        const MetaState& meta,
                        std::int64_t now_unix_ms) {
  const auto role = decision_value(decision, "FE_ROLE");
  const auto type = host_type_in(decision);
  const std::string helper{decision_value(decision, "FE_HELPER")};
  if (!type) return void_now("HOST_TYPE is neither FQDN nor IP");
  if (role == "follower" || role == "observer") {
    if (helper.empty()) return void_now("a " + std::string{role} + " needs FE_HELPER");
    return start(config, NodeKind::kFe, {type, helper, false});
  }
  if (role == "resume") return void_now("the metadata that was to be resumed is gone");
  if (role != "master") return void_now("FE_ROLE is not one of master, follower, observer, resume");
  if (!helper.empty()) return void_now("a founder has no FE_HELPER");
  if (meta.kind != MetaKind::kEmpty)
    return void_now("a founding was begun and not finished: " + meta.detail);
  if (is_over(decision, now_unix_ms)) return void_now("the time for this founding is over");
  return start(config, NodeKind::kFe, {type, {}, false});
}

ServerPlan plan_fe(const DecisionValues& decision, const Config& config, std::int64_t now_unix_ms) {
  const auto conf = load_fe_conf(server_conf_context(config, NodeKind::kFe));
  if (!conf) {
    return no(refusal_exit_code(conf.error()), Reason::kConfigInvalid, conf.error().what);
  }
  const auto folder =
      StateFolder::peek(state_dir_of(config, conf->meta_dir), conf->meta_dir, conf->log_dir);
  const auto meta = classify_meta(folder.read_meta());
  const auto id = decision_value(decision, "CLUSTER_ID");
  if (meta.kind == MetaKind::kDamaged) return no(kExitMetadata, Reason::kMetaDamaged, meta.detail);
  if (meta.kind == MetaKind::kLeft) return void_now("this node has left its cluster");
  if (!id.empty() && !meta.cluster_id.empty() && id != meta.cluster_id) {
    return no(
        kExitIdentity,
        Reason::kIdentityConflict,
        "the decision is for cluster " + std::string{id} + ", the metadata of " + meta.cluster_id);
  }
  if (meta.kind != MetaKind::kSealed) return start_new_fe(decision, config, meta, now_unix_ms);
  const auto type = meta.host_type_known ? meta.host_type : host_type_in(decision);
  return start(config, NodeKind::kFe, {type, {}, false});
}

}  // namespace

std::optional<NodeKind> decided_kind(const DecisionValues& decision) {
  const auto word = decision_value(decision, "KIND");
  for (const auto kind : {NodeKind::kFe, NodeKind::kBe, NodeKind::kCn})
    if (word == to_string(kind)) return kind;
  return std::nullopt;
}

ServerPlan plan_server(const DecisionValues& decision,
                       const Config& config,
                       std::int64_t now_unix_ms) {
  const auto kind = decided_kind(decision);
  if (!kind) return void_now("KIND is not one of fe, be, cn");
  if (kind == NodeKind::kFe) return plan_fe(decision, config, now_unix_ms);
  return start(config, *kind, {});
}

}  // namespace sragent
