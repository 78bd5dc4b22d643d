#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "node_view.h"
#include "statements.h"

namespace srsim {

/// The MySQL port of one FE: a listener thread and one thread per connection.
/// Greets, authenticates by mysql_native_password, and hands each COM_QUERY to execute(). Faults of
/// view.faults() strike at login ("connect") and by statement_kind(). Wire form: docs/starrocks.md
/// section 10. Thread-safe.
class MysqlServer {
 public:
  struct Options {
    std::string ip{"127.0.0.1"};
    int port{9030};             ///< 0 takes a free port: see port()
    int max_connections{4096};  ///< beyond it: 1064 `Reach cluster-wide connection limit, ...`
    int fe_id{1};               ///< upper byte of connection ids from 3.5 on
    /// Called with each statement as it arrives, from any thread: client, user, text.
    std::function<void(std::string_view, std::string_view, std::string_view)> audit{};
  };

  /// `view` must outlive the server.
  MysqlServer(NodeView& view, Options options);
  MysqlServer(const MysqlServer&) = delete;
  MysqlServer& operator=(const MysqlServer&) = delete;
  MysqlServer(MysqlServer&&) = delete;
  MysqlServer& operator=(MysqlServer&&) = delete;
  ~MysqlServer();  ///< stop()

  /// Listens; empty on success, else the reason (errno text). Call once.
  [[nodiscard]] std::string start();
  /// Closes the listener and every connection, hanging ones too, and joins all threads. A
  /// connection thread inside a blocking NodeView call ends when that call returns.
  void stop();
  /// The port in use; valid after start().
  [[nodiscard]] int port() const;

  /// Accept and never greet, from the next connection on (an FE without its own row, 3.5+).
  /// The server also does so by itself when the profile says so and view.has_own_row() is false.
  void set_mute(bool mute);

  [[nodiscard]] std::vector<ProcessRow> processes() const;
  /// Closes the connection; false if there is none of that id.
  bool kill(std::uint32_t connection_id);

  /// For the graceful exit of an FE (docs/starrocks.md section 7.2 point 5).
  [[nodiscard]] std::size_t connection_count() const;
  /// Closes connections that have been idle for at least `idle`.
  void close_idle(std::chrono::milliseconds idle);
  /// From now on each connection is closed after one statement that is not a session set-up.
  void set_draining(bool draining);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace srsim
