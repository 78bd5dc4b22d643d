#include "runtime/identity_book.h"

namespace sragent {

IdentityBook::IdentityBook(Self self, NodeKind kind) : kind_(kind) {
  state_.self = std::move(self);
  // Until the disk was read nothing may be consented to.
  state_.meta.kind = MetaKind::kUnfinished;
  // ... and it may be about to leave.
  if (kind_ == NodeKind::kFe) claim_ = LeaveClaim{state_.self.ordinal, {}};
}

void IdentityBook::update(IdentityFacts facts) {
  const std::scoped_lock lock(mutex_);
  state_.meta = std::move(facts.meta);
  state_.members = std::move(facts.members);
  state_.remembers = std::move(facts.remembers);
  state_.leader_seen = std::move(facts.leader_seen);
  since_ = std::move(facts.since);
  claim_ = std::move(facts.claim);
}

Identity IdentityBook::answer(const PeerQuestion& question, Instant now) {
  const std::scoped_lock lock(mutex_);
  auto out = answer_peer(state_, question, now);
  out.identity.kind = kind_;
  out.identity.since = since_;
  out.identity.claim = claim_;
  state_.grant = std::move(out.grant);
  return std::move(out.identity);
}

std::optional<Grant> IdentityBook::grant() const {
  const std::scoped_lock lock(mutex_);
  return state_.grant;
}

bool IdentityBook::begin_step(Instant now) {
  const std::scoped_lock lock(mutex_);
  if (grant_alive(state_.grant, now)) return false;
  state_.under_way = true;
  return true;
}

void IdentityBook::end_step() {
  const std::scoped_lock lock(mutex_);
  state_.under_way = false;
}

}  // namespace sragent
