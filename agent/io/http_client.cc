#include "io/http_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <mutex>

#include <curl/curl.h>

#include "core/printable.h"
#include "io/side_effect.h"

namespace sragent {
namespace {

constexpr const char* kGet = "GET";
constexpr const char* kPatch = "PATCH";
constexpr std::size_t kHeaderLimit = std::size_t{16} << 10U;

using CurlHandle = std::unique_ptr<CURL, void (*)(CURL*)>;
using CurlList = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;

/// What the callbacks fill, and why they stopped the transfer.
struct Transfer {
  HttpResponse response{};
  std::size_t max_bytes = 0;
  std::size_t header_bytes = 0;
  bool too_much = false;
};

std::size_t on_body(char* data, std::size_t /*one*/, std::size_t length, void* argument) {
  auto* transfer = static_cast<Transfer*>(argument);
  transfer->too_much = transfer->response.body.size() + length > transfer->max_bytes;
  if (transfer->too_much) return 0;
  transfer->response.body.append(data, length);
  return length;
}

std::size_t on_header(char* /*data*/, std::size_t /*one*/, std::size_t length, void* argument) {
  auto* transfer = static_cast<Transfer*>(argument);
  transfer->header_bytes += length;
  transfer->too_much = transfer->header_bytes > kHeaderLimit;
  return transfer->too_much ? 0 : length;
}

/// The one table of libcurl's codes; what is not in it is an answer that is no good HTTP. Among
/// those is "out of memory": libcurl 7.88 says it of a header line above its own limit.
ErrorKind translate_curl_error(CURLcode code) {
  switch (static_cast<int>(code)) {
    case CURLE_OPERATION_TIMEDOUT:
      return ErrorKind::kTimeout;
    case CURLE_COULDNT_CONNECT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return ErrorKind::kUnreachable;
    case CURLE_URL_MALFORMAT:
      return ErrorKind::kBadConfig;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return ErrorKind::kTls;
    case CURLE_INTERFACE_FAILED:
    case CURLE_FAILED_INIT:
      return ErrorKind::kIo;
    default:
      return ErrorKind::kGarbled;
  }
}

std::string bracketed(const std::string& address) {
  return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

std::string url_of(const HttpRequest& request) {
  return (request.tls ? "https://" : "http://") + bracketed(request.address) + ":" +
         std::to_string(request.port) + request.path;
}

void set_limits(CURL* curl, Deadline until) {
  const long left = std::max(1L, static_cast<long>(until.poll_timeout()));
  ::curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, left);
  ::curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, left);
  ::curl_easy_setopt(curl, CURLOPT_PROXY, "");
  ::curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  ::curl_easy_setopt(curl, CURLOPT_HTTP09_ALLOWED, 0L);
  ::curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  ::curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
}

void set_request(CURL* curl,
                 std::string_view method,
                 const HttpRequest& request,
                 curl_slist* headers) {
  ::curl_easy_setopt(curl, CURLOPT_URL, url_of(request).c_str());
  ::curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  ::curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  if (method == kPatch) {
    ::curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, kPatch);
    ::curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
    ::curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
  }
  if (!request.source_address.empty()) {
    const std::string local = "host!" + request.source_address;
    ::curl_easy_setopt(curl, CURLOPT_INTERFACE, local.c_str());
  }
  if (!request.user.empty()) {
    ::curl_easy_setopt(curl, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    ::curl_easy_setopt(curl, CURLOPT_USERNAME, request.user.c_str());
    ::curl_easy_setopt(curl, CURLOPT_PASSWORD, request.password.c_str());
  }
}

void set_tls(CURL* curl, const HttpRequest& request) {
  if (!request.tls) return;
  ::curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, request.tls_verify ? 1L : 0L);
  ::curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, request.tls_verify ? 2L : 0L);
  ::curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (request.tls_ca.empty()) return;
  ::curl_easy_setopt(curl, CURLOPT_CAINFO, request.tls_ca.c_str());
  ::curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
}

void set_sink(CURL* curl, Transfer& transfer) {
  ::curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_body);
  ::curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  ::curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &on_header);
  ::curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
}

void fill_response(CURL* curl, HttpResponse& response) {
  long status = 0;
  const char* type = nullptr;
  ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  ::curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
  response.status = static_cast<int>(status);
  if (type != nullptr) response.content_type = type;
  curl_header* date = nullptr;
  if (::curl_easy_header(curl, "Date", 0, CURLH_HEADER, -1, &date) != CURLHE_OK) return;
  if (const auto seconds = ::curl_getdate(date->value, nullptr); seconds >= 0)
    response.date_unix_s = seconds;
}

/// A connect that the kernel gave up (ETIMEDOUT) comes as "couldn't connect" too.
ErrorKind failure_kind(CURL* curl, CURLcode code) {
  long number = 0;
  ::curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &number);
  const bool gave_up = code == CURLE_COULDNT_CONNECT && number == ETIMEDOUT;
  return gave_up ? ErrorKind::kTimeout : translate_curl_error(code);
}

CurlHandle new_handle() {
  static std::once_flag once;
  static CURLcode status = CURLE_OK;
  std::call_once(once, [] {
    // CURLOPT_NOSIGNAL leaves it to the program: OpenSSL writes to connections that peers closed.
    ::signal(SIGPIPE, SIG_IGN);
    status = ::curl_global_init(CURL_GLOBAL_NOTHING);
  });
  return {status == CURLE_OK ? ::curl_easy_init() : nullptr, &::curl_easy_cleanup};
}

CurlList headers_of(const HttpRequest& request) {
  CurlList out(nullptr, &::curl_slist_free_all);
  const auto add = [&out](const std::string& line) {
    out.reset(::curl_slist_append(out.release(), line.c_str()));
  };
  if (!request.host.empty()) add("Host: " + request.host);
  if (!request.body_type.empty()) add("Content-Type: " + request.body_type);
  if (!request.bearer.empty()) add("Authorization: Bearer " + request.bearer);
  return out;
}

bool is_header_safe(const std::string& text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos;
}

Result<HttpResponse> perform(const char* method, const HttpRequest& request, Deadline until) {
  const auto http_error = [&](ErrorKind kind, const std::string& why) {
    return Error{
        .kind = kind,
        .what = "http: " + std::string{method} + " " + url_of(request) + ": " + printable(why)};
  };
  const bool safe = is_header_safe(request.host) && is_header_safe(request.path) &&
                    is_header_safe(request.bearer) && is_header_safe(request.body_type);
  if (!safe || !request.path.starts_with('/')) {
    return tl::unexpected(http_error(ErrorKind::kBadConfig, "bad host or path"));
  }
  const CurlHandle curl = new_handle();
  if (!curl) return tl::unexpected(http_error(ErrorKind::kIo, "libcurl does not start"));
  const auto headers = headers_of(request);
  Transfer transfer{.max_bytes = request.max_bytes};
  std::array<char, CURL_ERROR_SIZE> text{};
  ::curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, text.data());
  set_limits(curl.get(), until);
  set_request(curl.get(), method, request, headers.get());
  set_tls(curl.get(), request);
  set_sink(curl.get(), transfer);
  // Not only a question: a peer may consent to a founding with its answer.
  const CURLcode code =
      side_effect("http.question", [&] { return ::curl_easy_perform(curl.get()); });
  if (transfer.too_much) {
    return tl::unexpected(http_error(ErrorKind::kGarbled, "the answer is too large"));
  }
  if (code != CURLE_OK) {
    const std::string why = text[0] != '\0' ? text.data() : ::curl_easy_strerror(code);
    return tl::unexpected(http_error(failure_kind(curl.get(), code), why));
  }
  fill_response(curl.get(), transfer.response);
  // libcurl 7.88 takes "HTTP/2. 000" and "HTTP/21111111113" for status lines.
  if (const int status = transfer.response.status; status < 100 || status > 999)
    return tl::unexpected(http_error(ErrorKind::kGarbled, "the answer has no status"));
  return std::move(transfer.response);
}

}  // namespace

Result<HttpResponse> http_get(const HttpRequest& request, Deadline until) {
  return perform(kGet, request, until);
}

Result<HttpResponse> http_patch(const HttpRequest& request, Deadline until) {
  return perform(kPatch, request, until);
}

}  // namespace sragent
