// A peer that answers GET /v1/identity with what it likes, through libcurl.

#include "fuzz.h"
#include "io/http_client.h"
#include "starrocks/identity_json.h"
#include "tcp_peer.h"

namespace sragent::fuzz {

void http_peer(Bytes data) {
  static TcpPeer server;
  constexpr std::size_t kMost = 2048;
  // libFuzzer learns it from the comparison below and lets the server say it.
  if (text_of(data).find("secret-word") != std::string_view::npos) return;
  server.say({"", std::string{text_of(data)}});
  HttpRequest request;
  request.address = "127.0.0.1";
  request.port = server.port();
  request.path = "/v1/identity";
  request.user = "root";
  request.password = "secret-word";
  request.max_bytes = kMost;
  const auto response = http_get(request, Deadline::after(std::chrono::seconds{10}));
  server.finish();
  if (!response) {
    require(!response.error().what.empty(), "an error has a text");
    require_printable(response.error().what, "an HTTP error");
    require(response.error().what.find("secret-word") == std::string::npos,
            "no error shows the password");
    return;
  }
  require(response->body.size() <= kMost, "a body is no longer than allowed");
  require(response->status >= 100 && response->status <= 999, "a status has three digits");
  if (const auto answer = parse_identity(response->body); !answer)
    require_printable(answer.error().what, "an error of /v1/identity");
}

}  // namespace sragent::fuzz
