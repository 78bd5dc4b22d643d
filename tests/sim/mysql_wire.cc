#include "mysql_wire.h"

#include <variant>

namespace srsim::wire {
namespace {

constexpr std::string_view kPlugin = "mysql_native_password";
constexpr std::uint8_t kCharset = 33;

void put_int(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i)
    out += static_cast<char>((value >> (8 * i)) & 255);
}

void put_lenenc(std::string& out, std::uint64_t value) {
  if (value < 251) return put_int(out, value, 1);
  const int bytes = value < 0x10000 ? 2 : value < 0x1000000 ? 3 : 8;
  out += static_cast<char>(bytes == 2 ? 0xFC : bytes == 3 ? 0xFD : 0xFE);
  put_int(out, value, bytes);
}

void put_lenenc_text(std::string& out, std::string_view text) {
  put_lenenc(out, text.size());
  out += text;
}

std::string column_payload(const Column& column) {
  std::string out;
  put_lenenc_text(out, "def");
  for (int i = 0; i < 3; ++i)
    put_lenenc_text(out, "");  // schema, table, original table
  put_lenenc_text(out, column.name);
  put_lenenc_text(out, column.name);
  put_lenenc(out, 0x0C);
  put_int(out, column.charset, 2);
  put_int(out, column.length, 4);
  put_int(out, static_cast<std::uint8_t>(column.type), 1);
  put_int(out, column.flags, 2);
  put_int(out, column.decimals, 1);
  put_int(out, 0, 2);
  return out;
}

std::string row_payload(const Row& row) {
  std::string out;
  for (const auto& cell : row) {
    if (cell) {
      put_lenenc_text(out, *cell);
    } else {
      out += '\xFB';
    }
  }
  return out;
}

std::string eof_payload(std::uint16_t status) {
  std::string out("\xFE");
  put_int(out, 0, 2);
  put_int(out, status, 2);
  return out;
}

void write_rows(PacketWriter& out, const ResultRows& rows, std::uint16_t status) {
  std::string count;
  put_lenenc(count, rows.columns.size());
  out.add(count);
  for (const Column& column : rows.columns)
    out.add(column_payload(column));
  out.add(eof_payload(0));
  for (const Row& row : rows.rows)
    out.add(row_payload(row));
  out.add(eof_payload(status));
}

/// Reads little-endian integers and texts off a packet; ok() turns false when it breaks off.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t number(std::size_t size) {
    const std::string_view raw = take(size);
    std::uint64_t value = 0;
    for (std::size_t i = raw.size(); i > 0; --i)
      value = (value << 8) | static_cast<std::uint8_t>(raw[i - 1]);
    return value;
  }
  std::uint64_t lenenc() {
    const std::uint64_t first = number(1);
    if (first < 251) return first;
    return number(first == 0xFC ? 2 : first == 0xFD ? 3 : 8);
  }
  std::string_view take(std::size_t size) {
    if (size > bytes_.size()) {
      ok_ = false;
      bytes_ = {};
      return {};
    }
    const std::string_view out = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return out;
  }
  /// Up to a NUL byte; to the end if there is none.
  std::string_view text() {
    const std::size_t end = bytes_.find('\0');
    if (end == std::string_view::npos) return take(bytes_.size());
    const std::string_view out = take(end);
    static_cast<void>(take(1));
    return out;
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool ok_{true};
};

}  // namespace

void PacketWriter::add(std::string_view payload) {
  put_int(bytes_, payload.size(), 3);
  bytes_ += static_cast<char>(sequence_++);
  bytes_ += payload;
}

std::uint32_t server_capabilities(const Profile& profile) {
  std::uint32_t bits = kLongFlag | kConnectWithDb | kProtocol41 | kSecureConnection | kPluginAuth;
  if (profile.connect_attrs) bits |= kConnectAttrs;
  if (profile.auth_lenenc) bits |= kAuthLenenc;
  return bits;
}

std::string greeting(const Profile& profile,
                     std::uint32_t connection_id,
                     std::string_view scramble) {
  const std::uint32_t bits = server_capabilities(profile);
  std::string out("\x0A");
  out += profile.server_version;
  out += '\0';
  put_int(out, connection_id, 4);
  out += scramble.substr(0, 8);
  out += '\0';
  put_int(out, bits & 0xFFFF, 2);
  put_int(out, kCharset, 1);
  put_int(out, 0, 2);
  put_int(out, bits >> 16, 2);
  put_int(out, scramble.size() + 1, 1);
  out.append(10, '\0');
  out += scramble.substr(8);
  out += '\0';
  out += kPlugin;
  out += '\0';
  return out;
}

std::string auth_switch(std::string_view scramble) {
  std::string out("\xFE");
  out += kPlugin;
  out += '\0';
  out += scramble;
  out += '\0';
  return out;
}

std::string ok_payload(const ResultOk& ok, std::uint16_t status) {
  std::string out(1, '\0');
  put_lenenc(out, ok.affected);
  put_lenenc(out, 0);
  put_int(out, status, 2);
  put_int(out, 0, 2);
  out += ok.info;
  return out;
}

std::string error_payload(const SqlError& error) {
  std::string out("\xFF");
  put_int(out, error.code, 2);
  out += '#';
  out += error.sqlstate;
  out += error.message.empty() ? "Unknown error" : error.message;
  return out;
}

void write_answer(PacketWriter& out, const SqlResult& result) {
  for (std::size_t i = 0; i < result.results.size(); ++i) {
    const std::uint16_t status = i + 1 < result.results.size() ? kMoreResults : 0;
    const StatementResult& one = result.results[i];
    if (const auto* ok = std::get_if<ResultOk>(&one)) out.add(ok_payload(*ok, status));
    if (const auto* error = std::get_if<SqlError>(&one)) out.add(error_payload(*error));
    if (const auto* rows = std::get_if<ResultRows>(&one)) write_rows(out, *rows, status);
  }
}

void write_prepared(PacketWriter& out,
                    std::uint16_t parameters,
                    const std::vector<Column>& columns) {
  std::string head(1, '\0');
  put_int(head, 0, 4);
  put_int(head, columns.size(), 2);
  put_int(head, parameters, 2);
  put_int(head, 0, 3);
  out.add(head);
  for (std::uint16_t i = 0; i < parameters; ++i)
    out.add(column_payload({.name = "?"}));
  if (parameters > 0) out.add(eof_payload(0));
  for (const Column& column : columns)
    out.add(column_payload(column));
  if (!columns.empty()) out.add(eof_payload(0));
}

std::optional<LoginReply> parse_login(std::string_view payload) {
  Reader in(payload);
  LoginReply reply;
  reply.capabilities = static_cast<std::uint32_t>(in.number(4));
  static_cast<void>(in.take(4 + 1 + 23));  // packet size, charset, reserved
  if (!in.ok() || in.empty() || (reply.capabilities & kProtocol41) == 0) return std::nullopt;
  reply.user = in.text();
  if ((reply.capabilities & kAuthLenenc) != 0) {
    reply.auth = in.take(in.lenenc());
  } else if ((reply.capabilities & kSecureConnection) != 0) {
    reply.auth = in.take(in.number(1));
  } else {
    reply.auth = in.text();
  }
  if ((reply.capabilities & kConnectWithDb) != 0) reply.db = in.text();
  if ((reply.capabilities & kPluginAuth) != 0) reply.plugin = in.text();
  if (!in.ok()) return std::nullopt;
  return reply;
}

}  // namespace srsim::wire
