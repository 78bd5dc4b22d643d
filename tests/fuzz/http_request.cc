// An HTTP request as it arrives at the endpoints.

#include "io/http_request.h"

#include <algorithm>

#include "fuzz.h"

namespace sragent::fuzz {
namespace {

bool same(const HttpHead& a, const HttpHead& b) {
  return a.state == b.state && a.status == b.status && a.head_only == b.head_only &&
         a.keep_alive == b.keep_alive && a.bytes == b.bytes && a.body_bytes == b.body_bytes &&
         a.query.path == b.query.path && a.query.raw_query == b.query.raw_query &&
         a.query.parameters == b.query.parameters;
}

bool control_free(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
}

/// The same target in the plainest request there is.
void require_plain(std::string_view data, const HttpHead& head, const HttpServerLimits& limits) {
  auto line = data.substr(data.find_first_not_of("\r\n"));
  line = line.substr(0, line.find_first_of("\r\n"));
  const auto first = line.find(' ');
  const std::string target{line.substr(first + 1, line.rfind(' ') - first - 1)};
  const auto plain = parse_http_head("GET " + target + " HTTP/1.0\n\n", limits);
  require(plain.state == HttpHead::State::kRequest, "a target is good with HTTP/1.0 too");
  require(plain.query.path == head.query.path, "a target gives one path");
  require(plain.query.parameters == head.query.parameters, "a target gives one query");
}

void require_request(std::string_view data, const HttpHead& head, const HttpServerLimits& limits) {
  require(head.bytes > 0 && head.bytes <= data.size(), "a head is part of the data");
  require(head.bytes <= limits.header_bytes + 4, "a head is no longer than allowed");
  require(head.body_bytes <= limits.body_bytes, "a body is no longer than allowed");
  require(head.query.path.starts_with('/'), "a path begins with '/'");
  require(control_free(head.query.path), "no control characters in a path");
  for (const auto& [name, value] : head.query.parameters) {
    require(control_free(name) && control_free(value), "no control characters in a query");
    require(head.query.has(name), "a parameter that is there is there");
  }
  require(same(parse_http_head(data.substr(0, head.bytes), limits), head),
          "what follows a head does not change it");
  const auto cut = parse_http_head(data.substr(0, head.bytes - 1), limits);
  const bool too_long = cut.status == 431 && head.bytes > limits.header_bytes;
  require(cut.state == HttpHead::State::kIncomplete || too_long,
          "a head without its last byte is incomplete");
  require_plain(data, head, limits);
}

void require_reply(std::string_view body) {
  HttpReply reply;
  reply.body = body;
  const auto whole = render_http_reply(reply, false, true);
  const auto head = render_http_reply(reply, true, true);
  require(whole == head + reply.body, "HEAD is GET without its body");
  require(head.find("Content-Length: " + std::to_string(body.size()) + "\r\n") != std::string::npos,
          "a reply tells the length of its body");
}

}  // namespace

void http_request(Bytes data) {
  const HttpServerLimits limits{.header_bytes = 512, .body_bytes = 64};
  const auto text = text_of(data);
  const auto head = parse_http_head(text, limits);
  switch (head.state) {
    case HttpHead::State::kIncomplete:
      require(text.size() <= limits.header_bytes, "nobody may go on for ever");
      break;
    case HttpHead::State::kRefused:
      require(head.status >= 400 && head.status < 600, "a refusal has an error's status");
      break;
    case HttpHead::State::kRequest:
      require(head.status == 0, "a request is no refusal");
      require_request(text, head, limits);
      break;
  }
  require_reply(text);
}

}  // namespace sragent::fuzz
