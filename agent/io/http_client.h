#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/result.h"
#include "io/deadline.h"

namespace sragent {

/// One GET or PATCH to an address that is known already; nothing here resolves a name. Under TLS
/// the certificate must be for the address.
struct HttpRequest {
  std::string address{};  ///< Numeric, IPv4 or IPv6.
  std::uint16_t port = 0;
  std::string host{};            ///< Host header (RFC 9110 section 7.2); empty: the address.
  std::string path = "/";        ///< With query, beginning with '/'.
  std::string user{};            ///< Basic authentication if not empty.
  std::string password{};        ///< Never logged, never part of an error.
  std::string bearer{};          ///< Token of an Authorization header; treated as a password.
  std::string source_address{};  ///< Numeric local address; empty: the system's choice.
  bool tls = false;              ///< https: a certificate made for `address` is expected.
  std::string tls_ca{};          ///< PEM file; empty: the system's authorities.
  bool tls_verify = true;        ///< Whether the certificate is checked at all.
  std::string body{};            ///< Of a PATCH.
  std::string body_type{};       ///< Its Content-Type.
  std::size_t max_bytes = std::size_t{64} << 10U;  ///< Body; headers are limited to 16 KiB.
};

struct HttpResponse {
  int status = 0;  ///< Any; 503 is an answer, not an error.
  std::string content_type{};
  std::string body{};
  /// The Date header in seconds since 1970: the clock of whoever answered, cut to the second.
  std::optional<std::int64_t> date_unix_s{};
};

/// Over plain HTTP or TLS, no proxy, no redirects, no reuse of connections. `until` covers
/// everything, a peer that streams for ever included. Errors: kTimeout, kUnreachable (refused, no
/// route, closed before an answer), kTls (no TLS there, a certificate that is not trusted),
/// kGarbled (not HTTP, cut short, over a limit), kIo. Any thread. (libcurl 7.88.1, initialised at
/// the first call, which also ignores SIGPIPE in the whole process.)
[[nodiscard]] Result<HttpResponse> http_get(const HttpRequest& request, Deadline until);
/// The same with PATCH (RFC 5789).
[[nodiscard]] Result<HttpResponse> http_patch(const HttpRequest& request, Deadline until);

}  // namespace sragent
