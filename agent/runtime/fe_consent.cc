#include "runtime/fe_agent.h"
#include "runtime/journal.h"
#include "runtime/log.h"

/// FeAgent: what only a person may order. Source: docs/start-rules.md section 7.
namespace sragent {

/// Is there something to permit after this decision? Appends the choices to what is told.
void FeAgent::offer_consent(const StartDecision& decision, Instant now) {
  const auto matter = consent_matter(observation(look_), decision.rule, now);
  const bool drawn = consent_.see(matter);
  if (!matter) return;
  const auto& offer = *consent_.offer();
  const auto command = consent_command(offer.challenge);
  if (drawn) log_warn("consent_asked", {{"permits", permits(*matter)}, {"command", command}});
  detail_ += ". Bring back a pod with its volume; or, only if that is gone for good, permit by '" +
             command + "' in this pod: " + permits(*matter);
}

/// "consent LETTERS REASON". On disk first: what a person ordered must never be in doubt.
std::string FeAgent::take_consent(std::string_view words, Instant now) {
  const auto blank = words.find(' ');
  const auto answer = words.substr(0, blank);
  const auto why = blank == std::string_view::npos ? std::string_view{} : words.substr(blank + 1);
  if (stopping_) return "refused: a stop is under way";
  if (why.empty()) return "refused: expected a reason behind the letters";
  const auto matter = consent_.check(answer);
  if (!matter) {
    log_warn("consent_refused", {{"error", matter.error().what}});
    return "refused: " + matter.error().what;
  }
  const auto line = consent_line(*matter, answer, why, now);
  if (auto kept = shell_.state.journal_or_fail(line); !kept)
    return "refused: it could not be written down first: " + kept.error().what;
  consent_.use();
  memory_.consent = Consent{*matter, now};
  log_warn("consent_taken", {{"permits", permits(*matter)}, {"reason", std::string{why}}});
  look_again(now);
  return "taken: " + permits(*matter) + "; used once, within 10 min, by this process alone";
}

}  // namespace sragent
