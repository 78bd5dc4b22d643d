#include "runtime/host_clock.h"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/ask.h"
#include "runtime/fan_out.h"
#include "starrocks/identity_json.h"

namespace sragent {
namespace {

constexpr std::int64_t kSecond = 1'000;

tl::unexpected<Error> not_found(const std::string& what) {
  return tl::unexpected(Error{ErrorKind::kNotFound, what});
}

}  // namespace

/// Between the two readings of the own clock the leader read its own, and cut it to the second.
Result<ClockSpan> ask_clock(const LookContext& context, const std::string& leader) {
  ClockSpan out;
  out.leader = leader;
  out.self = leader == context.me.host;
  if (out.self) return out;
  const auto address = address_of(context, leader);
  if (!address) return not_found("the name of the leader " + leader + " gives no address");
  const auto before = Clock::unix_ms();
  const auto reply = ask_http(context, *address, context.config->http.peer_port, question_path({}));
  const auto after = Clock::unix_ms();
  if (!reply) {
    return tl::unexpected(
        Error{reply.error().kind,
              "the agent of the leader " + leader + " does not answer: " + reply.error().what});
  }
  const auto identity = parse_identity(reply->body);
  if (!identity) return tl::unexpected(identity.error());
  if (identity->host != leader) {
    return tl::unexpected(Error{ErrorKind::kRejected,
                                "at " + *address + " answers the agent of " + identity->host +
                                    ", not that of the leader " + leader});
  }
  if (!reply->date_unix_s) return not_found("the agent of the leader " + leader + " sends no Date");
  const auto theirs = *reply->date_unix_s * kSecond;
  out.low_ms = theirs - std::max(before, after);
  out.high_ms = theirs + kSecond - 1 - std::min(before, after);
  return out;
}

Result<std::string> leader_by_agents(const LookContext& context) {
  auto places = look_up_set(context).addresses;
  if (std::find(places.begin(), places.end(), context.me.address) == places.end())
    places.push_back(context.me.address);
  const auto answers = fan_out<Result<Identity>, std::string>(
      *context.workers,
      places,
      [context](const std::string& place) {
        return ask_identity(context, place, question_path({}));
      },
      Deadline::after(context.config->http.peer_timeout * 2));
  std::string out;
  for (const auto& answer : answers) {
    if (!answer || !*answer || (*answer)->kind != NodeKind::kFe) continue;
    const auto& seen = (*answer)->leader_seen;
    if (!seen.empty() && !out.empty() && seen != out) {
      return tl::unexpected(Error{ErrorKind::kRejected,
                                  fmt::format("the FEs see different leaders: {}, {}", out, seen)});
    }
    if (!seen.empty()) out = seen;
  }
  if (out.empty()) return not_found("no agent of an FE sees a leader");
  return out;
}

}  // namespace sragent
