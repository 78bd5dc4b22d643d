#pragma once

#include <sys/socket.h>

#include <initializer_list>
#include <string>

/// What a MySQL server of protocol 41 says, byte by byte, so that it can be said wrongly.
namespace sragent::test {

inline std::string packet(unsigned sequence, const std::string& payload) {
  const std::size_t size = payload.size();
  std::string wire;
  wire += static_cast<char>(size & 0xFFU);
  wire += static_cast<char>(size >> 8U & 0xFFU);
  wire += static_cast<char>(size >> 16U & 0xFFU);
  wire += static_cast<char>(sequence);
  return wire + payload;
}

inline std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values)
    text += static_cast<char>(value);
  return text;
}

inline std::string greeting(const std::string& plugin = "mysql_native_password", bool tls = false) {
  // LONG_PASSWORD, PROTOCOL_41, SECURE_CONNECTION; SSL.
  const std::string caps = bytes({0x01, tls ? 0x8A : 0x82});
  return packet(0,
                bytes({10}) + "5.1.0" + bytes({0, 1, 0, 0, 0}) + "abcdefgh" + bytes({0}) + caps +
                    bytes({33, 2, 0, 0x08, 0x00, 21}) + std::string(10, '\0') + "ijklmnopqrst" +
                    bytes({0}) + plugin + bytes({0}));
}

/// AuthSwitchRequest.
inline std::string switch_to(const std::string& plugin) {
  return packet(2, bytes({0xFE}) + plugin + bytes({0}) + std::string(20, 'x') + bytes({0}));
}

inline std::string ok(unsigned sequence) {
  return packet(sequence, bytes({0, 0, 0, 2, 0, 0, 0}));
}
inline std::string eof(unsigned sequence) {
  return packet(sequence, bytes({0xFE, 0, 0, 2, 0}));
}
inline std::string failure(unsigned sequence,
                           int code,
                           const std::string& state,
                           const std::string& text) {
  return packet(sequence, bytes({0xFF, code & 0xFF, code >> 8}) + "#" + state + text);
}
inline std::string lenenc(const std::string& text) {
  if (text.size() < 251) return bytes({static_cast<int>(text.size())}) + text;
  const auto size = static_cast<int>(text.size());
  return bytes({0xFD, size & 0xFF, size >> 8 & 0xFF, size >> 16 & 0xFF}) + text;
}
inline std::string column(unsigned sequence, const std::string& name) {
  return packet(sequence,
                lenenc("def") + lenenc("") + lenenc("") + lenenc("") + lenenc(name) + lenenc(name) +
                    bytes({0x0C, 33, 0, 0xFF, 0, 0, 0, 0xFD, 0, 0, 0, 0, 0}));
}

/// One packet from the client, without its header; empty at the end.
inline std::string receive_packet(int fd) {
  std::string header(4, '\0');
  if (::recv(fd, header.data(), 4, MSG_WAITALL) != 4) return {};
  const auto byte = [&](std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(header[at]));
  };
  std::string payload(byte(0) | byte(1) << 8U | byte(2) << 16U, '\0');
  const auto got = ::recv(fd, payload.data(), payload.size(), MSG_WAITALL);
  return got == static_cast<ssize_t>(payload.size()) ? payload : std::string();
}

}  // namespace sragent::test
