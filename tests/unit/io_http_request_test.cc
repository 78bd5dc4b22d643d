#include <random>
#include <string>

#include <gtest/gtest.h>

#include "io/http_request.h"

namespace sragent {
namespace {

using State = HttpHead::State;

HttpHead parse(std::string_view text) {
  return parse_http_head(text, {});
}

TEST(HttpHead, ReadsAProbe) {
  const auto head = parse("GET /readyz?verbose&exclude=a%20b HTTP/1.1\r\nHost: x\r\n\r\nrest");
  ASSERT_EQ(head.state, State::kRequest);
  EXPECT_EQ(head.query.path, "/readyz");
  EXPECT_EQ(head.query.raw_query, "verbose&exclude=a%20b");
  ASSERT_EQ(head.query.parameters.size(), 2U);
  EXPECT_EQ(head.query.parameters[1].second, "a b");
  EXPECT_TRUE(head.query.has("verbose"));
  EXPECT_FALSE(head.query.has("quiet"));
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.head_only);
  EXPECT_EQ(head.bytes,
            std::string("GET /readyz?verbose&exclude=a%20b HTTP/1.1\r\nHost: x\r\n\r\n").size());
}

TEST(HttpHead, WaitsForTheRest) {
  const std::string whole = "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_EQ(parse(whole.substr(0, length)).state, State::kIncomplete) << length;
  }
  EXPECT_TRUE(parse(whole).head_only);
}

TEST(HttpHead, ClosesForOldAndForAskingClients) {
  EXPECT_FALSE(parse("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.1\r\nHost: x\r\nConnection: foo, Close\r\n\r\n").keep_alive);
}

TEST(HttpHead, AVersionInThePathIsNone) {
  EXPECT_EQ(parse("GET /HTTP/1.1 HTTP/1.0\r\n\r\n").state, State::kRequest);
  EXPECT_EQ(parse("GET / HTTP/1.1\r\nConnection: close\r\n\r\n").status, 400) << "without Host";
}

TEST(HttpHead, AcceptsPlainLineFeedsAndLeadingEmptyLines) {
  EXPECT_EQ(parse("\r\n\r\nGET / HTTP/1.0\n\n").state, State::kRequest);
  EXPECT_EQ(parse("\r\n\r\nGET / HTTP/1.0\n\n").bytes, 20U);
}

TEST(HttpHead, RefusesWhatIsWrong) {
  const std::string host = "Host: x\r\n";
  const std::vector<std::pair<std::string, int>> cases{
      {"POST / HTTP/1.1\r\n" + host + "\r\n", 405},
      {"DELETE / HTTP/1.1\r\n" + host + "\r\n", 405},
      {"GET / HTTP/2.0\r\n" + host + "\r\n", 505},
      {"GET /\r\n\r\n", 400},
      {"GET  / HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET / x HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET http://a/ HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET * HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET /%zz HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET /%0 HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET /% HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET /%00 HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET /?a=%0a HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n" + host + " folded\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n" + host + "no colon\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n" + host + "bad name: x\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n" + host + "a: \x01\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n" + host + "Content-Length: x\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n" + host + "Content-Length: 1025\r\n\r\n", 413},
      {"GET / HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999999\r\n\r\n", 413},
      {"GET / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n", 400},
      {"\x16\x03\x01\x02\r\n\r\n", 400},
      {std::string(5000, 'A'), 431},
      {"GET / HTTP/1.1\r\n" + host + "a: " + std::string(5000, 'b') + "\r\n\r\n", 431},
  };
  for (const auto& [text, status] : cases) {
    const HttpHead head = parse(text);
    EXPECT_EQ(head.state, State::kRefused) << text.substr(0, 80);
    EXPECT_EQ(head.status, status) << text.substr(0, 80);
  }
}

TEST(HttpHead, TakesABodyWithinItsLimit) {
  EXPECT_EQ(parse("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1024\r\n\r\n").body_bytes, 1024U);
}

TEST(HttpHead, NeverReadsBeyondWhatItGot) {
  std::mt19937 random(42);
  const std::string seed = "GET /a?b=c%20d HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seed;
    for (int change = 0; change < 4; ++change) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    text.resize(random() % (text.size() + 1));
    const HttpHead head = parse(text);
    ASSERT_LE(head.bytes, text.size());
    ASSERT_EQ(head.state == State::kRefused, head.status != 0);
  }
}

TEST(HttpReply, IsRenderedWithItsLength) {
  EXPECT_EQ(render_http_reply({.status = 503, .body = "no\n"}, false, false),
            "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Content-Length: 3\r\nCache-Control: no-store\r\nConnection: close\r\n\r\nno\n");
  const std::string head = render_http_reply({.body = "ok\n"}, true, true);
  EXPECT_TRUE(head.ends_with("Connection: keep-alive\r\n\r\n"));
  EXPECT_NE(head.find("Content-Length: 3"), std::string::npos);
  EXPECT_EQ(head.find("Date"), std::string::npos);
  HttpReply dated;
  dated.date = "Sun, 06 Nov 1994 08:49:37 GMT";
  const std::string told = render_http_reply(dated, true, true);
  EXPECT_NE(told.find("\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), std::string::npos) << told;
}

}  // namespace
}  // namespace sragent
