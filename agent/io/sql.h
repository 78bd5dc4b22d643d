#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "io/deadline.h"
#include "io/sql_tls.h"

namespace sragent {

/// Whom to connect to, and as whom.
struct SqlTarget {
  std::string name{};     ///< Host name as StarRocks stores it; for messages and certificates.
  std::string address{};  ///< Numeric: what c-ares found for `name`.
  std::uint16_t port = 9030;
  std::string user{};
  std::string password{};        ///< Never logged, never part of an error.
  std::string source_address{};  ///< Numeric local address to bind; empty: the system's choice.
  SqlTls tls{};
};

/// An Error with what the server (or the library, when `code` is a client error) said, untouched.
/// Converts to Result<T>'s Error, losing the last three. `code` 0: no server involved.
struct SqlError : Error {
  int code = 0;
  std::string sqlstate{};
  std::string text{};
};

/// Like Result<T>, and converts to it.
template <typename T>
using SqlResult = tl::expected<T, SqlError>;

/// A result set as text; NULL is nullopt. Statements without one give no columns and no rows.
struct SqlTable {
  std::vector<std::string> columns{};
  std::vector<std::vector<std::optional<std::string>>> rows{};

  /// Index of a column, names compared without case (ASCII); nullopt if there is none.
  [[nodiscard]] std::optional<std::size_t> column(std::string_view name) const;
  /// Cell of `row` (< rows.size()) by column name; nullptr if the column is missing. One look-up a
  /// call: for loops take column() first.
  [[nodiscard]] const std::optional<std::string>* cell(std::size_t row,
                                                       std::string_view name) const;
};

/// What is too much to be an answer: kGarbled beyond it.
struct SqlLimits {
  std::size_t bytes = std::size_t{16} << 20U;  ///< All cells and column names together.
  std::size_t rows = 100'000;
  std::size_t columns = 1'000;
};

/// One short connection to an FE's MySQL port, through the connector's non-blocking API: every call
/// returns by its deadline, whatever the server does. Authentication by mysql_native_password only,
/// also under TLS, so that no server can ask for the password in clear. Where TLS is needed and the
/// server offers none, nothing at all is sent.
/// One thread at a time. Destruction closes the connection and does not wait.
/// (MariaDB Connector/C 3.3; the library sets SIGPIPE to ignored for the whole process.)
class SqlSession {
 public:
  /// `until` covers TCP, greeting, TLS and authentication. kinds: see translate_sql_error; silence
  /// is kTimeout, a closed port kUnreachable, no TLS or a wrong certificate kTls, another
  /// authentication kAuth with its name.
  [[nodiscard]] static SqlResult<std::unique_ptr<SqlSession>> open(const SqlTarget& target,
                                                                   Deadline until);
  ~SqlSession();
  SqlSession(const SqlSession&) = delete;
  SqlSession& operator=(const SqlSession&) = delete;
  SqlSession(SqlSession&&) = delete;
  SqlSession& operator=(SqlSession&&) = delete;

  /// Sends one statement and reads all of its answer before `until`. After any error but kRejected,
  /// kAuth and kPrivilege the session is dead: further queries give kUnreachable. A statement that
  /// timed out may still be carried out by the server.
  [[nodiscard]] SqlResult<SqlTable> query(std::string_view statement,
                                          Deadline until,
                                          const SqlLimits& limits = {});

  /// The connection is under TLS.
  [[nodiscard]] bool encrypted() const;

 private:
  struct Impl;
  explicit SqlSession(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The one table from connector and StarRocks codes to kinds: 1045 and its like kAuth; 1227, 1252,
/// 5203 kPrivilege; 2026, 5205 kTls; lost or refused connections kUnreachable (kTimeout if the
/// kernel gave up waiting); malformed or oversized packets kGarbled; all else kRejected. Pure.
[[nodiscard]] ErrorKind translate_sql_error(int code, std::string_view text);

}  // namespace sragent
