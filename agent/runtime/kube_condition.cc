#include "runtime/kube_condition.h"

#include "core/readiness.h"
#include "runtime/kube_api.h"
#include "runtime/log.h"

namespace sragent {
namespace {

constexpr Millis kPatience{10'000};

/// What `/readyz` says, in the words of the first check that fails.
PodCondition condition_of(const NodeStatus& status, Instant now) {
  const auto checks = judge_readiness(status.ready, now);
  PodCondition out;
  out.serving = is_ready(checks);
  out.reason = out.serving ? Reason::kNone : status.reason;
  out.message = status.detail;
  out.since = Clock::wall();
  if (out.serving) return out;
  for (const auto& check : checks) {
    if (check.state != CheckState::kFailed) continue;
    out.reason = check.reason;
    out.message = std::string{check.name} + ": " + check.detail;
    return out;
  }
  return out;
}

}  // namespace

KubeCondition::KubeCondition(Parts parts) : parts_(std::move(parts)) {
  if (!parts_.config.api) return;
  auto event = EventFd::create();
  if (!event) return;
  mail_ = std::make_shared<Mailbox<Outcome>>(*std::move(event));
  if (parts_.pod_namespace.empty()) parts_.pod_namespace = account_namespace(parts_.config);
  path_ = "/api/v1/namespaces/" + parts_.pod_namespace + "/pods/" + parts_.pod + "/status";
  if (parts_.config.host.empty()) problem_ = "KUBERNETES_SERVICE_HOST names no API server";
  if (parts_.pod_namespace.empty())
    problem_ = "the namespace of the pod is not known; set POD_NAMESPACE";
  if (!problem_.empty()) log_warn("kubernetes_api", {{"why", problem_}});
}

void KubeCondition::describe(NodeStatus& status, Instant now) {
  if (!parts_.config.api || mail_ == nullptr) return;
  const bool usable = !parts_.config.host.empty() && !parts_.pod_namespace.empty();
  if (usable) {
    take(now);
    if (const auto wanted = condition_to_write(state_, condition_of(status, now), now))
      write(*wanted);
  }
  status.kubernetes = KubernetesStatus{};
  status.kubernetes->problem = problem_;
  if (state_.written) {
    status.kubernetes->written = true;
    status.kubernetes->serving = state_.written->serving;
    status.kubernetes->reason = state_.written->reason;
  }
}

void KubeCondition::take(Instant now) {
  if (state_.sent && now >= given_up_) {  // the job hung and was given up with its thread
    problem_ = "the API server did not answer in time";
    state_ = condition_ended(std::move(state_), ConditionWrite::kFailed, now);
  }
  for (auto& outcome : mail_->take_all()) {
    if (!state_.sent) continue;
    if (outcome.how == ConditionWrite::kDone) {
      log_info("pod_condition",
               {{"serving", state_.sent->serving ? "True" : "False"},
                {"reason", std::string{to_string(state_.sent->reason)}}});
    } else if (problem_ != outcome.why) {
      log_warn("kubernetes_api", {{"why", outcome.why}});
    }
    problem_ = std::move(outcome.why);
    state_ = condition_ended(std::move(state_), outcome.how, now);
  }
}

void KubeCondition::write(const PodCondition& condition) {
  const bool taken = parts_.workers->submit(
      [config = parts_.config, path = path_, body = condition_patch(condition), mail = mail_] {
        mail->push(send(config, path, body));
      },
      Deadline::after(kPatience * 2));
  if (!taken) return;
  state_ = condition_sent(std::move(state_), condition);
  given_up_ = parts_.clock.now() + parts_.clock.scaled(kPatience * 6);
}

KubeCondition::Outcome KubeCondition::send(const KubernetesConfig& config,
                                           const std::string& path,
                                           const std::string& body) {
  const auto reply = kube_patch(config, path, body, Deadline::after(kPatience));
  if (!reply) return {ConditionWrite::kFailed, reply.error().what};
  if (reply->status == 200) return {ConditionWrite::kDone, {}};
  const bool later = reply->status >= 500 || reply->status == 429 || reply->status == 409;
  auto why = "PATCH " + path + " answered HTTP " + std::to_string(reply->status);
  if (reply->status == 403) why += ": the service account may not patch pods/status";
  return {later ? ConditionWrite::kFailed : ConditionWrite::kRefused, std::move(why)};
}

}  // namespace sragent
