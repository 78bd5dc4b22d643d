#include "runtime/offline_helper.h"

#include "core/words.h"
#include "runtime/ask.h"
#include "runtime/fe_login.h"
#include "runtime/kube_api.h"
#include "runtime/kube_json.h"
#include "runtime/log.h"
#include "starrocks/errors.h"
#include "starrocks/rows.h"
#include "starrocks/sql_text.h"

namespace sragent {
namespace {

constexpr std::size_t kListBytes = std::size_t{64}
                                   << 20U;  ///< A pod is a few kB: thousands of them.
constexpr std::chrono::seconds kApiTime{30};
constexpr int kTries = 5;

Result<std::string> ask_kubernetes(const KubernetesConfig& config, const std::string& path) {
  auto reply = kube_get(config, path, kListBytes, Deadline::after(kApiTime));
  if (!reply) return tl::unexpected(std::move(reply).error());
  if (reply->status == 200) return std::move(reply->body);
  return tl::unexpected(
      Error{ErrorKind::kRejected,
            "kubernetes: GET " + path + " answered HTTP " + std::to_string(reply->status)});
}

/// The rows with how long each was silent: both times are the leader's, in one time zone.
Result<std::vector<CnRow>> cn_rows(const std::vector<WorkerRow>& rows, const FeList& fes) {
  const auto* leader = leader_row(fes);
  const auto now = leader == nullptr ? std::nullopt : table_seconds(leader->last_heartbeat);
  if (!now)
    return tl::unexpected(Error{ErrorKind::kGarbled, "the list of FEs does not tell the time"});
  std::vector<CnRow> out;
  for (const auto& row : rows) {
    CnRow one{row.host, row.heartbeat_port, row.alive, std::nullopt};
    if (const auto seen = table_seconds(row.last_heartbeat))
      one.silent_for = Millis{(*now - *seen) * 1'000};
    out.push_back(std::move(one));
  }
  return out;
}

/// One pass at one FE: reads, drops, reads again.
class Pass {
 public:
  Pass(const OneShot& shot, const PodsSeen& pods) : shot_(shot), pods_(pods) {}

  /// False: this FE did not tell or refused; `report.detail` says why.
  bool at(const FeTarget& target, OfflineReport& report) {
    auto leader = open_leader(shot_.look, target);
    if (!leader.sql) {
      report.detail = leader.attempt.error->what;
      return false;
    }
    const auto rows = read_rows(*leader.sql);
    const auto fes = read_fes(*leader.sql);
    const auto cns = !rows  ? Result<std::vector<CnRow>>{tl::unexpected(rows.error())}
                     : !fes ? Result<std::vector<CnRow>>{tl::unexpected(fes.error())}
                            : cn_rows(*rows, *fes);
    if (!cns) {
      report.detail = cns.error().what;
      return false;
    }
    const auto port = shot_.look.config->helper.cn_port;
    const auto found = find_dead_nodes(*cns, pods_, port);
    report.detail = found.refusal;
    if (!found.refusal.empty()) return false;
    for (const auto index : found.rows)
      if (!drop(*leader.sql, (*rows)[index], report)) return false;
    report.done = true;
    report.detail = report.dropped.empty() ? "no CN without a pod was found"
                                           : "dropped " + joined(report.dropped);
    return true;
  }

 private:
  [[nodiscard]] Result<SqlTable> show(SqlSession& session, std::string_view statement) const {
    const auto limit = Deadline::after(shot_.look.config->sql.show_timeout);
    return ask_fe(shot_.look, session, statement, limit);
  }

  [[nodiscard]] Result<std::vector<WorkerRow>> read_rows(SqlSession& session) const {
    return show(session, kShowComputeNodes).and_then([](const SqlTable& table) {
      return worker_rows({table.columns, table.rows});
    });
  }

  [[nodiscard]] Result<FeList> read_fes(SqlSession& session) const {
    return show(session, kShowFrontends).and_then([this](const SqlTable& table) {
      return fe_list({table.columns, table.rows}, {}, shot_.look.clock.now());
    });
  }

  bool drop(SqlSession& session, const WorkerRow& row, OfflineReport& report) {
    const auto key = host_port(row.host, row.heartbeat_port);
    const auto text = drop_worker(NodeKind::kCn, row);
    if (!text) {
      report.detail = text.error().what;
      return false;
    }
    const auto limit = Deadline::after(shot_.look.config->sql.statement_timeout);
    const auto done = ask_fe(shot_.look, session, *text, limit);
    const bool gone = done || classify_server_error(done.error().code, done.error().text) ==
                                  ServerError::kNotExists;
    log_info("cn_dropped", {{"row", key}, {"outcome", done ? "ok" : done.error().what}});
    if (gone) {
      report.dropped.push_back(key);
    } else {
      report.detail = key + ": " + done.error().what;
    }
    return gone;
  }

  const OneShot& shot_;
  const PodsSeen& pods_;
};

}  // namespace

Result<PodsSeen> see_pods(const Config& config) {
  const auto& helper = config.helper;
  const auto& api = config.kubernetes;
  const auto deployment = ask_kubernetes(
      api,
      "/apis/apps/v1/namespaces/" + helper.cn_namespace + "/deployments/" + helper.cn_deployment);
  if (!deployment) return tl::unexpected(deployment.error());
  const auto selector = selector_of_deployment(*deployment);
  if (!selector) return tl::unexpected(selector.error());
  const auto pods = "/api/v1/namespaces/" + helper.cn_namespace + "/pods";
  const auto own = ask_kubernetes(api, pods + "?labelSelector=" + *selector).and_then(parse_pods);
  if (!own) return tl::unexpected(own.error());
  const auto all = ask_kubernetes(api, pods).and_then(parse_pods);
  if (!all) return tl::unexpected(all.error());
  PodsSeen out;
  out.complete = own->complete && all->complete;
  out.of_group = own->living;
  out.addresses = all->addresses;
  out.addresses.insert(own->addresses.begin(), own->addresses.end());
  return out;
}

OfflineReport offline_dead_nodes(const OneShot& shot) {
  OfflineReport out;
  const auto pods = see_pods(*shot.look.config);
  if (!pods) {
    out.detail = pods.error().what;
    return out;
  }
  WorkerContext context;
  context.look = shot.look;
  for (int i = 0; i < kTries && !out.done; ++i) {
    const auto names = look_up_fes(context, {});
    if (names.targets.empty())
      out.detail = "no FE address is known: " + joined(names.problems, "; ");
    ask_in_turn(shot.look, names.targets, [&](const FeTarget& target) {
      if (Pass{shot, *pods}.at(target, out)) return true;
      log_warn("offline_not_done",
               {{"fe", host_port(target.address, target.port)}, {"why", out.detail}});
      return false;
    });
  }
  return out;
}

}  // namespace sragent
