#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "io/http_client.h"
#include "io_peer.h"

namespace sragent {
namespace {

using namespace std::chrono_literals;
using test::hang;
using test::receive_until;
using test::ScriptedPeer;
using test::send_text;

HttpRequest to(const ScriptedPeer& peer) {
  return {.address = "127.0.0.1", .port = peer.port()};
}

ErrorKind kind_of(const Result<HttpResponse>& result) {
  EXPECT_FALSE(result);
  return result ? ErrorKind::kBadConfig : result.error().kind;
}

TEST(HttpGet, GetsStatusTypeAndBody) {
  const ScriptedPeer peer([](int fd) {
    receive_until(fd, "\r\n\r\n");
    send_text(fd, "HTTP/1.1 503 no\r\nContent-Type: a/b\r\nContent-Length: 3\r\n\r\nabc");
    hang(fd);
  });
  const auto got = http_get(to(peer), Deadline::after(30s));
  ASSERT_TRUE(got) << got.error().what;
  EXPECT_EQ(got->status, 503);
  EXPECT_EQ(got->content_type, "a/b");
  EXPECT_EQ(got->body, "abc");
}

TEST(HttpGet, SendsHostPathAndLogin) {
  const ScriptedPeer peer([](int fd) {
    const std::string request = receive_until(fd, "\r\n\r\n");
    send_text(fd, "HTTP/1.0 200 ok\r\n\r\n" + request);
  });
  HttpRequest request = to(peer);
  request.host = "fe-0.fe.ns.svc:8030";
  request.path = "/api/bootstrap?cluster_id=1&a=../b";
  request.user = "root";
  request.password = "secret";
  const auto got = http_get(request, Deadline::after(30s));
  ASSERT_TRUE(got) << got.error().what;
  EXPECT_TRUE(got->body.starts_with("GET /api/bootstrap?cluster_id=1&a=../b HTTP/1.1\r\n"));
  EXPECT_NE(got->body.find("Host: fe-0.fe.ns.svc:8030\r\n"), std::string::npos);
  EXPECT_NE(got->body.find("Authorization: Basic cm9vdDpzZWNyZXQ=\r\n"), std::string::npos);
}

TEST(HttpGet, IsCapturedByNoProxy) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  const ScriptedPeer peer([](int fd) {
    receive_until(fd, "\r\n\r\n");
    send_text(fd, "HTTP/1.0 200 ok\r\n\r\n");
  });
  EXPECT_TRUE(http_get(to(peer), Deadline::after(30s)));
  ::unsetenv("http_proxy");
}

TEST(HttpGet, FollowsNoRedirect) {
  const ScriptedPeer peer([](int fd) {
    receive_until(fd, "\r\n\r\n");
    send_text(fd, "HTTP/1.1 302 x\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
  });
  EXPECT_EQ(http_get(to(peer), Deadline::after(30s)).value().status, 302);
  EXPECT_EQ(peer.connections(), 1);
}

TEST(HttpGet, BindsItsSourceAddress) {
  const ScriptedPeer peer([](int fd) {
    receive_until(fd, "\r\n\r\n");
    send_text(fd, "HTTP/1.0 200 ok\r\n\r\n");
  });
  HttpRequest request = to(peer);
  request.source_address = "127.4.5.6";
  EXPECT_TRUE(http_get(request, Deadline::after(30s)));
  request.source_address = "203.0.113.7";  // TEST-NET-3: not ours.
  EXPECT_EQ(kind_of(http_get(request, Deadline::after(30s))), ErrorKind::kIo);
}

TEST(HttpGet, TellsRefusedFromSilent) {
  const HttpRequest closed{.address = "127.0.0.1", .port = test::closed_port()};
  EXPECT_EQ(kind_of(http_get(closed, Deadline::after(30s))), ErrorKind::kUnreachable);
  const ScriptedPeer silent(&hang);
  EXPECT_EQ(kind_of(http_get(to(silent), Deadline::after(100ms))), ErrorKind::kTimeout);
  const ScriptedPeer closing([](int) {});
  EXPECT_EQ(kind_of(http_get(to(closing), Deadline::after(30s))), ErrorKind::kUnreachable);
}

TEST(HttpGet, StopsAPeerThatStreamsForEver) {
  const ScriptedPeer peer([](int fd) {
    receive_until(fd, "\r\n\r\n");
    send_text(fd, "HTTP/1.1 200 ok\r\n\r\n");
    while (send_text(fd, std::string(65536, 'x'))) {
    }
  });
  EXPECT_EQ(kind_of(http_get(to(peer), Deadline::after(30s))), ErrorKind::kGarbled);
}

TEST(HttpGet, StopsAPeerThatTricklesForEver) {
  const ScriptedPeer peer([](int fd) {
    receive_until(fd, "\r\n\r\n");
    send_text(fd, "HTTP/1.1 200 ok\r\n\r\n");
    while (send_text(fd, "x"))
      std::this_thread::sleep_for(1ms);
  });
  EXPECT_EQ(kind_of(http_get(to(peer), Deadline::after(200ms))), ErrorKind::kTimeout);
}

TEST(HttpGet, StopsEndlessHeaders) {
  const ScriptedPeer peer([](int fd) {
    receive_until(fd, "\r\n\r\n");
    send_text(fd, "HTTP/1.1 200 ok\r\n");
    while (send_text(fd, "X-Header: " + std::string(500, 'x') + "\r\n")) {
    }
  });
  EXPECT_EQ(kind_of(http_get(to(peer), Deadline::after(30s))), ErrorKind::kGarbled);
}

TEST(HttpGet, StopsOneEndlessHeader) {
  const ScriptedPeer peer([](int fd) {
    receive_until(fd, "\r\n\r\n");
    send_text(fd, "HTTP/1.1 200 ok\r\nX-Header: ");
    while (send_text(fd, std::string(65536, 'x'))) {
    }
  });
  EXPECT_EQ(kind_of(http_get(to(peer), Deadline::after(30s))), ErrorKind::kGarbled);
}

TEST(HttpGet, RefusesAnAnswerCutShort) {
  const ScriptedPeer peer([](int fd) {
    receive_until(fd, "\r\n\r\n");
    send_text(fd, "HTTP/1.1 200 ok\r\nContent-Length: 100\r\n\r\nabc");
  });
  EXPECT_EQ(kind_of(http_get(to(peer), Deadline::after(30s))), ErrorKind::kGarbled);
}

TEST(HttpGet, RefusesWhatIsNoHttp) {
  for (const char* noise : {"SSH-2.0-x\r\n\r\n", "\n", "HTTP/1.1\r\n\r\n"}) {
    const ScriptedPeer peer([noise](int fd) {
      receive_until(fd, "\r\n\r\n");
      send_text(fd, noise);
    });
    EXPECT_EQ(kind_of(http_get(to(peer), Deadline::after(30s))), ErrorKind::kGarbled) << noise;
  }
}

TEST(HttpGet, RefusesAnAnswerWithoutAStatus) {
  const ScriptedPeer peer([](int fd) {
    receive_until(fd, "\r\n\r\n");
    send_text(fd, "HTTP/211. 000 OK\r\n\r\n");
  });
  EXPECT_EQ(kind_of(http_get(to(peer), Deadline::after(30s))), ErrorKind::kGarbled);
}

TEST(HttpGet, RefusesToSmuggleHeaders) {
  const HttpRequest request{.address = "127.0.0.1", .port = 1, .host = "a\r\nX: y", .path = "/"};
  EXPECT_EQ(kind_of(http_get(request, Deadline::after(30s))), ErrorKind::kBadConfig);
  EXPECT_EQ(
      kind_of(http_get({.address = "127.0.0.1", .port = 1, .path = "x"}, Deadline::after(1s))),
      ErrorKind::kBadConfig);
}

TEST(HttpGet, KeepsThePasswordOutOfErrors) {
  const HttpRequest request{
      .address = "127.0.0.1", .port = test::closed_port(), .user = "u", .password = "hush"};
  EXPECT_EQ(http_get(request, Deadline::after(30s)).error().what.find("hush"), std::string::npos);
}

}  // namespace
}  // namespace sragent
