#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "faults.h"
#include "fe_config.h"
#include "sim_dns.h"
#include "sim_http.h"

namespace srsim {

/// One BE or CN process: ports, cluster_id file, heartbeat answers, load figures that tests set,
/// drain at SIGTERM. It lives until the process ends. Thread-safe. Source: docs/starrocks.md
/// sections 1.6, 5.2, 6 and 7.3.
class BeNode {
 public:
  enum class Kind { kBackend, kComputeNode };

  explicit BeNode(Kind kind);

  /// Opens the ports in the order of the version; ends the process when one is taken (1) or the
  /// storage is bad (255).
  void start();
  /// SIGTERM, SIGINT or /api/_stop_be: waits for running queries as the version does, then ends the
  /// process with 0.
  void stop();

  void set_running(int queries) { running_ = queries; }
  /// Once told to stop it does not end while this is set, as behind a disk that does not answer.
  void set_lingering(bool lingers) { lingers_ = lingers; }
  void set_disk(std::int64_t used, std::int64_t total);
  [[nodiscard]] FaultTable& faults() { return faults_; }
  [[nodiscard]] HttpServer& http() { return http_; }
  [[nodiscard]] std::string state_text() const;

 private:
  void open_ports();
  void open_heartbeat();
  void listen_silently(std::uint16_t port);
  void heartbeat_loop();
  void serve_heartbeat(const Fd& fd);
  [[nodiscard]] Msg answer_heartbeat(const Msg& question);
  [[nodiscard]] std::string refusal(const Msg& question);
  void remember_master(const Msg& question);
  void report_loop();
  [[nodiscard]] HttpAnswer answer_http(const HttpRequest& request);
  [[nodiscard]] std::string metrics_text() const;
  void load_storage();

  Kind kind_;
  Profile profile_;
  std::string home_;
  std::string ip_;
  std::vector<std::string> storage_;
  std::map<std::string, std::string> conf_;
  Resolver resolver_;
  FaultTable faults_;
  HttpServer http_;
  Fd heartbeat_listener_;
  std::vector<Fd> silent_;
  std::atomic<int> running_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> lingers_{false};
  std::atomic<bool> told_shutdown_{false};

  mutable std::mutex mutex_;
  std::string cluster_id_;
  std::string token_;
  std::int64_t epoch_ = 0;
  std::int64_t reboot_ms_ = 0;
  std::string node_id_;
  Endpoint leader_;
  std::int64_t disk_used_ = 0;
  std::int64_t disk_total_ = 100LL << 30U;
};

}  // namespace srsim
