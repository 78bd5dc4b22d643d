#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "io_peer.h"
#include "test_certs.h"

/// A real mariadbd: wire, TLS and authentication that are not our own idea of them.
namespace mariadblab {

/// Where the program of Debian's mariadb-server-core is; false: the tests skip.
[[nodiscard]] bool installed();

/// One server on 127.0.0.1 with a data folder of its own, in memory where the machine has one.
/// Users: root without a password. Ends with the object.
class Server {
 public:
  /// `tls`: offer TLS with the certificate of use(); else the server has none.
  explicit Server(bool tls, std::vector<std::string> options = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// From now on TLS is done with `pair`: files and FLUSH SSL. True once it is in effect.
  [[nodiscard]] bool use(const testcerts::Pair& pair);
  /// As root over the Unix socket; every row's columns joined by a blank, or "error: ...".
  std::vector<std::string> root(const std::string& statement) const;  // NOLINT(*-nodiscard)
  /// Number in `SHOW GLOBAL STATUS LIKE name`; -1: none.
  [[nodiscard]] long status(const std::string& name) const;
  /// What the server wrote to its logs so far: who tried to log in, and every statement.
  [[nodiscard]] std::string log() const;

 private:
  void start(bool tls, std::vector<std::string> options);
  void write(const testcerts::Pair& pair) const;

  std::string dir_;
  std::uint16_t port_;
  int pid_ = 0;
};

}  // namespace mariadblab
