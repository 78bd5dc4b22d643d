#include <sys/socket.h>

#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "io/clock.h"
#include "io/http_client.h"
#include "io/http_server.h"
#include "io_peer.h"

namespace sragent {
namespace {

using namespace std::chrono_literals;
using test::connect_loopback;
using test::receive_all;
using test::receive_until;
using test::send_text;

HttpReply echo(const HttpQuery& query) {
  if (query.path == "/large") return {.body = std::string(std::size_t{4} << 20U, 'x')};
  if (query.path == "/throw") throw 1;
  return {.status = query.path == "/no" ? 503 : 200, .body = query.path + " " + query.peer};
}

std::unique_ptr<HttpServer> serve(HttpServerLimits limits = {}) {
  auto server = HttpServer::start("127.0.0.1", 0, echo, limits);
  EXPECT_TRUE(server) << server.error().what;
  return std::move(server.value());
}

/// Sends `text` on a connection of its own and gives all that comes back.
std::string talk(const HttpServer& server, std::string_view text) {
  const UniqueFd fd = connect_loopback(server.port());
  send_text(fd.get(), text);
  return receive_all(fd.get());
}

int probe(const HttpServer& server, const std::string& path = "/livez") {
  const auto got =
      http_get({.address = "127.0.0.1", .port = server.port(), .path = path}, Deadline::after(30s));
  return got ? got->status : 0;
}

TEST(HttpServer, AnswersProbes) {
  const auto server = serve();
  const auto got = http_get({.address = "127.0.0.1", .port = server->port(), .path = "/a%20b"},
                            Deadline::after(30s));
  ASSERT_TRUE(got) << got.error().what;
  EXPECT_EQ(got->body, "/a b 127.0.0.1");
  ASSERT_TRUE(got->date_unix_s) << "by which agents compare their clocks";
  const auto off = *got->date_unix_s - Clock::unix_ms() / 1'000;
  EXPECT_TRUE(off <= 0 && off > -3'600) << off;
  EXPECT_EQ(probe(*server, "/no"), 503);
  EXPECT_EQ(probe(*server, "/throw"), 500);
}

TEST(HttpServer, KeepsAConnectionForSeveralRequests) {
  const auto server = serve();
  const UniqueFd fd = connect_loopback(server->port());
  for (int i = 0; i < 3; ++i) {
    send_text(fd.get(), "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_NE(receive_until(fd.get(), "/x 127.0.0.1").find("HTTP/1.1 200 OK"), std::string::npos);
  }
}

TEST(HttpServer, AnswersPipelinedRequestsInOrderAndSkipsBodies) {
  const auto server = serve();
  const std::string got = talk(*server,
                               "GET /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nGET /"
                               "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n"
                               "HEAD /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_LT(got.find("/1 127"), got.find("/2 127"));
  EXPECT_NE(got.find("/2 127"), std::string::npos);
  EXPECT_EQ(got.find("/3 127"), std::string::npos) << "HEAD has no body";
  EXPECT_TRUE(got.ends_with("Connection: close\r\n\r\n"));
}

TEST(HttpServer, AnswersAClientThatHasClosedItsSide) {
  const auto server = serve();
  const UniqueFd fd = connect_loopback(server->port());
  send_text(fd.get(), "GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
  ::shutdown(fd.get(), SHUT_WR);
  EXPECT_GT(receive_all(fd.get()).size(), std::size_t{4} << 20U);
}

TEST(HttpServer, ExplainsItsRefusals) {
  const auto server = serve();
  struct Case {
    std::string request;
    std::string status;
    std::string why;
  };
  const std::vector<Case> cases{
      {"POST / HTTP/1.1\r\nHost: h\r\n\r\n", "405", "only GET and HEAD"},
      {"nonsense\r\n\r\n", "400", "expected METHOD TARGET HTTP/1.1"},
      {std::string(20'000, 'a'), "431", "longer than 4096 bytes"},
      {"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999\r\n\r\n",
       "413",
       "longer than 1024 bytes"},
      {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", "505", "expected HTTP/1.0 or HTTP/1.1"}};
  for (const auto& one : cases) {
    const auto reply = talk(*server, one.request);
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 " + one.status)) << reply;
    EXPECT_NE(reply.find(one.why), std::string::npos) << reply;
  }
  EXPECT_EQ(probe(*server), 200);
}

TEST(HttpServer, SurvivesNoise) {
  const auto server = serve();
  std::mt19937 random(7);
  const std::string seed = "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  for (int round = 0; round < 300; ++round) {
    std::string text = seed;
    for (int change = 0; change < 3; ++change) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    const UniqueFd fd = connect_loopback(server->port());
    send_text(fd.get(), text);
    ::shutdown(fd.get(), SHUT_WR);
    receive_all(fd.get());
  }
  EXPECT_EQ(probe(*server), 200);
}

TEST(HttpServer, SilentClientsKeepNobodyOut) {
  const auto server = serve({.connections = 16, .exchange = 1h});
  std::vector<UniqueFd> silent;
  for (int i = 0; i < 100; ++i) {
    silent.push_back(connect_loopback(server->port()));
    send_text(silent.back().get(), "GET /half HTTP/1.1\r\nHo");
  }
  EXPECT_EQ(probe(*server), 200);
  EXPECT_EQ(receive_all(silent.front().get()), "") << "the longest waiting one was closed";
}

TEST(HttpServer, ClosesClientsThatTrickle) {
  const auto server = serve({.exchange = 100ms});
  const UniqueFd fd = connect_loopback(server->port());
  const std::jthread trickle([&] {
    while (send_text(fd.get(), "a"))
      std::this_thread::sleep_for(5ms);
  });
  EXPECT_EQ(receive_all(fd.get()), "");
}

TEST(HttpServer, ClientsThatReadNothingDelayNobody) {
  const auto server = serve({.exchange = 1h});
  std::vector<UniqueFd> deaf;
  for (int i = 0; i < 20; ++i) {
    deaf.push_back(connect_loopback(server->port()));
    for (int request = 0; request < 50; ++request) {
      send_text(deaf.back().get(), "GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
    }
  }
  EXPECT_EQ(probe(*server), 200);
}

TEST(HttpServer, StopsWithOpenConnections) {
  auto server = serve({.exchange = 1h});
  const UniqueFd half = connect_loopback(server->port());
  send_text(half.get(), "GET /x");
  const UniqueFd idle = connect_loopback(server->port());
  EXPECT_EQ(probe(*server), 200);
  server.reset();
  EXPECT_EQ(receive_all(half.get()), "");
}

TEST(HttpServer, SaysWhyItCannotListen) {
  const auto first = serve();
  const auto second = HttpServer::start("127.0.0.1", first->port(), echo);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kIo);
  EXPECT_EQ(second.error().what,
            "http: listen on 127.0.0.1 port " + std::to_string(first->port()) +
                ": Address already in use (another process has this port: "
                "choose another one)");
  EXPECT_EQ(HttpServer::start("localhost", 0, echo).error().kind, ErrorKind::kBadConfig);
  EXPECT_EQ(HttpServer::start("203.0.113.7", 0, echo).error().kind, ErrorKind::kIo);
}

TEST(HttpServer, ServesManyAtOnce) {
  const auto server = serve();
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> clients;
    clients.reserve(8);
    for (int i = 0; i < 8; ++i) {
      clients.emplace_back([&] {
        for (int n = 0; n < 50; ++n)
          right += probe(*server) == 200 ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(right, 400);
}

}  // namespace
}  // namespace sragent
