#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "mysql_wire.h"
#include "node_view.h"
#include "statements.h"

namespace srsim {

/// One client connection of a MysqlServer. run() is its thread; the other members may be called
/// from any thread. Owns the descriptor.
class MysqlConnection {
 public:
  struct Place {
    std::uint32_t id{};
    std::string peer{};  ///< ip:port of the client
    const std::atomic<bool>* mute{};
    const std::atomic<bool>* draining{};
    std::atomic<int>*
        connections{};  ///< logged-in connections of the server, this one counts itself
    int max_connections{};
    const std::function<void(std::string_view, std::string_view, std::string_view)>* audit{};
  };

  MysqlConnection(int fd, NodeView& view, Place place);
  MysqlConnection(const MysqlConnection&) = delete;
  MysqlConnection& operator=(const MysqlConnection&) = delete;
  MysqlConnection(MysqlConnection&&) = delete;
  MysqlConnection& operator=(MysqlConnection&&) = delete;
  ~MysqlConnection();

  /// Greets, logs in, serves; returns when the connection is over.
  void run();
  /// Ends the connection now: wakes run() from reads, writes and waits.
  void close();

  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] bool logged_in() const { return logged_in_; }
  [[nodiscard]] std::uint32_t id() const { return place_.id; }
  [[nodiscard]] ProcessRow process() const;
  /// Time since the last statement ended; zero while one runs.
  [[nodiscard]] std::chrono::milliseconds idle() const;

 private:
  // Transport: false or empty once the connection is over.
  /// Payload of the next packet; a sequence number other than `sequence` ends the connection.
  [[nodiscard]] std::optional<std::string> read_packet(std::uint8_t sequence);
  [[nodiscard]] bool read_exactly(std::string& out, std::size_t size);
  bool send_bytes(std::string_view bytes);
  bool send_payload(std::uint8_t sequence, std::string_view payload);
  void hang();
  /// Until `time` is over or `enough` says so, or the connection ends.
  void wait(
      std::chrono::milliseconds time, const std::function<bool()>& enough = [] { return false; });

  // Login (mysql_login.cc).
  [[nodiscard]] bool log_in();
  [[nodiscard]] bool send_greeting(const std::string& scramble);
  [[nodiscard]] bool authenticate(const wire::LoginReply& reply,
                                  const std::string& scramble,
                                  std::uint8_t sequence);
  [[nodiscard]] bool strike_at_login(const Fault& fault, std::string_view greeting);

  // Commands.
  [[nodiscard]] bool serve_one();
  [[nodiscard]] bool query(std::string_view sql);
  [[nodiscard]] bool strike(const Fault& fault, std::string_view sql);
  [[nodiscard]] bool answer(const SqlResult& result);
  [[nodiscard]] bool init_db(std::string_view name);
  [[nodiscard]] bool prepare(std::string_view sql);
  void note_statement(std::string_view sql);

  int fd_;
  NodeView& view_;
  Place place_;
  Session session_{};
  std::atomic<bool> over_{false};
  std::atomic<bool> finished_{false};
  std::atomic<bool> logged_in_{false};
  mutable std::mutex mutex_;  // guards process_ and since_; condition_ wakes wait()
  std::condition_variable condition_;
  ProcessRow process_{};
  std::chrono::steady_clock::time_point since_{std::chrono::steady_clock::now()};
};

}  // namespace srsim
