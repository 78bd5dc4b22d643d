#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include <gtest/gtest.h>

#include "io/fd.h"
#include "io/listeners.h"

namespace sragent {
namespace {

/// Recorded on x86-64: 127.0.0.1:8030 and 0.0.0.0:9010 listen, 10.1.2.3:9030 is a connection.
constexpr std::string_view kTcp =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
    "   0: 0100007F:1F5E 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"
    "   1: 00000000:2332 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"
    "   2: 0302010A:2346 0402010A:C350 01 00000000:00000000 00:00000000 00000000     0\n";
/// [::]:8040, [::ffff:127.0.0.1]:9050 and [fd00::1]:9060 listen.
constexpr std::string_view kTcp6 =
    "  sl  local_address                         remote_address                        st\n"
    "   0: 00000000000000000000000000000000:1F68 00000000000000000000000000000000:0000 0A\n"
    "   1: 0000000000000000FFFF00000100007F:235A 00000000000000000000000000000000:0000 0A\n"
    "   2: 000000FD000000000000000001000000:2364 00000000000000000000000000000000:0000 0A\n";

bool at(std::string_view table, std::string_view address, std::uint16_t port) {
  return listens_in(table, address, std::array{port});
}

TEST(Listeners, AreThoseAtTheAddressOrAtEveryOne) {
  EXPECT_TRUE(at(kTcp, "127.0.0.1", 8030));
  EXPECT_FALSE(at(kTcp, "127.0.0.2", 8030)) << "another address's";
  EXPECT_TRUE(at(kTcp, "10.1.2.3", 9010)) << "at every address";
  EXPECT_FALSE(at(kTcp, "10.1.2.3", 9030)) << "a connection";
  EXPECT_FALSE(at(kTcp, "127.0.0.1", 8040));
  EXPECT_TRUE(at(kTcp6, "10.1.2.3", 8040));
  EXPECT_TRUE(at(kTcp6, "fd00::7", 8040));
  EXPECT_TRUE(at(kTcp6, "127.0.0.1", 9050)) << "an IPv4 address in an IPv6 socket";
  EXPECT_TRUE(at(kTcp6, "fd00::1", 9060));
  EXPECT_FALSE(at(kTcp6, "fd00::2", 9060));
}

TEST(Listeners, OddTextIsNone) {
  for (const std::string_view text : {"",
                                      "\n\n",
                                      "0:",
                                      "0: 0100007F 0 0A",
                                      "0: 0100007F:1F5E",
                                      "0: 01:1F5E 0:0 0A",
                                      "0: 0100007F:1F5EE 00000000:0000 0A",
                                      "0: 0100007G:1F5E 00000000:0000 0A"})
    EXPECT_FALSE(at(text, "127.0.0.1", 8030)) << text;
  EXPECT_FALSE(at(kTcp, "no address", 9010));
}

TEST(Listeners, OneOfThisMachineIsSeenWhileItListens) {
  const UniqueFd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  socklen_t size = sizeof name;
  ASSERT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size), 0);
  const std::array ports{ntohs(name.sin_port)};
  EXPECT_FALSE(listens("127.0.0.1", ports)) << "bound alone";
  ASSERT_EQ(::listen(socket.get(), 1), 0);
  EXPECT_TRUE(listens("127.0.0.1", ports));
}

}  // namespace
}  // namespace sragent
