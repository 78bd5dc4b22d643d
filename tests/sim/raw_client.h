#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace srsim::testing {

/// A MySQL client of bare packets for 127.0.0.1, as the recorder of the corpus was: it answers in
/// the recorder's JSON. Every read ends after 10 s at the latest.
class RawClient {
 public:
  explicit RawClient(int port);
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  RawClient(RawClient&&) = delete;
  RawClient& operator=(RawClient&&) = delete;
  ~RawClient();

  /// What arrives within `time`; less than `size` bytes if the peer closes or is silent.
  [[nodiscard]] std::string read_bytes(std::size_t size,
                                       std::chrono::milliseconds time = std::chrono::seconds(10));
  /// Payload of the next packet; empty if the connection is over.
  [[nodiscard]] std::optional<std::string> read_packet();
  /// True once the peer has closed and everything before was read.
  [[nodiscard]] bool closed();
  void send_bytes(std::string_view bytes) const;
  void send_packet(std::string_view payload, std::uint8_t sequence = 0) const;

  /// Reads the greeting as the recorder describes it: protocol, server_version, caps, ...
  [[nodiscard]] nlohmann::json greeting();

  struct Login {
    std::string user{"root"};
    std::string password{};
    std::string plugin{"mysql_native_password"};
    std::uint32_t flags{0x0028 << 16 | 0x8205};  ///< LONG_PASSWORD LONG_FLAG PROTOCOL_41 ...
    std::string db{};
  };
  /// Logs in after greeting(); {"auth": "OK", "auth_switch": ...} or the ERR.
  [[nodiscard]] nlohmann::json log_in(const Login& login);
  /// greeting() and log_in() as root without a password.
  void enter();

  /// Answers to a COM_QUERY, one element a result.
  [[nodiscard]] nlohmann::json query(std::string_view sql);
  /// First packet of the answer to a command byte and its argument: ERR, or RAW with hex.
  [[nodiscard]] nlohmann::json command(std::uint8_t code, std::string_view argument);

 private:
  [[nodiscard]] nlohmann::json read_result(const std::string& first);

  int fd_{-1};
  std::string scramble_{};
};

}  // namespace srsim::testing
