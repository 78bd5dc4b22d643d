#include "io/tar.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace sragent {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kName = 100;
/// Offsets and widths of the ustar header.
constexpr std::size_t kModeAt = 100;
constexpr std::size_t kUidAt = 108;
constexpr std::size_t kGidAt = 116;
constexpr std::size_t kSizeAt = 124;
constexpr std::size_t kTimeAt = 136;
constexpr std::size_t kSumAt = 148;
constexpr std::size_t kTypeAt = 156;
constexpr std::size_t kMagicAt = 257;
constexpr int kShort = 7;  ///< Octal digits of a field of 8 bytes.
constexpr int kLong = 11;  ///< ... of 12 bytes.
constexpr int kSumDigits = 6;

using Header = std::array<char, kBlock>;

void put(Header& header, std::size_t at, std::string_view text) {
  std::copy(text.begin(), text.end(), header.begin() + static_cast<std::ptrdiff_t>(at));
}

void put_octal(Header& header, std::size_t at, int digits, std::uint64_t value) {
  std::array<char, 24> text{};
  static_cast<void>(std::snprintf(
      text.data(), text.size(), "%0*llo", digits, static_cast<unsigned long long>(value)));
  put(header, at, text.data());
}

Header header_of(const TarEntry& entry, std::int64_t mtime_s) {
  Header out{};
  put(out, 0, std::string_view{entry.name}.substr(0, kName - 1));
  put_octal(out, kModeAt, kShort, 0600);
  put_octal(out, kUidAt, kShort, 0);
  put_octal(out, kGidAt, kShort, 0);
  put_octal(out, kSizeAt, kLong, entry.text.size());
  put_octal(out, kTimeAt, kLong, static_cast<std::uint64_t>(std::max<std::int64_t>(mtime_s, 0)));
  put(out, kSumAt, "        ");  // counts as blanks in its own sum
  put(out, kTypeAt, "0");
  put(out,
      kMagicAt,
      std::string_view{"ustar\0"
                       "00",
                       8});
  unsigned sum = 0;
  for (const char c : out)
    sum += static_cast<unsigned char>(c);
  put_octal(out, kSumAt, kSumDigits, sum);
  out.at(kSumAt + kSumDigits) = '\0';
  return out;
}

}  // namespace

std::string tar_archive(const std::vector<TarEntry>& entries, std::int64_t mtime_s) {
  std::string out;
  for (const auto& entry : entries) {
    const auto header = header_of(entry, mtime_s);
    out.append(header.data(), header.size());
    out += entry.text;
    out.append((kBlock - entry.text.size() % kBlock) % kBlock, '\0');
  }
  out.append(2 * kBlock, '\0');
  return out;
}

}  // namespace sragent
