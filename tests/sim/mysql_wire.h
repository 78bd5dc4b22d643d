#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profile.h"
#include "sql_result.h"

// Packets of the MySQL protocol as StarRocks sends them, as pure functions on byte strings.
// Source: docs/starrocks.md section 10; MySQL Internals, "Client/Server Protocol".

namespace srsim::wire {

/// Capability bits.
constexpr std::uint32_t kLongFlag = 0x4;
constexpr std::uint32_t kConnectWithDb = 0x8;
constexpr std::uint32_t kProtocol41 = 0x200;
constexpr std::uint32_t kSsl = 0x800;
constexpr std::uint32_t kSecureConnection = 0x8000;
constexpr std::uint32_t kPluginAuth = 0x80000;
constexpr std::uint32_t kConnectAttrs = 0x100000;
constexpr std::uint32_t kAuthLenenc = 0x200000;

/// SERVER_MORE_RESULTS_EXISTS; the only status bit that StarRocks ever sets.
constexpr std::uint16_t kMoreResults = 8;

/// Turns payloads into packets with consecutive sequence numbers.
class PacketWriter {
 public:
  explicit PacketWriter(std::uint8_t first_sequence) : sequence_(first_sequence) {}
  /// Appends header and payload; `payload` is below 16 MB.
  void add(std::string_view payload);
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::uint8_t sequence_;
  std::string bytes_{};
};

[[nodiscard]] std::uint32_t server_capabilities(const Profile& profile);
/// Greeting (HandshakeV10) with a 20-byte scramble.
[[nodiscard]] std::string greeting(const Profile& profile,
                                   std::uint32_t connection_id,
                                   std::string_view scramble);
/// Asks the client for mysql_native_password.
[[nodiscard]] std::string auth_switch(std::string_view scramble);
[[nodiscard]] std::string ok_payload(const ResultOk& ok, std::uint16_t status);
[[nodiscard]] std::string error_payload(const SqlError& error);
/// The complete answer to one COM_QUERY: result sets with classic EOF packets, chained.
void write_answer(PacketWriter& out, const SqlResult& result);
/// The answer to COM_STMT_PREPARE: statement id 0, definitions of parameters and columns.
void write_prepared(PacketWriter& out,
                    std::uint16_t parameters,
                    const std::vector<Column>& columns);

/// What the client says at login.
struct LoginReply {
  std::uint32_t capabilities{};
  std::string user{};
  std::string auth{};  ///< answer to the scramble
  std::string db{};
  std::string plugin{};
};
/// Empty if the packet breaks off or is an SSLRequest (32 bytes, no user).
[[nodiscard]] std::optional<LoginReply> parse_login(std::string_view payload);

}  // namespace srsim::wire
