#include "core/peer.h"

#include "core/text.h"

namespace sragent {
namespace {

std::string_view first_label(std::string_view host) {
  return host.substr(0, host.find('.'));
}

/// Position of the ordinal's first digit in the first label, or npos.
std::size_t ordinal_begin(std::string_view label) {
  const auto dash = label.rfind('-');
  if (dash == std::string_view::npos || dash + 1 == label.size()) return std::string_view::npos;
  const auto digits = label.substr(dash + 1);
  return digits.find_first_not_of("0123456789") == std::string_view::npos ? dash + 1
                                                                          : std::string_view::npos;
}

/// Empty: the answer is from whom we asked. Otherwise what does not fit.
std::string mismatch(const Self& me, std::string_view asked_address, const Identity& answer) {
  if (answer.address != asked_address) return "answers for address " + answer.address;
  if (answer.kind != NodeKind::kFe) return "is not an FE agent";
  if (answer.headless != me.headless) return "belongs to " + answer.headless;
  if (answer.session == me.session) return "is this very agent";
  if (answer.host.empty()) return "names no host";
  return {};
}

void set_kind(const Self& me, const Identity& answer, Peer& out) {
  if (answer.meta == MetaKind::kSealed && !answer.cluster_id.empty()) {
    out.kind = PeerKind::kMember;
    out.ids = {answer.cluster_id};
    out.members = answer.members;
    return;
  }
  if (!answer.remembers.empty()) {
    out.kind = PeerKind::kRemembers;
    out.ids = answer.remembers;
    return;
  }
  if (answer.busy) {
    out.kind = PeerKind::kBusy;
    return;
  }
  if (answer.meta != MetaKind::kEmpty) {
    out.why = "its metadata is " + std::string(to_string(answer.meta));
    return;
  }
  const bool names_me = answer.founder == me.host;
  out.kind = answer.consents && names_me ? PeerKind::kEmptyConsent : PeerKind::kEmptyNoConsent;
  if (!names_me) out.why = "takes " + answer.founder + " for the founder";
}

bool may_grant(const Answerer& me, const PeerQuestion& question, Instant now) {
  if (!question.wants_consent || question.session.empty()) return false;
  if (me.meta.kind != MetaKind::kEmpty || !me.remembers.empty() || me.under_way) return false;
  if (me.self.founder != question.host || question.host == me.self.host) return false;
  return !grant_alive(me.grant, now) || me.grant->session == question.session;
}

}  // namespace

int ordinal_of(std::string_view host) {
  const auto label = first_label(host);
  const auto begin = ordinal_begin(label);
  if (begin == std::string_view::npos) return -1;
  return whole_number<int>(label.substr(begin)).value_or(-1);
}

std::string sibling_host(std::string_view host, int ordinal) {
  const auto label = first_label(host);
  const auto begin = ordinal_begin(label);
  if (begin == std::string_view::npos) return {};
  std::string out{label.substr(0, begin)};
  out += std::to_string(ordinal);
  out += host.substr(label.size());
  return out;
}

Peer unknown_peer(std::string_view address, Instant asked_at, std::string why) {
  Peer out;
  out.address = address;
  out.asked_at = asked_at;
  out.why = std::move(why);
  return out;
}

bool fresh(const Peer& peer, Instant now) {
  return now - peer.asked_at <= kPeerAnswerLife;
}

Peer judge_peer(const Self& me,
                std::string_view asked_address,
                const Identity& answer,
                Instant asked_at,
                Instant now) {
  if (now - asked_at > kPeerAnswerLife)
    return unknown_peer(asked_address, asked_at, "its answer is too old");
  if (auto why = mismatch(me, asked_address, answer); !why.empty()) {
    auto out = unknown_peer(asked_address, asked_at, std::move(why));
    out.foreign = answer.headless != me.headless || answer.kind != NodeKind::kFe;
    return out;
  }
  Peer out;
  out.address = asked_address;
  out.host = answer.host;
  out.asked_at = asked_at;
  set_kind(me, answer, out);
  return out;
}

bool grant_alive(const std::optional<Grant>& grant, Instant now) {
  return grant && now - grant->at < kGrantLife;
}

Answer answer_peer(const Answerer& me, const PeerQuestion& question, Instant now) {
  Answer out;
  out.grant = me.grant;
  auto& id = out.identity;
  id.host = me.self.host;
  id.address = me.self.address;
  id.headless = me.self.headless;
  id.session = me.self.session;
  id.meta = me.meta.kind;
  if (me.meta.kind == MetaKind::kSealed) id.cluster_id = me.meta.cluster_id;
  if (me.meta.kind == MetaKind::kSealed) id.members = me.members;
  id.remembers = me.remembers;
  id.founder = me.self.founder;
  id.leader_seen = me.leader_seen;
  if (may_grant(me, question, now)) {
    out.grant = Grant{question.session, question.host, now};
    id.consents = true;
  }
  const bool to_another = grant_alive(me.grant, now) && me.grant->session != question.session;
  id.busy = me.under_way || to_another;
  return out;
}

std::string_view to_string(PeerKind kind) {
  switch (kind) {
    case PeerKind::kUnknown:
      return "unknown";
    case PeerKind::kEmptyConsent:
      return "empty+consent";
    case PeerKind::kEmptyNoConsent:
      return "empty";
    case PeerKind::kMember:
      return "member";
    case PeerKind::kRemembers:
      return "remembers";
    case PeerKind::kBusy:
      return "busy";
  }
  return "invalid";
}

}  // namespace sragent
