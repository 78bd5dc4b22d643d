#include "io/sql_guard.h"

#include <sys/socket.h>
#include <sys/types.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <system_error>

#include <mysql.h>

// Exported by MariaDB Connector/C 3.x (symbol version libmariadb_3), but in no public header: a
// function that sees every read of every connection, decrypted. `length` is ssize_t's -1 on errors.
extern "C" int ma_pvio_register_callback(
    char add,
    void (*callback)(int is_write, MYSQL* mysql, const unsigned char* buffer, std::size_t length));

namespace sragent {
namespace {

constexpr std::size_t kHeader = 4;
constexpr unsigned kClientSsl = 0x0800;
constexpr std::size_t kLongestName = 64;

thread_local SqlGuard* current_guard = nullptr;

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

/// One packet off the front of `read`; nullopt: it is not all there.
std::optional<std::string_view> take_packet(std::string_view& read) {
  if (read.size() < kHeader) return std::nullopt;
  const std::size_t size = byte_at(read, 0) | byte_at(read, 1) << 8U | byte_at(read, 2) << 16U;
  if (read.size() - kHeader < size) return std::nullopt;
  const auto payload = read.substr(kHeader, size);
  read.remove_prefix(kHeader + size);
  return payload;
}

void look_for_tls(SqlGuard& guard) {
  const auto offer = tls_offer(guard.handshake);
  if (offer == TlsOffer::kYes) guard.tls_needed = false;
  // A greeting has some 100 bytes: one that fills the buffer is none.
  guard.no_tls = offer == TlsOffer::kNo ||
                 (offer == TlsOffer::kUnknown && guard.handshake.size() >= kHandshakeKept);
}

/// Connector/C 3.3 takes an error with the code 65535 for a progress report and asks which server
/// this is: where it is the first packet, there was no greeting that told, and strstr(3) gets a
/// null pointer. No option turns that off, so the code becomes 2047 in the connector's own buffer,
/// which it has not looked at yet: an answer that breaks the protocol. `read`: all up to the end of
/// `buffer`, of which `before` bytes came earlier.
void defuse_first_packet(std::string_view read, std::size_t before, unsigned char* buffer) {
  constexpr std::string_view kError65535{"\xFF\xFF\xFF", 3};  // Marker, code.
  constexpr std::size_t kLast = kHeader + kError65535.size() - 1;
  constexpr unsigned char kHarmless = 0x07;
  const bool came_now = before <= kLast && kLast < read.size();
  if (came_now && read.substr(kHeader, kError65535.size()) == kError65535)
    buffer[kLast - before] = kHarmless;
}

/// No exception may pass the connector: without a thread there is no deadline, so no connection.
void arm_cutter(SqlGuard& guard, int socket) {
  try {
    guard.cutter.emplace(socket, guard.until);
  } catch (const std::system_error&) {
    guard.too_late = true;
  }
}

extern "C" void on_transfer(int is_write,
                            MYSQL* mysql,
                            const unsigned char* buffer,
                            std::size_t length) {
  SqlGuard* guard = current_guard;
  if (guard == nullptr || is_write != 0 || static_cast<ssize_t>(length) <= 0) return;
  guard->too_much = guard->too_much || length > guard->bytes_left;
  guard->bytes_left -= std::min(length, guard->bytes_left);
  guard->too_late = guard->too_late || guard->until.expired();
  if (guard->connecting) {
    const auto before = guard->handshake.size();
    const auto room = kHandshakeKept - before;
    guard->handshake.append(reinterpret_cast<const char*>(buffer), std::min(length, room));
    defuse_first_packet(guard->handshake, before, const_cast<unsigned char*>(buffer));
  }
  if (guard->tls_needed) look_for_tls(*guard);
  if (guard->may_block && !guard->cutter && tls_offer(guard->handshake) == TlsOffer::kYes)
    arm_cutter(*guard, ::mysql_get_socket(mysql));
  if (guard->tripped()) ::shutdown(::mysql_get_socket(mysql), SHUT_RDWR);
}

}  // namespace

SqlGuardScope::SqlGuardScope(SqlGuard& guard) {
  current_guard = &guard;
}

SqlGuardScope::~SqlGuardScope() {
  current_guard = nullptr;
}

void install_sql_guard() {
  ::ma_pvio_register_callback(1, &on_transfer);
}

TlsOffer tls_offer(std::string_view read) {
  const auto packet = take_packet(read);
  if (!packet) return TlsOffer::kUnknown;
  if (!packet->empty() && byte_at(*packet, 0) == 0xFF) return TlsOffer::kUnknown;
  // Protocol version, server version up to NUL, connection id (4), scramble (8), filler (1).
  constexpr std::size_t kToCapabilities = 1 + 4 + 8 + 1;
  const auto end = packet->find('\0', 1);
  if (end == std::string_view::npos || packet->size() < end + kToCapabilities + 2)
    return TlsOffer::kNo;
  const auto at = end + kToCapabilities;
  const unsigned capabilities = byte_at(*packet, at) | byte_at(*packet, at + 1) << 8U;
  return (capabilities & kClientSsl) != 0 ? TlsOffer::kYes : TlsOffer::kNo;
}

std::optional<SqlRefusal> greeting_refusal(std::string_view read) {
  constexpr std::size_t kToText = 3;    // Marker, code.
  constexpr std::size_t kSqlState = 6;  // "#08004"
  constexpr int kProgressReport = 0xFFFF;
  auto packet = take_packet(read);
  if (!packet || packet->size() < kToText || byte_at(*packet, 0) != 0xFF) return std::nullopt;
  const int code = static_cast<int>(byte_at(*packet, 1) | byte_at(*packet, 2) << 8U);
  if (code == kProgressReport) return std::nullopt;
  packet->remove_prefix(kToText);
  if (packet->starts_with('#')) packet->remove_prefix(std::min(kSqlState, packet->size()));
  return SqlRefusal{code, std::string{*packet}};
}

std::string wanted_plugin(std::string_view read) {
  constexpr unsigned kSwitch = 0xFE;
  std::string out;
  if (!take_packet(read)) return out;  // the greeting
  while (const auto packet = take_packet(read)) {
    if (packet->empty() || byte_at(*packet, 0) != kSwitch) continue;
    out = packet->size() == 1 ? "mysql_old_password" : packet->substr(1, packet->find('\0') - 1);
    std::erase_if(out, [](unsigned char c) {
      return std::isalnum(c) == 0 && c != '_' && c != '.' && c != '-';
    });
    out.resize(std::min(out.size(), kLongestName));
  }
  return out;
}

}  // namespace sragent
