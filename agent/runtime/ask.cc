#include "runtime/ask.h"

#include <algorithm>

#include "core/words.h"
#include "runtime/log.h"
#include "starrocks/bootstrap.h"
#include "starrocks/identity_json.h"

namespace sragent {
namespace {

constexpr std::size_t kMetricsBytes = std::size_t{8} << 20U;
constexpr std::chrono::milliseconds kExitPatience{500};

Result<HttpResponse> get(const LookContext& context,
                         const std::string& address,
                         std::uint16_t port,
                         const std::string& path,
                         std::size_t max_bytes,
                         std::chrono::milliseconds limit) {
  HttpRequest request;
  request.address = address;
  request.port = port;
  request.path = path;
  request.source_address = source_address(context);
  request.max_bytes = max_bytes;
  auto reply = http_get(request, Deadline::after(limit));
  log_debug("http_asked",
            {{"at", host_port(address, port) + path},
             {"answer", reply ? std::to_string(reply->status) : reply.error().what}});
  return reply;
}

}  // namespace

Result<HttpResponse> ask_http(const LookContext& context,
                              const std::string& address,
                              std::uint16_t port,
                              const std::string& path,
                              std::size_t max_bytes) {
  return get(context, address, port, path, max_bytes, context.config->http.peer_timeout);
}

Result<Identity> ask_identity(const LookContext& context,
                              const std::string& address,
                              const std::string& path) {
  const auto reply = ask_http(context, address, context.config->http.peer_port, path);
  if (!reply) return tl::unexpected(reply.error());
  if (reply->status != 200) {
    return tl::unexpected(Error{ErrorKind::kRejected,
                                "its agent port answered HTTP " + std::to_string(reply->status)});
  }
  return parse_identity(reply->body);
}

DnsAnswer ask_dns(const LookContext& context, const std::string& name) {
  auto answer = context.resolver->addresses(name, Deadline::after(context.config->dns.timeout * 8));
  log_debug("dns_asked",
            {{"name", name},
             {"answer", std::string{to_string(answer.outcome)}},
             {"addresses", joined(answer.addresses)},
             {"why", answer.why}});
  return answer;
}

Tri exists(DnsOutcome outcome) {
  switch (outcome) {
    case DnsOutcome::kAnswer:
      return Tri::kYes;
    case DnsOutcome::kAbsent:
      return Tri::kNo;
    case DnsOutcome::kUnknown:
      break;
  }
  return Tri::kUnknown;
}

bool own_address(const LookContext& context, const std::string& address) {
  const auto& own = context.own_addresses;
  return address == context.me.address || std::find(own.begin(), own.end(), address) != own.end();
}

SetLookup look_up_set(const LookContext& context) {
  SetLookup out;
  if (context.me.headless.empty()) {
    out.why = "no headless name: the own name has no domain part";
    return out;
  }
  auto answer = ask_dns(context, context.me.headless + ".");
  out.asked_at = context.clock.at(answer.asked_at);
  out.addresses = std::move(answer.addresses);
  out.ttl = std::chrono::seconds{answer.ttl_s};
  out.why = std::move(answer.why);
  out.outcome = exists(answer.outcome);
  return out;
}

std::vector<std::string> other_addresses(const LookContext& context, const SetLookup& set) {
  std::vector<std::string> out;
  for (const auto& address : set.addresses)
    if (!own_address(context, address)) out.push_back(address);
  return out;
}

Tri claims_lead(const LookContext& context, const std::string& address) {
  const auto reply = ask_http(context, address, context.fe_http_port, "/metrics", kMetricsBytes);
  return reply && reply->status == 200 ? says_it_leads(reply->body) : Tri::kUnknown;
}

bool exits_gracefully(const LookContext& context, const std::string& address) {
  constexpr int kServerError = 500;
  const auto limit = std::min(context.config->http.peer_timeout, kExitPatience);
  const auto reply =
      get(context, address, context.fe_http_port, "/api/health", HttpRequest{}.max_bytes, limit);
  return reply && reply->status == kServerError && reply->body.empty();
}

bool is_address(std::string_view host) {
  return host.find_first_not_of("0123456789.") == std::string_view::npos ||
         host.find(':') != std::string_view::npos;
}

}  // namespace sragent
