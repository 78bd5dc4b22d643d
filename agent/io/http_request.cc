#include "io/http_request.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <strings.h>

namespace sragent {
namespace {

HttpHead refused(int status) {
  return {.state = HttpHead::State::kRefused, .status = status};
}

bool is_token_char(char c) {
  const auto in = [c](char low, char high) { return c >= low && c <= high; };
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return in('a', 'z') || in('A', 'Z') || in('0', '9') || kOthers.find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool same_text(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// Takes one line off `rest`, without its ending; nullopt if there is no complete one.
std::optional<std::string_view> take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// %XX decoded; '+' stays unless `form`. nullopt for a broken escape or a control character.
std::optional<std::string> decode(std::string_view text, bool form) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (form && c == '+') c = ' ';
    if (c == '%') {
      unsigned value = 0;
      const std::string_view digits = text.substr(i + 1, 2);
      const char* end = digits.data() + digits.size();
      const auto parsed = std::from_chars(digits.data(), end, value, 16);
      if (digits.size() != 2 || parsed.ptr != end || parsed.ec != std::errc{}) return std::nullopt;
      c = static_cast<char>(value);
      i += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return std::nullopt;
    out += c;
  }
  return out;
}

bool read_parameters(std::string_view raw, HttpQuery& query) {
  while (!raw.empty()) {
    const std::size_t end = std::min(raw.find('&'), raw.size());
    const std::string_view pair = raw.substr(0, end);
    raw.remove_prefix(std::min(end + 1, raw.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = decode(pair.substr(0, equals), true);
    auto value = decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name || !value) return false;
    query.parameters.emplace_back(std::move(*name), std::move(*value));
  }
  return true;
}

bool read_target(std::string_view target, HttpQuery& query) {
  if (!target.starts_with('/')) return false;
  const std::size_t mark = std::min(target.find('?'), target.size());
  auto path = decode(target.substr(0, mark), false);
  if (!path) return false;
  query.path = std::move(*path);
  query.raw_query = target.substr(std::min(mark + 1, target.size()));
  return read_parameters(query.raw_query, query);
}

/// Status to refuse with, or 0.
int read_request_line(std::string_view line, HttpHead& head) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return 400;
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method) || target.find(' ') != std::string_view::npos) return 400;
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return version.starts_with("HTTP/") ? 505 : 400;
  }
  if (method != "GET" && method != "HEAD") return 405;
  head.head_only = method == "HEAD";
  head.keep_alive = version == "HTTP/1.1";
  return read_target(target, head.query) ? 0 : 400;
}

struct Fields {
  std::optional<std::size_t> length{};
  bool host = false;
};

int read_length(std::string_view value, std::size_t limit, Fields& fields) {
  std::size_t length = 0;
  const auto parsed = std::from_chars(value.data(), value.data() + value.size(), length);
  const bool too_large = parsed.ec == std::errc::result_out_of_range;
  if (fields.length || (!too_large && parsed.ec != std::errc{})) return 400;
  if (parsed.ptr != value.data() + value.size()) return 400;
  if (too_large || length > limit) return 413;
  fields.length = length;
  return 0;
}

void read_connection(std::string_view value, HttpHead& head) {
  while (!value.empty()) {
    const std::size_t end = std::min(value.find(','), value.size());
    const std::string_view option = trim(value.substr(0, end));
    if (same_text(option, "close")) head.keep_alive = false;
    value.remove_prefix(std::min(end + 1, value.size()));
  }
}

int read_field(std::string_view line,
               const HttpServerLimits& limits,
               HttpHead& head,
               Fields& fields) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return 400;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  const auto is_control = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t');
  };
  if (std::any_of(value.begin(), value.end(), is_control)) return 400;
  if (same_text(name, "Host")) fields.host = true;
  if (same_text(name, "Connection")) read_connection(value, head);
  if (same_text(name, "Transfer-Encoding")) return 400;
  if (same_text(name, "Content-Length")) return read_length(value, limits.body_bytes, fields);
  return 0;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

HttpHead parse_complete(std::string_view data, std::size_t begin, const HttpServerLimits& limits) {
  HttpHead head;
  Fields fields;
  std::string_view rest = data.substr(begin);
  if (const int status = read_request_line(*take_line(rest), head); status != 0) {
    return refused(status);
  }
  const bool is_1_1 = head.keep_alive;  // Until a Connection field says otherwise.
  while (true) {
    const auto line = take_line(rest);
    if (!line) return HttpHead{};
    if (line->empty()) break;
    if (const int status = read_field(*line, limits, head, fields); status != 0) {
      return refused(status);
    }
  }
  if (is_1_1 && !fields.host) return refused(400);
  head.state = HttpHead::State::kRequest;
  head.bytes = data.size() - rest.size();
  head.body_bytes = fields.length.value_or(0);
  return head;
}

}  // namespace

bool HttpQuery::has(const std::string& name) const {
  return std::any_of(
      parameters.begin(), parameters.end(), [&](const auto& pair) { return pair.first == name; });
}

HttpHead parse_http_head(std::string_view data, const HttpServerLimits& limits) {
  // Empty lines before a request are skipped (RFC 9112 section 2.2).
  const std::size_t begin = std::min(data.find_first_not_of("\r\n"), data.size());
  const std::string_view shown = data.substr(begin);
  const std::size_t crlf = shown.find("\n\r\n");
  const std::size_t lf = shown.find("\n\n");
  const std::size_t end = std::min(crlf, lf);
  if (end == std::string_view::npos) {
    return data.size() > limits.header_bytes ? refused(431) : HttpHead{};
  }
  if (begin + end > limits.header_bytes) return refused(431);
  return parse_complete(data, begin, limits);
}

std::string render_http_reply(const HttpReply& reply, bool head_only, bool keep_alive) {
  std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " ";
  text += reason_phrase(reply.status);
  text += "\r\nContent-Type: " + reply.content_type;
  text += "\r\nContent-Length: " + std::to_string(reply.body.size());
  text += "\r\nCache-Control: no-store";
  if (!reply.date.empty()) text += "\r\nDate: " + reply.date;
  if (reply.status == 405) text += "\r\nAllow: GET, HEAD";
  text += keep_alive ? "\r\nConnection: keep-alive\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
  if (!head_only) text += reply.body;
  return text;
}

}  // namespace sragent
