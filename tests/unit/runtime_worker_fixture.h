#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "dialect_fixture.h"
#include "io_peer.h"
#include "mysql_server.h"
#include "runtime/worker_agent.h"

/// One BE on 127.0.0.1 with a script for a server, turned by hand as the loop turns it; and an FE
/// of the simulator that it may find.
namespace sragent::test {

/// An FE with its MySQL port; it serves from start() on.
class WorkerFe {
 public:
  /// `port` 0: any free one.
  explicit WorkerFe(std::uint16_t port = 0);
  void start();
  /// The same, and the BE at 127.0.0.1:9050 is a member and alive.
  void start_with_member();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// A statement as root sees it: "OK", "ROWS n" or the error.
  std::string run(const std::string& sql) { return cluster_.run(sql); }
  /// Rows of the list of BEs (`be`) or CNs at 127.0.0.1.
  [[nodiscard]] std::size_t rows(bool be = true) const;
  /// The only node's heartbeats succeed from now on.
  void heartbeat();
  void set_root_password(const std::string& password);
  /// The leader restarted: its StartTime is another.
  void restart_leader();

 private:
  srsim::testing::Cluster cluster_{"3.5.7"};
  std::uint16_t port_;
  std::unique_ptr<srsim::MysqlServer> server_{};
};

/// 200 to every request.
void answer_healthy(int fd);

class WorkerNode {
 public:
  /// `fe_port`: where it looks for an FE. `script`: body of be/bin/start_be.sh; empty: no script.
  WorkerNode(std::uint16_t fe_port, const std::string& script);
  ~WorkerNode();
  WorkerNode(const WorkerNode&) = delete;
  WorkerNode& operator=(const WorkerNode&) = delete;

  Config config{};  ///< May be changed before begin().
  BeConf conf{};
  [[nodiscard]] std::string storage() const { return dir_ / "storage"; }
  [[nodiscard]] std::string file(const std::string& name) const { return dir_ / name; }

  void begin();
  /// Agent and server end, and begin anew in the same pod.
  void restart_container();
  /// One turn of the loop.
  void turn();
  /// Turns until `condition` holds; false after a generous limit.
  [[nodiscard]] bool turn_until(const std::function<bool()>& condition);
  /// Turns for a span of the node's own (scaled) time.
  void turn_for(Millis span);

  [[nodiscard]] NodeStatus status() const;
  [[nodiscard]] Reason reason() const { return status().reason; }
  [[nodiscard]] bool registered() const { return status().row.registered == Tri::kYes; }
  [[nodiscard]] StateFiles kept() const { return state_->read(); }
  [[nodiscard]] ServerProcess& server() { return server_; }
  [[nodiscard]] WorkerAgent& agent() { return *agent_; }
  [[nodiscard]] std::optional<int> end_code() const { return end_code_; }
  /// How long the part lets the loop sleep after the last turn.
  [[nodiscard]] Millis sleep() const { return call_again_ - turned_; }
  [[nodiscard]] std::optional<std::string> command(const std::string& line);
  [[nodiscard]] IdentityBook& book() { return *book_; }

 private:
  void take(const Wish& wish);
  void end_server();

  TempDir dir_{};
  NodeIdentity node_{};
  Clock clock_{20.0};
  ServerProcess server_{};
  std::shared_ptr<WorkerPool> workers_{};
  std::shared_ptr<IdentityBook> book_{};
  std::unique_ptr<StateFolder> state_{};
  std::unique_ptr<Shell> shell_{};
  std::unique_ptr<WorkerAgent> agent_{};
  std::optional<int> end_code_{};
  Instant turned_{};
  Instant call_again_{};
};

}  // namespace sragent::test
