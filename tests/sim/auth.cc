#include <array>
#include <bit>
#include <cstdint>

#include "statements.h"

// mysql_native_password: SHA1(password) XOR SHA1(scramble + SHA1(SHA1(password))).
// Source: MySQL Internals, "Native Authentication"; SHA-1 as in RFC 3174.

namespace srsim {
namespace {

using Digest = std::array<std::uint8_t, 20>;

class Sha1 {
 public:
  Digest run(std::string_view text) {
    std::string padded(text);
    padded += '\x80';
    while (padded.size() % 64 != 56)
      padded += '\0';
    const std::uint64_t bits = text.size() * 8;
    for (int shift = 56; shift >= 0; shift -= 8)
      padded += static_cast<char>((bits >> shift) & 255);
    for (std::size_t at = 0; at < padded.size(); at += 64)
      block(padded, at);
    Digest out{};
    for (std::size_t i = 0; i < out.size(); ++i)
      out.at(i) = static_cast<std::uint8_t>(state_.at(i / 4) >> (24 - 8 * (i % 4)));
    return out;
  }

 private:
  static std::uint32_t word(const std::string& text, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
      value = (value << 8) | static_cast<std::uint8_t>(text[at + i]);
    return value;
  }

  void block(const std::string& text, std::size_t at) {
    std::array<std::uint32_t, 80> w{};
    for (std::size_t i = 0; i < 16; ++i)
      w.at(i) = word(text, at + 4 * i);
    for (std::size_t i = 16; i < 80; ++i)
      w.at(i) = std::rotl(w.at(i - 3) ^ w.at(i - 8) ^ w.at(i - 14) ^ w.at(i - 16), 1);
    auto [a, b, c, d, e] = state_;
    for (std::size_t i = 0; i < 80; ++i) {
      const std::uint32_t f = i < 20   ? (b & c) | (~b & d)
                              : i < 40 ? b ^ c ^ d
                              : i < 60 ? (b & c) | (b & d) | (c & d)
                                       : b ^ c ^ d;
      const std::uint32_t next = std::rotl(a, 5) + f + e + kRounds.at(i / 20) + w.at(i);
      e = d;
      d = c;
      c = std::rotl(b, 30);
      b = a;
      a = next;
    }
    state_ = {state_[0] + a, state_[1] + b, state_[2] + c, state_[3] + d, state_[4] + e};
  }

  static constexpr std::array<std::uint32_t, 4> kRounds{
      0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6};
  std::array<std::uint32_t, 5> state_{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
};

std::string sha1(std::string_view text) {
  const Digest digest = Sha1().run(text);
  return {digest.begin(), digest.end()};
}

constexpr std::string_view kDigits = "0123456789ABCDEF";

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return 0;
}

std::string unhex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  return out;
}

}  // namespace

std::string native_password_hash(std::string_view password) {
  return password.empty() ? "" : "*" + hex(sha1(sha1(password)));
}

bool check_password(const User& user, std::string_view scramble, std::string_view reply) {
  if (user.password_hash.empty() || reply.empty())
    return user.password_hash.empty() && reply.empty();
  if (reply.size() != sizeof(Digest)) return false;
  const std::string stored = unhex(std::string_view(user.password_hash).substr(1));
  const std::string mask = sha1(std::string(scramble) + stored);
  std::string once;
  for (std::size_t i = 0; i < mask.size(); ++i)
    once += static_cast<char>(mask[i] ^ reply[i]);
  return sha1(once) == stored;
}

}  // namespace srsim
