// The answer of a peer at /v1/identity, and the question to us: behind a line "---" the target.

#include "core/peer.h"
#include "fuzz.h"
#include "io/http_request.h"
#include "starrocks/identity_json.h"

namespace sragent::fuzz {
namespace {

constexpr Instant kNow{1'000'000};

Self own_self() {
  Self out;
  out.host = out.fqdn = "fe-1.search.ns";
  out.address = "127.0.1.2";
  out.headless = "search.ns";
  out.session = "00000000000000a1";
  out.founder = "fe-0.search.ns";
  out.ordinal = 1;
  return out;
}

void require_names(const Identity& answer) {
  for (const auto* name : {&answer.host,
                           &answer.address,
                           &answer.headless,
                           &answer.session,
                           &answer.cluster_id,
                           &answer.founder,
                           &answer.leader_seen})
    require_printable(*name, "a name that a peer tells");
  for (const auto& id : answer.remembers)
    require_printable(id, "an id that a peer remembers");
  if (!answer.members) return;
  require(answer.members->size() <= kIdentityLimits.members, "a short list of members");
  for (const auto& host : *answer.members)
    require_printable(host, "a member that a peer tells");
}

void require_judged(const Identity& answer) {
  const auto peer = judge_peer(own_self(), "127.0.1.1", answer, kNow, kNow);
  require_printable(peer.why, "why a peer is unknown");
  require(peer.kind != PeerKind::kUnknown || !peer.why.empty(), "unknown has a reason");
  if (peer.kind == PeerKind::kMember) require(peer.ids.size() == 1, "a member has one id");
  if (peer.kind == PeerKind::kRemembers) require(!peer.ids.empty(), "who remembers has an id");
  if (peer.kind == PeerKind::kEmptyConsent) {
    require(answer.consents && answer.meta == MetaKind::kEmpty && answer.remembers.empty(),
            "only who is empty and remembers nothing consents");
  }
  const auto late =
      judge_peer(own_self(), "127.0.1.1", answer, kNow - kPeerAnswerLife - Millis{1}, kNow);
  require(late.kind == PeerKind::kUnknown, "an old answer counts for nothing");
}

void require_answer(std::string_view body) {
  const auto answer = parse_identity(body);
  if (!answer) return require_printable(answer.error().what, "an error of /v1/identity");
  require_names(*answer);
  const auto written = to_json(*answer);
  const auto again = parse_identity(written);
  require(again && to_json(*again) == written, "an answer is the same after writing and reading");
  require_judged(*answer);
}

void require_question(std::string_view target) {
  const auto head = parse_http_head("GET " + std::string{target} + " HTTP/1.0\r\n\r\n", {});
  if (head.state != HttpHead::State::kRequest) return;
  const auto question = question_from(head.query.parameters);
  require(question.host.size() <= kIdentityLimits.host, "a host has a limit");
  require(question.session.size() <= kIdentityLimits.id, "a session has a limit");
  Answerer me;
  me.self = own_self();
  const auto answer = answer_peer(me, question, kNow);
  require(!answer.identity.consents || (question.wants_consent && question.host == me.self.founder),
          "consent is for the founder that asks for it");
  require(answer.identity.consents == answer.grant.has_value(), "consent is remembered");
  if (question.session.empty()) return;
  const auto again = parse_http_head("GET " + question_path(question) + " HTTP/1.0\r\n\r\n", {});
  require(again.state == HttpHead::State::kRequest, "a question is a request");
  const auto same = question_from(again.query.parameters);
  require(same.host == question.host && same.session == question.session &&
              same.wants_consent == question.wants_consent,
          "a question is the same after writing and reading");
}

}  // namespace

void identity(Bytes data) {
  auto rest = text_of(data);
  require_answer(take_section(rest));
  if (!rest.empty()) require_question(take_line(rest));
}

}  // namespace sragent::fuzz
