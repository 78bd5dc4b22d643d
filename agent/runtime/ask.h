#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/http_client.h"
#include "runtime/fe_look.h"

/// The small questions that every look is made of, with the deadlines of the settings. Worker
/// threads; each blocks.
namespace sragent {

/// GET from our own address, within http.peer_timeout. Errors as http_get.
[[nodiscard]] Result<HttpResponse> ask_http(const LookContext& context,
                                            const std::string& address,
                                            std::uint16_t port,
                                            const std::string& path,
                                            std::size_t max_bytes = HttpRequest{}.max_bytes);

/// What the agent at `address` says of itself; `path` is that of question_path. kRejected: another
/// HTTP status than 200; else errors as ask_http and parse_identity.
[[nodiscard]] Result<Identity> ask_identity(const LookContext& context,
                                            const std::string& address,
                                            const std::string& path);

/// Addresses of `name`; a name that is whole ends with a dot. All tries of the resolver together.
[[nodiscard]] DnsAnswer ask_dns(const LookContext& context, const std::string& name);
/// Are there such records? Pure.
[[nodiscard]] Tri exists(DnsOutcome outcome);

/// True for an address of this node, be it the one it goes by or another of its interfaces.
[[nodiscard]] bool own_address(const LookContext& context, const std::string& address);

/// Addresses of the own headless set.
[[nodiscard]] SetLookup look_up_set(const LookContext& context);
/// Those of them that are another node's.
[[nodiscard]] std::vector<std::string> other_addresses(const LookContext& context,
                                                       const SetLookup& set);

/// Is the FE at `address` in its graceful exit (3.4.2 and later)? Its /api/health is 500 without a
/// body from the signal to the end of the process. Any other answer, and silence, is no; asked for
/// half a second at most.
[[nodiscard]] bool exits_gracefully(const LookContext& context, const std::string& address);

/// Calls `ask` with one target after the other until it returns true; with those in their graceful
/// exit once all others were asked in vain.
template <typename Ask>
void ask_in_turn(const LookContext& context, const std::vector<FeTarget>& targets, const Ask& ask) {
  std::vector<FeTarget> exiting;
  for (const auto& target : targets) {
    if (exits_gracefully(context, target.address)) {
      exiting.push_back(target);
    } else if (ask(target)) {
      return;
    }
  }
  for (const auto& target : exiting)
    if (ask(target)) return;
}

/// Does the FE at `address` say of itself that it leads? kUnknown: it does not answer.
[[nodiscard]] Tri claims_lead(const LookContext& context, const std::string& address);

/// True for an IPv4 or IPv6 address, by its characters; a host name is neither. Pure.
[[nodiscard]] bool is_address(std::string_view host);

}  // namespace sragent
