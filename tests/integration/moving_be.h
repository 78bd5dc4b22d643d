#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "fe_lab.h"
#include "leave_lab.h"
#include "worker_lab.h"

/// A BE in the middle of its leaving for good.
namespace podlab {

/// The file in which the kubelet shows the pod's annotations; empty `id`: without `leave`.
inline void ask(Pod& pod, const std::string& id) {
  const auto path = root_of(pod) + "/podinfo";
  write_text(
      path,
      "owner=\"ops\"\n" + (id.empty() ? "" : "sr-agent.starrocks.com/leave=\"" + id + "\"\n"));
  pod.set_env("SR_AGENT_NODE__ANNOTATIONS_FILE", path);
}

[[nodiscard]] inline nlohmann::json leaving(const Pod& pod) {
  const auto status = status_of(pod);
  return status.contains("leaving") ? status["leaving"] : nlohmann::json{};
}

/// Two BEs, and the annotation asks one to leave whose tablets never go: the recycle bin is counted
/// and never moved.
struct MovingBe {
  MovingBe() : fe(bare_fe(net, 0)) {}
  void begin() {
    if (!found(fe)) return;
    ask(be, "");
    net.be(0).start();
    be.start();
    up = net.wait_worker("be", 0) && net.wait_worker("be", 1) && wait_settled(be) &&
         fe.sql("CREATE DATABASE d").ok &&
         fe.sql(
               "CREATE TABLE d.t (k INT) DISTRIBUTED BY HASH(k) BUCKETS 4 "
               "PROPERTIES ('replication_num' = '1')")
             .ok &&
         fe.sql("DROP TABLE d.t").ok;
    id = cell("BackendId");
    ask(be, "scale-8");
    up = up && decommissioned("true");
  }
  [[nodiscard]] std::string cell(const std::string& column) {
    return row_cell(net, kBackends, be.fqdn(), column);
  }
  [[nodiscard]] bool decommissioned(const std::string& word) {
    return wait_until([&] { return cell("SystemDecommissioned") == word; });
  }

  PodNet net{{.fe_count = 1}};
  srsim::SimNode fe;
  Pod& be{net.be(1)};
  std::string id{};
  bool up = false;
};

}  // namespace podlab
