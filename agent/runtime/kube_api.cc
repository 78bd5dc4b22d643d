#include "runtime/kube_api.h"

#include "io/files.h"

namespace sragent {
namespace {

constexpr std::size_t kTokenBytes = std::size_t{64} << 10U;

std::string without_end(const std::string& text) {
  return text.substr(0, text.find_last_not_of(" \r\n") + 1);
}

Result<HttpRequest> request_to(const KubernetesConfig& config, const std::string& path) {
  auto token = account_token(config);
  if (!token) return tl::unexpected(std::move(token).error());
  HttpRequest out;
  out.address = config.host;
  out.port = config.port;
  out.path = path;
  out.bearer = *std::move(token);
  out.tls = true;
  out.tls_ca = config.account_dir + "/ca.crt";
  return out;
}

}  // namespace

Result<HttpResponse> kube_get(const KubernetesConfig& config,
                              const std::string& path,
                              std::size_t max_bytes,
                              Deadline until) {
  auto request = request_to(config, path);
  if (!request) return tl::unexpected(std::move(request).error());
  request->max_bytes = max_bytes;
  return http_get(*request, until);
}

Result<HttpResponse> kube_patch(const KubernetesConfig& config,
                                const std::string& path,
                                std::string body,
                                Deadline until) {
  auto request = request_to(config, path);
  if (!request) return tl::unexpected(std::move(request).error());
  request->body = std::move(body);
  request->body_type = "application/strategic-merge-patch+json";
  return http_patch(*request, until);
}

Result<std::string> account_token(const KubernetesConfig& config) {
  return read_file(config.account_dir + "/token", kTokenBytes).map(without_end);
}

std::string account_namespace(const KubernetesConfig& config) {
  const auto text = read_file(config.account_dir + "/namespace", kTokenBytes);
  return text ? without_end(*text) : std::string{};
}

}  // namespace sragent
