#include "io/listeners.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>

#include "core/text.h"
#include "io/files.h"

namespace sragent {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 20U;
constexpr std::string_view kListening = "0A";
constexpr std::size_t kWordDigits = 8;

/// An IPv4 address is its last four bytes, behind the prefix ::ffff.
using Address = std::array<std::uint8_t, 16>;

Address mapped(const std::array<std::uint8_t, 4>& v4) {
  Address out{};
  out[10] = out[11] = 0xff;
  std::copy(v4.begin(), v4.end(), out.begin() + 12);
  return out;
}

std::optional<Address> parse_address(std::string_view text) {
  const std::string name{text};
  std::array<std::uint8_t, 4> v4{};
  if (::inet_pton(AF_INET, name.c_str(), v4.data()) == 1) return mapped(v4);
  Address v6{};
  if (::inet_pton(AF_INET6, name.c_str(), v6.data()) == 1) return v6;
  return std::nullopt;
}

/// One or four words of 32 bits, each as the host keeps it.
std::optional<Address> parse_hex_address(std::string_view digits) {
  if (digits.size() != kWordDigits && digits.size() != 4 * kWordDigits) return std::nullopt;
  Address bytes{};
  for (std::size_t at = 0; at < digits.size(); at += kWordDigits) {
    const auto word = whole_number<std::uint32_t>(digits.substr(at, kWordDigits), 16);
    if (!word) return std::nullopt;
    std::memcpy(bytes.data() + at / 2, &*word, sizeof *word);
  }
  if (digits.size() == 4 * kWordDigits) return bytes;
  return mapped({bytes[0], bytes[1], bytes[2], bytes[3]});
}

bool is_any(const Address& address) {
  return address == Address{} || address == mapped({});
}

std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

/// "sl: local_address:port rem_address:port st ..."
bool listens_so(std::string_view line,
                const Address& wanted,
                std::span<const std::uint16_t> ports) {
  static_cast<void>(next_word(line));
  const auto local = next_word(line);
  static_cast<void>(next_word(line));
  if (next_word(line) != kListening) return false;
  const auto colon = local.find(':');
  if (colon == std::string_view::npos) return false;
  const auto port = whole_number<std::uint16_t>(local.substr(colon + 1), 16);
  const auto address = parse_hex_address(local.substr(0, colon));
  if (!port || !address || std::ranges::find(ports, *port) == ports.end()) return false;
  return *address == wanted || is_any(*address);
}

}  // namespace

bool listens_in(std::string_view table,
                std::string_view address,
                std::span<const std::uint16_t> ports) {
  const auto wanted = parse_address(address);
  if (!wanted) return false;
  while (!table.empty()) {
    const auto line = table.substr(0, table.find('\n'));
    if (listens_so(line, *wanted, ports)) return true;
    table.remove_prefix(std::min(line.size() + 1, table.size()));
  }
  return false;
}

bool listens(std::string_view address, std::span<const std::uint16_t> ports) {
  return std::ranges::any_of(std::array{"/proc/net/tcp", "/proc/net/tcp6"}, [&](const char* path) {
    const auto table = read_file(path, kMostBytes);
    return table && listens_in(*table, address, ports);
  });
}

}  // namespace sragent
