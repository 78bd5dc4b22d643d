#include "mysql_connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sql_lexer.h"

namespace srsim {
namespace {

constexpr std::size_t kMaxPayload = 0xFFFFFF;

std::size_t length_of(const std::string& header) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(header[i]); };
  return static_cast<std::size_t>(byte(0)) | (static_cast<std::size_t>(byte(1)) << 8) |
         (static_cast<std::size_t>(byte(2)) << 16);
}

}  // namespace

MysqlConnection::MysqlConnection(int fd, NodeView& view, Place place)
    : fd_(fd), view_(view), place_(std::move(place)) {
  process_ = {.connection_id = place_.id, .peer = place_.peer, .connected = view.now()};
}

MysqlConnection::~MysqlConnection() {
  ::close(fd_);
}

void MysqlConnection::run() {
  if (log_in()) {
    while (!over_ && serve_one())
      continue;
  }
  close();
  if (logged_in_) --*place_.connections;
  finished_ = true;
}

void MysqlConnection::close() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  condition_.notify_all();
  ::shutdown(fd_, SHUT_RDWR);
}

ProcessRow MysqlConnection::process() const {
  const std::lock_guard lock(mutex_);
  ProcessRow row = process_;
  row.seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - since_)
          .count();
  return row;
}

std::chrono::milliseconds MysqlConnection::idle() const {
  const std::lock_guard lock(mutex_);
  if (process_.in_query) return std::chrono::milliseconds(0);
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               since_);
}

void MysqlConnection::note_statement(std::string_view sql) {
  const std::lock_guard lock(mutex_);
  process_.user = session_.user;
  process_.db = session_.db;
  process_.in_query = !sql.empty();
  process_.sql = std::string(sql);
  since_ = std::chrono::steady_clock::now();
}

bool MysqlConnection::read_exactly(std::string& out, std::size_t size) {
  out.resize(size);
  for (std::size_t got = 0; got < size;) {
    const ssize_t count = ::recv(fd_, out.data() + got, size - got, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || over_) return false;
    got += static_cast<std::size_t>(count);
  }
  return true;
}

std::optional<std::string> MysqlConnection::read_packet(std::uint8_t sequence) {
  std::string header;
  if (!read_exactly(header, 4)) return std::nullopt;
  const std::size_t size = length_of(header);
  // No statement is 16 MB long; a PROXY line fails by its fourth byte.
  if (size == kMaxPayload || static_cast<std::uint8_t>(header[3]) != sequence) return std::nullopt;
  std::string payload;
  if (!read_exactly(payload, size)) return std::nullopt;
  return payload;
}

bool MysqlConnection::send_bytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || over_) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool MysqlConnection::send_payload(std::uint8_t sequence, std::string_view payload) {
  wire::PacketWriter out(sequence);
  out.add(payload);
  return send_bytes(out.bytes());
}

void MysqlConnection::hang() {
  std::string ignored;
  while (read_exactly(ignored, 1))
    continue;
}

void MysqlConnection::wait(std::chrono::milliseconds time, const std::function<bool()>& enough) {
  constexpr std::chrono::milliseconds kPace{20};
  const auto until = std::chrono::steady_clock::now() + time;
  std::unique_lock lock(mutex_);
  while (!over_ && !enough() && std::chrono::steady_clock::now() < until)
    condition_.wait_for(lock, std::min(time, kPace), [this] { return over_.load(); });
}

bool MysqlConnection::serve_one() {
  const auto packet = read_packet(0);
  if (!packet || packet->empty()) return false;
  const std::string_view rest = std::string_view(*packet).substr(1);
  const auto refuse = [this](const char* text) {
    return send_payload(1, wire::error_payload({.message = text}));
  };
  switch (static_cast<std::uint8_t>(packet->front())) {
    case 0x01:  // COM_QUIT
      return false;
    case 0x02:
      return init_db(rest);
    case 0x03:
      return query(rest);
    case 0x04:
      return refuse("Unsupported command(Field List)");
    case 0x09:
      return refuse("Unsupported command(Statistics)");
    case 0x0E:  // COM_PING
    case 0x1F:  // COM_RESET_CONNECTION
      return send_payload(1, wire::ok_payload({}, 0));
    case 0x11:  // COM_CHANGE_USER
      return send_payload(1,
                          wire::error_payload({.message = "Client does not support authentication "
                                                          "protocol requested by server; "
                                                          "consider upgrading MySQL client",
                                               .code = 1251,
                                               .sqlstate = "08004"}));
    case 0x16:
      return prepare(rest);
    case 0x19:  // COM_STMT_CLOSE has no answer
      return true;
    default:
      return refuse("Unsupported command");
  }
}

bool MysqlConnection::init_db(std::string_view name) {
  const std::string use = "use `" + std::string(name) + "`";
  return answer(execute(session_, view_, use));
}

bool MysqlConnection::answer(const SqlResult& result) {
  wire::PacketWriter out(1);
  wire::write_answer(out, result);
  return send_bytes(out.bytes());
}

bool MysqlConnection::query(std::string_view sql) {
  note_statement(sql);
  if (*place_.audit) (*place_.audit)(place_.peer, session_.user, sql);
  const std::string kind = statement_kind(view_.profile(), sql);
  const auto fault = view_.faults().take(kind);
  const bool alive = fault ? strike(*fault, sql) : answer(execute(session_, view_, sql));
  note_statement("");
  const bool ends = session_.closing || (*place_.draining && kind != "set");
  return alive && !ends;
}

namespace {

void replace_cells(ResultRows& rows, const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos) return;
  for (Row& row : rows.rows) {
    for (auto& cell : row)
      if (cell == text.substr(0, colon)) cell = text.substr(colon + 1);
  }
}

void shorten_rows(ResultRows& rows) {
  for (Row& row : rows.rows)
    if (!row.empty()) row.pop_back();
}

void edit_rows(ResultRows& rows, const Fault& fault) {
  if (fault.kind == FaultKind::kShortRows) return shorten_rows(rows);
  if (fault.kind == FaultKind::kEmptyRows) return rows.rows.clear();
  if (fault.kind == FaultKind::kReplacedCell) return replace_cells(rows, fault.text);
  for (std::size_t i = rows.columns.size(); i > 0; --i) {
    if (rows.columns[i - 1].name != fault.text) continue;
    if (fault.kind == FaultKind::kRenamedColumn) {
      rows.columns[i - 1].name += "_x";
      continue;
    }
    const auto at = static_cast<std::ptrdiff_t>(i - 1);
    rows.columns.erase(rows.columns.begin() + at);
    for (Row& row : rows.rows)
      row.erase(row.begin() + at);
  }
}

}  // namespace

bool MysqlConnection::strike(const Fault& fault, std::string_view sql) {
  switch (fault.kind) {
    case FaultKind::kDelay:
      wait(fault.delay, [&] { return view_.faults().clears() != fault.clears_before; });
      return !over_ && answer(execute(session_, view_, sql));
    case FaultKind::kHang:
      hang();
      return false;
    case FaultKind::kDrop:
      return false;
    case FaultKind::kError:
      return answer(to_result(SqlError{.message = fault.text, .code = fault.code}));
    case FaultKind::kWrongAnswer:
      return answer(ok_result());
    case FaultKind::kGarbled:
      return send_payload(1, std::string("\x07\xFF\xFE\x01\x80garbled\xFB\xFC", 14));
    case FaultKind::kBadLength:
      send_bytes(std::string("\xFF\xFF\xFF\x01", 4));
      hang();
      return false;
    case FaultKind::kEmptyRows:
    case FaultKind::kMissingColumn:
    case FaultKind::kRenamedColumn:
    case FaultKind::kReplacedCell:
    case FaultKind::kShortRows:
    case FaultKind::kTruncated:
    case FaultKind::kHangInRow:
      break;
  }
  SqlResult result = execute(session_, view_, sql);
  for (StatementResult& one : result.results)
    if (auto* rows = std::get_if<ResultRows>(&one)) edit_rows(*rows, fault);
  if (fault.kind != FaultKind::kTruncated && fault.kind != FaultKind::kHangInRow)
    return answer(result);
  wire::PacketWriter out(1);
  wire::write_answer(out, result);
  send_bytes(std::string_view(out.bytes()).substr(0, out.bytes().size() / 2));
  if (fault.kind == FaultKind::kHangInRow) hang();
  return false;
}

bool MysqlConnection::prepare(std::string_view sql) {
  const Profile& profile = view_.profile();
  if (!profile.prepared_refusal)
    return send_payload(1, wire::error_payload({.message = "Unsupported command(Prepare)"}));
  std::string plain;
  std::uint16_t parameters = 0;
  std::size_t from = 0;
  for (const Token& token : tokenise(sql)) {
    if (token.kind != TokenKind::kSymbol || token.raw != "?") continue;
    plain += std::string(sql.substr(from, token.begin - from)) + "NULL";
    from = token.end;
    ++parameters;
  }
  plain += sql.substr(from);
  if (statement_kind(profile, plain) != "select") {
    return send_payload(1,
                        wire::error_payload({.message = "This command is not supported in the "
                                                        "prepared statement protocol yet",
                                             .code = 1295}));
  }
  const SqlResult result = execute(session_, view_, plain);
  wire::PacketWriter out(1);
  if (const auto* rows = std::get_if<ResultRows>(&result.results.front())) {
    wire::write_prepared(out, parameters, rows->columns);
  } else {
    wire::write_answer(out, result);
  }
  return send_bytes(out.bytes());
}

}  // namespace srsim
