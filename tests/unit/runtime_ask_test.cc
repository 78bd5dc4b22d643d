#include <gtest/gtest.h>

#include "io_peer.h"
#include "runtime/ask.h"

/// Which FEs are asked first.
namespace sragent {
namespace {

using test::ScriptedPeer;

constexpr const char* kExits = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";
constexpr const char* kServes = "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"status\":\"OK\"}";
constexpr const char* kFails =
    "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 19\r\n\r\n{\"status\":\"FAILED\"}";

ScriptedPeer::Script answers(const char* text) {
  return [text](int fd) {
    static_cast<void>(test::receive_until(fd, "\r\n\r\n"));
    test::send_text(fd, text);
  };
}

LookContext context_of(std::uint16_t http_port) {
  LookContext out;
  out.config = std::make_shared<const Config>();
  out.fe_http_port = http_port;
  return out;
}

bool exits(const ScriptedPeer::Script& script) {
  const ScriptedPeer fe(script);
  return exits_gracefully(context_of(fe.port()), test::kHere);
}

TEST(ExitsGracefully, OnlyAnEmpty500OfTheHealthPageSaysSo) {
  EXPECT_TRUE(exits(answers(kExits)));
  EXPECT_FALSE(exits(answers(kServes)));
  EXPECT_FALSE(exits(answers(kFails))) << "an exception of its handler";
  EXPECT_FALSE(exits_gracefully(context_of(test::closed_port()), test::kHere));
}

TEST(ExitsGracefully, SilenceIsNoAndCostsHalfASecond) {
  const auto began = std::chrono::steady_clock::now();
  EXPECT_FALSE(exits(test::hang));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(1'500))
      << "http.peer_timeout is 2 s";
}

/// Three FEs of which the first two say that they exit.
class AskInTurn : public testing::Test {
 protected:
  /// Whom `ask_in_turn` calls until `last` says that it was enough.
  std::vector<std::string> asked(const std::vector<std::string>& addresses,
                                 const std::string& last) {
    std::vector<FeTarget> targets;
    for (const auto& address : addresses)
      targets.push_back({address, address, 9030, {}});
    std::vector<std::string> out;
    ask_in_turn(context_of(first_.port()), targets, [&](const FeTarget& target) {
      out.push_back(target.address);
      return target.address == last;
    });
    return out;
  }

  ScriptedPeer first_{answers(kExits)};
  ScriptedPeer second_{answers(kExits), "127.0.0.2", first_.port()};
  ScriptedPeer third_{answers(kServes), "127.0.0.3", first_.port()};
};

TEST_F(AskInTurn, OneThatServesComesBeforeThoseThatExit) {
  const std::vector<std::string> one{"127.0.0.3"};
  EXPECT_EQ(asked({"127.0.0.1", "127.0.0.2", "127.0.0.3"}, "127.0.0.3"), one);
}

TEST_F(AskInTurn, ThoseThatExitAreAskedOnceNobodyElseTold) {
  const std::vector<std::string> all{"127.0.0.3", "127.0.0.1", "127.0.0.2"};
  EXPECT_EQ(asked({"127.0.0.1", "127.0.0.2", "127.0.0.3"}, ""), all);
  const std::vector<std::string> both{"127.0.0.1", "127.0.0.2"};
  EXPECT_EQ(asked({"127.0.0.1", "127.0.0.2"}, "127.0.0.2"), both);
}

}  // namespace
}  // namespace sragent
