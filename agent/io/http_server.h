#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"

namespace sragent {

/// A request as the handler sees it. Only GET and HEAD arrive.
struct HttpQuery {
  std::string path{};       ///< Decoded, without query: "/readyz".
  std::string raw_query{};  ///< After '?', as sent.
  std::string peer{};       ///< Address of the client.
  /// Decoded pairs in order; "?verbose" is {"verbose", ""}.
  std::vector<std::pair<std::string, std::string>> parameters{};
  [[nodiscard]] bool has(const std::string& name) const;
};

struct HttpReply {
  int status = 200;
  std::string body{};
  std::string content_type = "text/plain; charset=utf-8";
  std::string date{};  ///< Date header, which the server sets; empty: none.
};

struct HttpServerLimits {
  /// At once; one more closes the one that has waited longest for its client, so that silent
  /// clients keep nobody out. More than twice what one turn of the loop accepts (the backlog of
  /// 128), so that a request that has come is read before a crowd can push it out.
  std::size_t connections = 320;
  std::size_t header_bytes = 4096;
  std::size_t body_bytes = 1024;
  /// For a request to arrive complete and for its reply to be taken, however the bytes trickle.
  std::chrono::milliseconds exchange{5000};
};

/// Read-only HTTP/1.1 (GET, HEAD) for probes and peers, on one thread of its own; connections take
/// turns, so a silent or hostile one delays nobody. Keep-alive is supported; what is wrong is
/// answered with 400, 405, 413 or 431 and closed. (libevent 2.1 buffers; requests are read by
/// http_request.h, because evhttp 2.1 can neither limit nor even count its connections.)
class HttpServer {
 public:
  /// Called on the server's thread for each request: it must be quick and must not throw.
  using Handler = std::function<HttpReply(const HttpQuery&)>;

  /// Serves when it returns. `port` 0: any free one. kBadConfig if `address` is none, kIo with
  /// address, port, errno and advice if it cannot be bound.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> start(const std::string& address,
                                                                 std::uint16_t port,
                                                                 Handler handler,
                                                                 HttpServerLimits limits = {});
  /// Stops and joins within milliseconds; open connections are closed.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  HttpServer(HttpServer&&) = delete;
  HttpServer& operator=(HttpServer&&) = delete;

  [[nodiscard]] std::uint16_t port() const;

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sragent
