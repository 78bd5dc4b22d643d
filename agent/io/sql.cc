#include "io/sql.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

#include <errmsg.h>
#include <mysql.h>
#include <strings.h>

#include "core/printable.h"
#include "io/address_book.h"
#include "io/errno.h"
#include "io/side_effect.h"
#include "io/sql_guard.h"

namespace sragent {
namespace {

constexpr unsigned long kMaxPacket = 16UL << 20U;
constexpr std::size_t kHandshakeBytes = std::size_t{1} << 20U;
constexpr const char* kOnlyPlugin = "mysql_native_password";

void init_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    ::mysql_library_init(0, nullptr, nullptr);
    install_sql_guard();
  });
}

bool is_numeric(const std::string& address) {
  std::array<unsigned char, sizeof(in6_addr)> binary{};
  return ::inet_pton(AF_INET, address.c_str(), binary.data()) == 1 ||
         ::inet_pton(AF_INET6, address.c_str(), binary.data()) == 1;
}

SqlError own_error(ErrorKind kind, const std::string& text) {
  SqlError error;
  error.kind = kind;
  error.text = text;
  error.what = text;
  return error;
}

SqlError timed_out(std::chrono::milliseconds allowed) {
  return own_error(ErrorKind::kTimeout,
                   "timed out after " + std::to_string(allowed.count()) + " ms");
}

SqlError prefixed(SqlError error, const std::string& context) {
  error.what = "sql: " + context + ": " + error.what;
  return error;
}

SqlError server_error(int code, std::string sqlstate, std::string text) {
  SqlError error;
  error.code = code;
  error.sqlstate = std::move(sqlstate);
  error.text = std::move(text);
  error.kind = translate_sql_error(error.code, error.text);
  error.what = "error " + std::to_string(error.code) + " (" + printable(error.sqlstate) +
               "): " + printable(error.text);
  return error;
}

/// The connector's own text for it is "Unknown MySQL error".
constexpr const char* kNotTheProtocol = "the answer does not follow the MySQL protocol";

SqlError library_error(MYSQL* mysql) {
  const auto code = static_cast<int>(::mysql_errno(mysql));
  const char* text = code == CR_UNKNOWN_ERROR ? kNotTheProtocol : ::mysql_error(mysql);
  return server_error(code, ::mysql_sqlstate(mysql), text);
}

bool is_client_code(int code) {
  return (code >= CR_MIN_ERROR && code <= CR_MAX_ERROR) ||
         (code >= CER_MIN_ERROR && code <= CR_MARIADB_LAST_ERROR);
}

/// Waits for what the suspended call asks; 0 once the deadline has passed.
int wait_for(MYSQL* mysql, int wanted, Deadline until) {
  pollfd socket{.fd = ::mysql_get_socket(mysql), .events = 0, .revents = 0};
  int events = 0;
  if ((wanted & MYSQL_WAIT_READ) != 0) events |= POLLIN;
  if ((wanted & MYSQL_WAIT_WRITE) != 0) events |= POLLOUT;
  if ((wanted & MYSQL_WAIT_EXCEPT) != 0) events |= POLLPRI;
  socket.events = static_cast<short>(events);
  while (!until.expired()) {
    if (::poll(&socket, 1, until.poll_timeout()) <= 0) continue;
    int ready = 0;
    if ((socket.revents & (POLLIN | POLLHUP | POLLERR)) != 0) ready |= MYSQL_WAIT_READ;
    if ((socket.revents & (POLLOUT | POLLHUP | POLLERR)) != 0) ready |= MYSQL_WAIT_WRITE;
    if ((socket.revents & POLLPRI) != 0) ready |= MYSQL_WAIT_EXCEPT;
    ready &= wanted;
    return ready != 0 ? ready : wanted & ~MYSQL_WAIT_TIMEOUT;
  }
  return 0;
}

/// A statement that changes nothing.
bool only_asks(std::string_view statement) {
  return statement.starts_with("SHOW ") || statement.starts_with("SELECT ");
}

/// Runs a suspended call on to its end. False: not before the deadline; the connection is then only
/// good for being closed.
template <typename Continue>
bool drive(MYSQL* mysql, int status, Deadline until, Continue resume) {
  while (status != 0) {
    const int ready = wait_for(mysql, status, until);
    if (ready == 0) return false;
    status = resume(ready);
  }
  return true;
}

}  // namespace

std::optional<std::size_t> SqlTable::column(std::string_view name) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool same_size = columns[i].size() == name.size();
    if (same_size && ::strncasecmp(columns[i].data(), name.data(), name.size()) == 0) return i;
  }
  return std::nullopt;
}

const std::optional<std::string>* SqlTable::cell(std::size_t row, std::string_view name) const {
  const auto index = column(name);
  if (!index || row >= rows.size() || *index >= rows[row].size()) return nullptr;
  return &rows[row][*index];
}

struct SqlSession::Impl {
  explicit Impl(SqlTarget wanted) : target(std::move(wanted)) {}
  ~Impl() {
    abandon();
    if (result != nullptr) {
      // Freeing an unread result would read it to its end; without its connection it does not.
      result->handle = nullptr;
      ::mysql_free_result(result);
    }
    if (mysql != nullptr) ::mysql_close(mysql);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  Impl(Impl&&) = delete;
  Impl& operator=(Impl&&) = delete;

  SqlTarget target;
  MYSQL* mysql = nullptr;
  MYSQL_RES* result = nullptr;
  bool connected = false;
  bool dead = false;

  /// With the socket shut down nothing that the connector still says in closing can block.
  void abandon() {
    dead = true;
    if (connected) ::shutdown(::mysql_get_socket(mysql), SHUT_RDWR);
  }
  [[nodiscard]] std::string where() const {
    return (target.name.empty() ? target.address : target.name) + " (" + target.address + ":" +
           std::to_string(target.port) + ")";
  }
  [[nodiscard]] bool encrypted() const { return ::mysql_get_ssl_cipher(mysql) != nullptr; }
  /// The connector connects by this name (address_book.h) and looks for it in the certificate.
  [[nodiscard]] std::string checked_name() const {
    if (!target.tls.name.empty()) return target.tls.name;
    return target.name.empty() ? target.address : target.name;
  }
  void set_options() const;
  void set_tls_options() const;
  [[nodiscard]] SqlResult<void> set_nonblocking(Deadline until,
                                                std::chrono::milliseconds allowed) const;
  /// What a failed connect means, by what the guard saw.
  [[nodiscard]] SqlError why_not_connected(const SqlGuard& guard) const;
  [[nodiscard]] SqlResult<void> connect(Deadline until);
  [[nodiscard]] SqlResult<SqlTable> query(std::string_view statement,
                                          Deadline until,
                                          const SqlLimits& limits);
  [[nodiscard]] SqlResult<void> send(std::string_view statement, Deadline until) const;
  [[nodiscard]] SqlResult<SqlTable> read(Deadline until, const SqlLimits& limits);
  [[nodiscard]] SqlResult<void> add_row(SqlTable& table,
                                        MYSQL_ROW row,
                                        std::size_t& bytes,
                                        const SqlLimits& limits) const;
};

void SqlSession::Impl::set_options() const {
  const unsigned protocol = MYSQL_PROTOCOL_TCP;  // Else "localhost" means the Unix socket.
  const unsigned off = 0;
  const unsigned long packet = kMaxPacket;
  ::mysql_optionsv(mysql, MYSQL_OPT_NONBLOCK, nullptr);
  ::mysql_optionsv(mysql, MYSQL_OPT_PROTOCOL, &protocol);
  ::mysql_optionsv(mysql, MYSQL_OPT_LOCAL_INFILE, &off);
  ::mysql_optionsv(mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
  ::mysql_optionsv(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  // Any server may ask for the password in clear, and would get it.
  ::mysql_optionsv(mysql, MARIADB_OPT_RESTRICTED_AUTH, kOnlyPlugin);
  ::mysql_optionsv(mysql, MYSQL_DEFAULT_AUTH, kOnlyPlugin);
  set_tls_options();
  if (!target.source_address.empty()) {
    ::mysql_optionsv(mysql, MYSQL_OPT_BIND, target.source_address.c_str());
  }
}

/// Under TLS the connector leaves the socket blocking, and every read would hold up the deadline.
SqlResult<void> SqlSession::Impl::set_nonblocking(Deadline until,
                                                  std::chrono::milliseconds allowed) const {
  if (until.expired()) return tl::unexpected(timed_out(allowed));
  const int socket = ::mysql_get_socket(mysql);
  const int flags = ::fcntl(socket, F_GETFL);
  if (flags >= 0 && ::fcntl(socket, F_SETFL, flags | O_NONBLOCK) == 0) return {};
  return tl::unexpected(own_error(ErrorKind::kIo, "fcntl: " + errno_text(errno)));
}

/// All are set in every mode: defaults differ between 3.3 and 3.4 of the connector.
void SqlSession::Impl::set_tls_options() const {
  const auto mode = target.tls.mode;
  const auto wanted = static_cast<my_bool>(mode != TlsMode::kDisabled ? 1 : 0);
  const auto check_name = static_cast<my_bool>(mode == TlsMode::kVerifyIdentity ? 1 : 0);
  ::mysql_optionsv(mysql, MYSQL_OPT_SSL_ENFORCE, &wanted);
  ::mysql_optionsv(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &check_name);
  // A CA makes the connector check the chain; it is read for this connection.
  if (mode >= TlsMode::kVerifyCa) ::mysql_optionsv(mysql, MYSQL_OPT_SSL_CA, target.tls.ca.c_str());
}

SqlError SqlSession::Impl::why_not_connected(const SqlGuard& guard) const {
  if (guard.no_tls) {
    return own_error(ErrorKind::kTls,
                     "the server offers no TLS, and " + std::string(to_string(target.tls.mode)) +
                         " asks for it; nothing was sent");
  }
  // The connector wraps what comes in place of a greeting in a failed connect of its own.
  if (const auto refusal = greeting_refusal(guard.handshake))
    return server_error(refusal->code, "HY000", refusal->text);
  auto error = library_error(mysql);
  if (error.code == CR_PLUGIN_NOT_ALLOWED) {  // whose own text has a garbled name in it
    const auto plugin = wanted_plugin(guard.handshake);
    error.text = "the server asks for the authentication " + (plugin.empty() ? "?" : plugin) +
                 ", and only " + kOnlyPlugin + " is given: others may show the password";
    error.what = error.text;
  }
  if (error.kind == ErrorKind::kTls && target.tls.mode == TlsMode::kVerifyIdentity)
    error.what += " (expected a certificate for " + checked_name() + ")";
  return error;
}

SqlResult<void> SqlSession::Impl::connect(Deadline until) {
  const auto allowed = until.remaining();
  SqlGuard guard{.until = until,
                 .bytes_left = kHandshakeBytes,
                 .tls_needed = needs_tls(target.tls.mode),
                 .connecting = true,
                 .may_block = target.tls.mode != TlsMode::kDisabled};
  const SqlGuardScope guarded(guard);
  const std::string name = checked_name();
  const ScopedAddress book(name, target.address);
  MYSQL* opened = nullptr;
  const int status = ::mysql_real_connect_start(&opened,
                                                mysql,
                                                name.c_str(),
                                                target.user.c_str(),
                                                target.password.c_str(),
                                                nullptr,
                                                target.port,
                                                nullptr,
                                                0);
  const bool ended = drive(mysql, status, until, [&](int ready) {
    return ::mysql_real_connect_cont(&opened, mysql, ready);
  });
  connected = !ended || opened != nullptr;
  const bool cut = opened == nullptr && until.expired() && !guard.no_tls;
  if (!ended || guard.too_late || cut) return tl::unexpected(timed_out(allowed));
  if (guard.too_much) {
    return tl::unexpected(own_error(ErrorKind::kGarbled, "endless greeting"));
  }
  if (opened == nullptr) return tl::unexpected(why_not_connected(guard));
  // Whatever the connector made of its options: not one statement without it.
  if (needs_tls(target.tls.mode) && !encrypted()) {
    return tl::unexpected(own_error(ErrorKind::kTls, "the connection came up without TLS"));
  }
  return set_nonblocking(until, allowed);
}

SqlResult<void> SqlSession::Impl::send(std::string_view statement, Deadline until) const {
  int failed = 0;
  const bool ended = side_effect(only_asks(statement) ? "sql.question" : "sql.statement", [&] {
    const int status = ::mysql_real_query_start(&failed, mysql, statement.data(), statement.size());
    return drive(mysql, status, until, [&](int ready) {
      return ::mysql_real_query_cont(&failed, mysql, ready);
    });
  });
  if (!ended) return tl::unexpected(timed_out({}));
  if (failed != 0) return tl::unexpected(library_error(mysql));
  return {};
}

SqlResult<void> SqlSession::Impl::add_row(SqlTable& table,
                                          MYSQL_ROW row,
                                          std::size_t& bytes,
                                          const SqlLimits& limits) const {
  const unsigned long* lengths = ::mysql_fetch_lengths(result);
  std::vector<std::optional<std::string>> cells(table.columns.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (row[i] == nullptr) continue;
    bytes += lengths[i];
    if (bytes <= limits.bytes) cells[i].emplace(row[i], lengths[i]);
  }
  if (bytes > limits.bytes || table.rows.size() >= limits.rows) {
    return tl::unexpected(own_error(ErrorKind::kGarbled, "the answer is too large"));
  }
  table.rows.push_back(std::move(cells));
  return {};
}

SqlResult<SqlTable> SqlSession::Impl::read(Deadline until, const SqlLimits& limits) {
  SqlTable table;
  const unsigned count = ::mysql_field_count(mysql);
  if (count == 0) return table;
  if (count > limits.columns) {
    return tl::unexpected(own_error(ErrorKind::kGarbled, "the answer has too many columns"));
  }
  result = ::mysql_use_result(mysql);
  if (result == nullptr) return tl::unexpected(library_error(mysql));
  std::size_t bytes = 0;
  const MYSQL_FIELD* fields = ::mysql_fetch_fields(result);
  for (unsigned i = 0; i < count; ++i) {
    table.columns.emplace_back(fields[i].name, fields[i].name_length);
    bytes += fields[i].name_length;
  }
  while (true) {
    MYSQL_ROW row = nullptr;
    const int status = ::mysql_fetch_row_start(&row, result);
    const bool ended = drive(mysql, status, until, [&](int ready) {
      return ::mysql_fetch_row_cont(&row, result, ready);
    });
    if (!ended || until.expired()) return tl::unexpected(timed_out({}));
    if (row == nullptr && ::mysql_errno(mysql) != 0) return tl::unexpected(library_error(mysql));
    if (row == nullptr) break;
    if (auto added = add_row(table, row, bytes, limits); !added) {
      return tl::unexpected(added.error());
    }
  }
  ::mysql_free_result(result);  // Read to its end: nothing is left to wait for.
  result = nullptr;
  return table;
}

SqlResult<SqlTable> SqlSession::Impl::query(std::string_view statement,
                                            Deadline until,
                                            const SqlLimits& limits) {
  if (dead) return tl::unexpected(own_error(ErrorKind::kUnreachable, "closed after an error"));
  const auto allowed = until.remaining();
  // Room for what surrounds the cells: column definitions, headers.
  const std::size_t budget = 2 * limits.bytes + kHandshakeBytes;
  SqlGuard guard{.until = until, .bytes_left = budget};
  const SqlGuardScope guarded(guard);
  const auto sent = send(statement, until);
  SqlResult<SqlTable> table = sent ? read(until, limits) : tl::unexpected(sent.error());
  if (table && ::mysql_more_results(mysql) != 0) {
    table = tl::unexpected(own_error(ErrorKind::kGarbled, "more answers than statements"));
  }
  if (table) return table;
  const bool server_said_no = table.error().code != 0 && !is_client_code(table.error().code);
  if (!server_said_no || result != nullptr) abandon();
  // The connector says "lost" when a single packet passes its limit.
  const bool huge_packet =
      table.error().code == CR_SERVER_LOST && budget - guard.bytes_left >= kMaxPacket;
  if (guard.too_much || huge_packet) {
    return tl::unexpected(own_error(ErrorKind::kGarbled, "the answer is too large"));
  }
  const bool late = guard.too_late || table.error().kind == ErrorKind::kTimeout;
  if (late && !server_said_no) return tl::unexpected(timed_out(allowed));
  return table;
}

SqlResult<std::unique_ptr<SqlSession>> SqlSession::open(const SqlTarget& target, Deadline until) {
  init_library();
  auto impl = std::make_unique<Impl>(target);
  const std::string context = "connect to " + impl->where();
  if (!is_numeric(target.address)) {
    return tl::unexpected(
        prefixed(own_error(ErrorKind::kBadConfig, "the address is not numeric"), context));
  }
  if (!address_book_in_effect()) {
    return tl::unexpected(prefixed(
        own_error(ErrorKind::kIo, "built wrongly: libmariadb does not use our getaddrinfo"),
        context));
  }
  if (auto usable = check_ca_file(target.tls); !usable) {
    return tl::unexpected(prefixed(own_error(usable.error().kind, usable.error().what), context));
  }
  impl->mysql = ::mysql_init(nullptr);
  if (impl->mysql == nullptr) {
    return tl::unexpected(prefixed(own_error(ErrorKind::kIo, "out of memory"), context));
  }
  impl->set_options();
  if (auto opened = impl->connect(until); !opened) {
    return tl::unexpected(prefixed(opened.error(), context));
  }
  return std::unique_ptr<SqlSession>(new SqlSession(std::move(impl)));
}

SqlSession::SqlSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

SqlSession::~SqlSession() = default;

bool SqlSession::encrypted() const {
  return impl_->encrypted();
}

SqlResult<SqlTable> SqlSession::query(std::string_view statement,
                                      Deadline until,
                                      const SqlLimits& limits) {
  auto table = impl_->query(statement, until, limits);
  if (table) return table;
  constexpr std::size_t kShown = 80;
  const std::string shown(statement.substr(0, kShown));
  return tl::unexpected(prefixed(table.error(), shown + " on " + impl_->where()));
}

}  // namespace sragent
