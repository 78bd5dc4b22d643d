#include "raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "raw_packets.h"

namespace srsim::testing {

using nlohmann::json;

RawClient::RawClient(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  void* raw = &address;
  if (::connect(fd_, static_cast<sockaddr*>(raw), sizeof address) != 0)
    throw std::runtime_error("cannot connect");
}

RawClient::~RawClient() {
  ::close(fd_);
}

std::string RawClient::read_bytes(std::size_t size, std::chrono::milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  std::string out;
  while (out.size() < size) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    pollfd wait{.fd = fd_, .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) <= 0) break;
    std::array<char, 4096> chunk{};
    const std::size_t want = std::min(chunk.size(), size - out.size());
    const ssize_t count = ::recv(fd_, chunk.data(), want, 0);
    if (count <= 0) break;
    out.append(chunk.data(), static_cast<std::size_t>(count));
  }
  return out;
}

bool RawClient::closed() {
  pollfd wait{.fd = fd_, .events = POLLIN, .revents = 0};
  if (::poll(&wait, 1, 10'000) <= 0) return false;
  char byte = 0;
  return ::recv(fd_, &byte, 1, 0) <= 0;
}

std::optional<std::string> RawClient::read_packet() {
  const std::string header = read_bytes(4);
  if (header.size() < 4) return std::nullopt;
  PacketReader in(header);
  const std::size_t size = in.number(3);
  std::string payload = read_bytes(size);
  if (payload.size() < size) return std::nullopt;
  return payload;
}

void RawClient::send_bytes(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void RawClient::send_packet(std::string_view payload, std::uint8_t sequence) const {
  std::string packet;
  append_number(packet, payload.size(), 3);
  append_number(packet, sequence, 1);
  send_bytes(packet + std::string(payload));
}

json RawClient::greeting() {
  const std::string packet = read_packet().value_or("");
  PacketReader in(packet);
  json out;
  out["protocol"] = in.number(1);
  out["server_version"] = in.text();
  out["connection_id"] = in.number(4);
  scramble_ = in.take(8);
  static_cast<void>(in.take(1));
  std::uint64_t bits = in.number(2);
  out["charset"] = in.number(1);
  out["status"] = in.number(2);
  bits |= in.number(2) << 16;
  out["caps"] = hex_number(bits);
  out["auth_len"] = in.number(1);
  out["reserved"] = to_hex(in.take(10));
  scramble_ += in.take(12);
  static_cast<void>(in.take(1));
  out["scramble_len"] = scramble_.size();
  out["plugin"] = in.text();
  out["packet_len"] = packet.size();
  return out;
}

json RawClient::log_in(const Login& login) {
  constexpr std::uint32_t kPluginAuth = 0x80000;
  constexpr std::uint32_t kConnectWithDb = 0x8;
  const bool plugins = (login.flags & kPluginAuth) != 0;
  const std::string native = native_reply(login.password);
  std::string packet;
  append_number(packet, login.flags | (login.db.empty() ? 0 : kConnectWithDb), 4);
  append_number(packet, 1 << 24, 4);
  append_number(packet, 33, 1);
  packet.append(23, '\0');
  packet += login.user + '\0';
  const std::string auth =
      login.plugin == "mysql_native_password" || !plugins ? native : login.password;
  append_number(packet, auth.size(), 1);
  packet += auth;
  if (!login.db.empty()) packet += login.db + '\0';
  if (plugins) packet += login.plugin + '\0';
  send_packet(packet, 1);
  json out{{"auth", nullptr}, {"auth_switch", nullptr}, {"auth_more", nullptr}};
  std::string answer = read_packet().value_or("");
  if (answer.starts_with('\xFE')) {
    PacketReader in(std::string_view(answer).substr(1));
    const std::string plugin = in.text();
    const std::string data = in.rest();
    out["auth_switch"] = {
        {"plugin", plugin}, {"data_len", data.size()}, {"data_nul", data.ends_with('\0')}};
    send_packet(native_reply(login.password), 3);
    answer = read_packet().value_or("");
  }
  if (answer.starts_with('\xFF')) {
    json error = decode_error(answer);
    error["phase"] = "connect";
    return error;
  }
  out["auth"] = answer.starts_with('\0') ? "OK" : "?";
  return out;
}

void RawClient::enter() {
  static_cast<void>(greeting());
  if (log_in({})["auth"] != "OK") throw std::runtime_error("login refused");
}

json RawClient::read_result(const std::string& first) {
  if (first.starts_with('\xFF')) return decode_error(first);
  if (first.starts_with('\0')) return decode_ok(first);
  PacketReader head(first);
  json out{{"kind", "ROWS"}, {"columns", json::array()}, {"rows", json::array()}};
  const std::uint64_t count = head.lenenc();
  for (std::uint64_t i = 0; i < count; ++i)
    out["columns"].push_back(decode_column(read_packet().value_or("")));
  out["eof_after_columns"] = is_eof(read_packet().value_or(""));
  for (;;) {
    const std::string packet = read_packet().value_or("\xFE\0\0\0\0");
    if (is_eof(packet)) {
      PacketReader end(std::string_view(packet).substr(1));
      out["warnings"] = end.number(2);
      out["status"] = end.number(2);
      return out;
    }
    out["rows"].push_back(decode_row(packet, count));
  }
}

json RawClient::query(std::string_view sql) {
  send_packet("\x03" + std::string(sql));
  json all = json::array();
  for (;;) {
    const auto first = read_packet();
    if (!first) return all;
    all.push_back(read_result(*first));
    constexpr int kMoreResults = 8;
    if ((all.back().value("status", 0) & kMoreResults) == 0) return all;
  }
}

json RawClient::command(std::uint8_t code, std::string_view argument) {
  send_packet(static_cast<char>(code) + std::string(argument));
  const std::string first = read_packet().value_or("");
  if (first.starts_with('\xFF')) return decode_error(first);
  return {{"kind", "RAW"}, {"hex", to_hex(first)}};
}

}  // namespace srsim::testing
