#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

// Packets of the MySQL protocol as a client reads them, for RawClient. Written apart from the
// server's own code, so that the two can disagree.

namespace srsim::testing {

/// Reads off the front; past the end everything is zero and empty.
class PacketReader {
 public:
  explicit PacketReader(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t number(std::size_t size);
  std::uint64_t lenenc();
  std::string take(std::size_t size);
  std::string text();  ///< up to NUL
  std::string rest() { return take(bytes_.size()); }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] unsigned char front() const { return static_cast<unsigned char>(bytes_.front()); }

 private:
  std::string_view bytes_;
};

void append_number(std::string& out, std::uint64_t value, int size);
[[nodiscard]] std::string to_hex(std::string_view bytes);
[[nodiscard]] std::string hex_number(std::uint64_t value);  ///< 0x0038820c
[[nodiscard]] bool is_eof(std::string_view packet);
[[nodiscard]] nlohmann::json decode_error(std::string_view packet);
[[nodiscard]] nlohmann::json decode_ok(std::string_view packet);
[[nodiscard]] nlohmann::json decode_column(std::string_view packet);
[[nodiscard]] nlohmann::json decode_row(std::string_view packet, std::uint64_t columns);
/// An answer to mysql_native_password: right for the empty password, wrong for any other. Logins
/// with passwords are tested with the client library.
[[nodiscard]] std::string native_reply(const std::string& password);

}  // namespace srsim::testing
