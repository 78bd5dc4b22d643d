#include "raw_packets.h"

#include <array>
#include <cstdio>

namespace srsim::testing {

using nlohmann::json;

std::string PacketReader::take(std::size_t size) {
  const std::string_view out = bytes_.substr(0, size);
  bytes_.remove_prefix(out.size());
  return std::string(out);
}

std::uint64_t PacketReader::number(std::size_t size) {
  std::uint64_t value = 0;
  int shift = 0;
  for (const char c : take(size)) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(c)) << shift;
    shift += 8;
  }
  return value;
}

std::uint64_t PacketReader::lenenc() {
  const std::uint64_t first = number(1);
  if (first == 0xFC) return number(2);
  if (first == 0xFD) return number(3);
  return first == 0xFE ? number(8) : first;
}

std::string PacketReader::text() {
  const std::size_t end = bytes_.find('\0');
  std::string out = take(end == std::string_view::npos ? bytes_.size() : end);
  static_cast<void>(take(1));
  return out;
}

void append_number(std::string& out, std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i)
    out += static_cast<char>((value >> (8 * i)) & 255);
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string hex_number(std::uint64_t value) {
  std::array<char, 32> text{};
  const int size =
      std::snprintf(text.data(), text.size(), "0x%08llx", static_cast<unsigned long long>(value));
  return {text.data(), static_cast<std::size_t>(size)};
}

bool is_eof(std::string_view packet) {
  return packet.starts_with('\xFE') && packet.size() < 9;
}

json decode_error(std::string_view packet) {
  PacketReader in(packet.substr(1));
  const std::uint64_t code = in.number(2);
  static_cast<void>(in.take(1));
  const std::string state = in.take(5);
  return {{"kind", "ERR"}, {"code", code}, {"sqlstate", state}, {"message", in.rest()}};
}

json decode_ok(std::string_view packet) {
  PacketReader in(packet.substr(1));
  json out{{"kind", "OK"}};
  out["affected"] = in.lenenc();
  out["insert_id"] = in.lenenc();
  out["status"] = in.number(2);
  out["warnings"] = in.number(2);
  out["info"] = in.rest();
  return out;
}

json decode_column(std::string_view packet) {
  PacketReader in(packet);
  const auto text = [&in] { return in.take(in.lenenc()); };
  static_cast<void>(text());
  json out;
  out["db"] = text();
  out["table"] = text();
  static_cast<void>(text());
  out["name"] = text();
  static_cast<void>(text());
  static_cast<void>(in.lenenc());
  out["charset"] = in.number(2);
  out["length"] = in.number(4);
  const std::uint64_t type = in.number(1);
  out["type"] = type == 1 ? "TINY" : type == 253 ? "VAR_STRING" : std::to_string(type);
  out["flags"] = in.number(2);
  out["decimals"] = in.number(1);
  return out;
}

json decode_row(std::string_view packet, std::uint64_t columns) {
  PacketReader in(packet);
  json row = json::array();
  for (std::uint64_t i = 0; i < columns && !in.empty(); ++i) {
    if (in.front() == 0xFB) {
      static_cast<void>(in.take(1));
      row.push_back(nullptr);
    } else {
      row.push_back(in.take(in.lenenc()));
    }
  }
  return row;
}

std::string native_reply(const std::string& password) {
  return password.empty() ? "" : std::string(20, 'x');
}

}  // namespace srsim::testing
