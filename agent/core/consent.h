#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/types.h"

/// What only a person may order at a start, and how far the order goes. Source:
/// docs/start-rules.md section 7. Pure. Any thread.
namespace sragent {

struct StartObservation;

/// A consent that nothing came of ends after this time: what was seen when it was given is old.
inline constexpr Millis kConsentLife{600'000};

enum class ConsentKind : std::uint8_t {
  kForgetCluster,  ///< Rows 13, 26: what is remembered of `ids` counts no more at this node.
  kMoveAside,      ///< Row 12: unfinished metadata that nobody explains is moved aside.
};
[[nodiscard]] std::string_view to_string(ConsentKind kind);  ///< "forget-cluster", "move-aside".

/// What a consent would permit, and the ids that it is bound to, sorted.
struct ConsentMatter {
  ConsentKind kind = ConsentKind::kForgetCluster;
  std::vector<ClusterId> ids{};
  friend bool operator==(const ConsentMatter&, const ConsentMatter&) = default;
};

/// Given by a person to this process. Kept in memory only: a restarted agent asks again.
struct Consent {
  ConsentMatter matter{};
  Instant at{};
};

/// What a person could permit where row `rule` decided; nullopt: nothing, a person has to change
/// what is seen.
[[nodiscard]] std::optional<ConsentMatter> consent_matter(const StartObservation& seen,
                                                          std::string_view rule,
                                                          Instant now);

/// False once the consent is used (the metadata changed), too old, or no longer about what is seen:
/// a member of a forgotten cluster is in sight, or another cluster is remembered as well.
[[nodiscard]] bool consent_holds(const Consent& consent, const StartObservation& seen, Instant now);

/// The observation without what was permitted to be forgotten. A peer that remembers stays one: it
/// consents to a founder only after a person's order at that peer.
[[nodiscard]] StartObservation under_consent(StartObservation seen, const Consent& consent);

/// Does `consent` cover the memory of `id`?
[[nodiscard]] bool forgets(const std::optional<Consent>& consent, std::string_view id);

}  // namespace sragent
