#include "sim_http.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <memory>
#include <thread>

namespace srsim {
namespace {

constexpr std::size_t kMaxHead = std::size_t{16} * 1024;
constexpr std::size_t kMaxBody = std::size_t{1024} * 1024;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return out;
}

std::string url_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out +=
          static_cast<char>(std::strtoul(std::string(text.substr(i + 1, 2)).c_str(), nullptr, 16));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

Msg parse_query(std::string_view text) {
  Msg query;
  while (!text.empty()) {
    const std::size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
    const std::size_t equal = std::min(pair.find('='), pair.size());
    query[url_decode(pair.substr(0, equal))] =
        url_decode(pair.substr(std::min(equal + 1, pair.size())));
  }
  return query;
}

/// Bytes of a connection, read on demand.
class Stream {
 public:
  explicit Stream(const Fd& fd) : fd_(fd) {}

  bool read_head(std::string& head) {
    for (;;) {
      const std::size_t end = buffer_.find("\r\n\r\n");
      if (end != std::string::npos) {
        head = buffer_.substr(0, end + 2);
        buffer_.erase(0, end + 4);
        return true;
      }
      if (buffer_.size() > kMaxHead || !more()) return false;
    }
  }

  bool read_body(std::size_t length, std::string& body) {
    while (buffer_.size() < length) {
      if (!more()) return false;
    }
    body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return true;
  }

  std::string rest() {
    while (more()) {
    }
    return std::move(buffer_);
  }

 private:
  bool more() {
    std::array<char, 4096> chunk{};
    const ssize_t got = recv(fd_.get(), chunk.data(), chunk.size(), 0);
    if (got <= 0) return false;
    buffer_.append(chunk.data(), static_cast<std::size_t>(got));
    return true;
  }

  const Fd& fd_;
  std::string buffer_;
};

Msg parse_headers(std::string_view head) {
  Msg headers;
  std::size_t at = head.find("\r\n");
  while (at != std::string_view::npos && at + 2 < head.size()) {
    const std::size_t end = std::min(head.find("\r\n", at + 2), head.size());
    const std::string_view line = head.substr(at + 2, end - at - 2);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
      std::string_view value = line.substr(colon + 1);
      while (!value.empty() && value.front() == ' ')
        value.remove_prefix(1);
      headers[lower(line.substr(0, colon))] = value;
    }
    at = end;
  }
  return headers;
}

bool parse_request(const std::string& head, HttpRequest& request) {
  const std::size_t first = head.find(' ');
  const std::size_t second = first == std::string::npos ? first : head.find(' ', first + 1);
  if (second == std::string::npos) return false;
  request.method = head.substr(0, first);
  const std::string target = head.substr(first + 1, second - first - 1);
  const std::size_t mark = std::min(target.find('?'), target.size());
  request.path = url_decode(target.substr(0, mark));
  request.query = parse_query(target.substr(std::min(mark + 1, target.size())));
  request.headers = parse_headers(head);
  return true;
}

const char* reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not Found";
    default:
      return status >= 500 ? "Internal Server Error" : "Status";
  }
}

std::string wire_form(const HttpAnswer& answer, const HttpRequest& request) {
  std::string text =
      "HTTP/1.1 " + std::to_string(answer.status) + " " + reason_of(answer.status) + "\r\n";
  text += "content-length: " + std::to_string(answer.body.size()) + "\r\n";
  for (const auto& [name, value] : answer.headers)
    text.append(name).append(": ").append(value).append("\r\n");
  text += "content-type: " + answer.content_type + "\r\nconnection: keep-alive\r\n\r\n";
  return request.method == "HEAD" ? text : text + answer.body;
}

void serve(const Fd& fd, const std::string& peer, const HttpHandler& handler) {
  Stream stream(fd);
  std::string head;
  while (stream.read_head(head)) {
    HttpRequest request;
    request.peer_ip = peer;
    if (!parse_request(head, request)) return;
    const auto length = static_cast<std::size_t>(get_int(request.headers, "content-length"));
    if (length > kMaxBody || !stream.read_body(length, request.body)) return;
    const HttpAnswer answer = handler(request);
    if (answer.fate == HttpAnswer::Fate::kClose) return;
    if (answer.fate == HttpAnswer::Fate::kHang) {
      stream.rest();  // until the client gives up
      return;
    }
    if (!write_all(fd, wire_form(answer, request))) return;
    if (lower(get(request.headers, "connection")) == "close") return;
  }
}

int base64_value(char c) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t at = kDigits.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

std::string base64_decode(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) break;
    bits = (bits << 6U) | static_cast<unsigned>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU);
    }
  }
  return out;
}

std::string base64_encode(std::string_view text) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    unsigned bits = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      const unsigned byte = i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0;
      bits = (bits << 8U) | byte;
    }
    for (unsigned k = 0; k < 4; ++k) {
      const bool padding = i + k > text.size();
      out += padding ? '=' : kDigits[(bits >> (18U - 6U * k)) & 63U];
    }
  }
  return out;
}

}  // namespace

Result<void> HttpServer::start(const Endpoint& at, HttpHandler handler) {
  auto listener = listen_on(at);
  if (!listener) return tl::unexpected(listener.error());
  listener_ = std::move(*listener);
  const int raw = listener_.get();
  std::thread([raw, handler = std::move(handler)] {
    Fd borrowed(raw);
    for (;;) {
      std::string peer;
      auto fd = std::make_shared<Fd>(accept_from(borrowed, peer));
      if (!fd->valid()) break;
      std::thread([fd, peer, handler] { serve(*fd, peer, handler); }).detach();
    }
    borrowed.release();
  }).detach();
  return {};
}

void HttpServer::stop_listening() {
  if (listener_.valid()) shutdown(listener_.get(), SHUT_RDWR);
}

Result<HttpReply> http_call(const std::string& from_ip,
                            const Endpoint& to,
                            const HttpCall& call,
                            milliseconds limit) {
  auto fd = connect_from(from_ip, to, limit);
  if (!fd) return tl::unexpected(fd.error());
  set_io_limit(*fd, limit);
  std::string text =
      call.method + " " + call.target + " HTTP/1.1\r\nhost: " + to.ip + "\r\nconnection: close\r\n";
  if (!call.user.empty()) {
    text += "authorization: Basic " + base64_encode(call.user + ":" + call.password) + "\r\n";
  }
  if (!write_all(*fd, text + "\r\n")) {
    return tl::unexpected(
        Error{ErrorKind::kUnreachable, "java.net.SocketException: Connection reset"});
  }
  Stream stream(*fd);
  std::string head;
  if (!stream.read_head(head)) {
    return tl::unexpected(
        Error{ErrorKind::kTimeout, "java.net.SocketTimeoutException: Read timed out"});
  }
  HttpReply reply;
  const std::size_t space = std::min(head.find(' '), head.size());
  reply.status = static_cast<int>(std::strtol(head.c_str() + space, nullptr, 10));
  reply.headers = parse_headers(head);
  const auto length = static_cast<std::size_t>(get_int(reply.headers, "content-length"));
  if (call.method != "HEAD" && !stream.read_body(length, reply.body)) {
    return tl::unexpected(
        Error{ErrorKind::kTimeout, "java.net.SocketTimeoutException: Read timed out"});
  }
  return reply;
}

std::string url_encode(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '.' || c == '-' || c == '_') {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    }
  }
  return out;
}

std::pair<std::string, std::string> basic_credentials(const HttpRequest& request) {
  const std::string& header = get(request.headers, "authorization");
  if (lower(header.substr(0, 6)) != "basic ") return {};
  const std::string text = base64_decode(header.substr(6));
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return {};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace srsim
