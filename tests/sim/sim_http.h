#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim_net.h"

namespace srsim {

struct HttpRequest {
  std::string method{};
  std::string path{};  ///< without the query
  Msg query{};         ///< decoded parameters
  Msg headers{};       ///< names in lower case
  std::string body{};
  std::string peer_ip{};
};

struct HttpAnswer {
  int status = 200;
  std::string content_type{"text/html"};
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};
  /// What a fault made of it.
  enum class Fate { kSend, kClose, kHang } fate = Fate::kSend;
};

using HttpHandler = std::function<HttpAnswer(const HttpRequest&)>;

/// A blocking HTTP/1.1 server, one thread a connection, keep-alive. It lives until the process
/// ends: an FE closes its ports only by dying. Header and body limits: 16 kB and 1 MB.
class HttpServer {
 public:
  /// Listens and serves. kIo if the port is taken.
  [[nodiscard]] Result<void> start(const Endpoint& at, HttpHandler handler);
  /// Stops accepting; running requests end by themselves.
  void stop_listening();

 private:
  Fd listener_;
};

struct HttpReply {
  int status = 0;
  Msg headers{};  ///< names in lower case
  std::string body{};
};

struct HttpCall {
  std::string method{"GET"};
  std::string target{"/"};
  std::string user{};  ///< empty: no Authorization header
  std::string password{};
};

/// One request on a connection of its own. Errors as in connect_from() and recv_msg().
[[nodiscard]] Result<HttpReply> http_call(const std::string& from_ip,
                                          const Endpoint& to,
                                          const HttpCall& call,
                                          milliseconds limit);

std::string url_encode(std::string_view text);

/// "user:password" of an Authorization: Basic header; empty pair if there is none or it is garbled.
std::pair<std::string, std::string> basic_credentials(const HttpRequest& request);

}  // namespace srsim
