#include "plan.h"

#include <algorithm>

#include "rng.h"

namespace sragent::simulate {
namespace {

constexpr Ms kSecond = 1'000;
constexpr Ms kMinute = 60 * kSecond;
constexpr Ms kShortEnd = 10 * kMinute;
constexpr Ms kShortFaults = 5 * kMinute;
constexpr Ms kDay = Ms{24} * 60 * kMinute;
/// Every fault heals within this, and what follows from it within the rest of the run.
constexpr Ms kQuietEnd = 10 * kMinute;

constexpr std::array<std::string_view, kFaultKinds> kNames{"the container of {} is killed",
                                                           "the agent of {} dies at a step",
                                                           "the server of {} is killed",
                                                           "the agent of {} is paused",
                                                           "the pod {} is deleted",
                                                           "the pod {} is force-deleted, its "
                                                           "processes live on",
                                                           "the volume of {} is lost",
                                                           "every container is killed",
                                                           "the leader's server is killed",
                                                           "some pods are cut off",
                                                           "messages are late or lost",
                                                           "no name server answers",
                                                           "the password is changed",
                                                           "all pods are upgraded",
                                                           "the set of {} is scaled",
                                                           "a person drops the row of {}",
                                                           "a person decommissions {}",
                                                           "a person drops the row of {}",
                                                           "a person consents at {}",
                                                           "a person lets {} leave for good",
                                                           "a person takes the leaving of {} back",
                                                           "the set of {} is scaled in if it has "
                                                           "left"};

/// Out of 40: a world of seven costs as much as thirty of one.
int pick_fes(Rng& rng) {
  const auto of = rng.below(40);
  if (of < 13) return 1;
  if (of < 21) return 2;
  if (of < 37) return 3;
  return of < 39 ? 5 : 7;
}

bool of_fe(FaultKind kind) {
  return kind == FaultKind::kAdminDropFe || kind == FaultKind::kConsent;
}

bool of_worker(FaultKind kind) {
  return kind == FaultKind::kAdminDrop || kind == FaultKind::kAdminDecommission;
}

/// A fault that this world has no node for, or that would leave it to a person more often than not.
bool out_of_place(const Plan& plan, const Fault& fault) {
  const int workers = plan.bes + plan.cns;
  if (of_worker(fault.kind)) return workers == 0;
  if (fault.kind == FaultKind::kScale) return workers == 0 && plan.electable() < 3;
  if (fault.kind == FaultKind::kForcedDelete) return plan.claims;
  if (fault.kind == FaultKind::kAdminDropFe) return plan.fes < 3;
  return false;
}

Fault pick_fault(const Plan& plan, Rng& rng) {
  Fault out;
  do {
    out.kind = static_cast<FaultKind>(rng.below(kChanceKinds));
  } while (out_of_place(plan, out));
  out.at = rng.between(5 * kSecond, plan.faults_end);
  const bool fe_only = of_fe(out.kind);
  out.node = of_worker(out.kind) ? plan.fes + static_cast<int>(rng.below(plan.bes + plan.cns))
                                 : static_cast<int>(rng.below(fe_only ? plan.fes : plan.nodes()));
  // The start is where most of the rules are: half of what strikes a node strikes an FE.
  if (!of_worker(out.kind) && rng.chance(1, 2)) out.node = static_cast<int>(rng.below(plan.fes));
  out.span = rng.between(kSecond, 60 * kSecond);
  out.extra = static_cast<int>(rng.between(1, 12));
  if (out.kind == FaultKind::kPartition)
    out.extra = static_cast<int>(rng.between(1, (1 << plan.nodes()) - 2));
  return out;
}

/// Volumes of most FEs lost leave a group to a person: that is shown elsewhere.
void limit_losses(Plan& plan) {
  int losses = 0;
  const auto loses = [&](const Fault& fault) {
    const bool volume = fault.kind == FaultKind::kVolumeLost ||
                        fault.kind == FaultKind::kForcedDelete ||
                        (!plan.claims && fault.kind == FaultKind::kPodDelete) ||
                        (!plan.claims && fault.kind == FaultKind::kScale) ||
                        (!plan.claims && fault.kind == FaultKind::kUpgrade);
    return volume && (fault.node < plan.fes || fault.kind == FaultKind::kUpgrade);
  };
  std::erase_if(plan.faults, [&](const Fault& fault) {
    if (!loses(fault)) return false;
    if (fault.kind == FaultKind::kUpgrade) return true;
    return ++losses > 1;
  });
}

/// Only FEs of 3.3.6 and later have them. Its own chance, so that all else of a seed stays as it
/// was.
bool pick_warehouse(const Plan& plan) {
  Rng rng(plan.seed * 0x9E37'79B9'7F4A'7C15U + 7);
  return plan.cns > 0 && plan.version != "3.1.17" && rng.chance(1, 2);
}

/// One or two nodes, or two at the same time, and what a person does then. Its own chance, too.
void add_leavings(Plan& plan) {
  Rng rng(plan.seed * 0xD6E8'FEB8'6659'FD93U + 11);
  if (plan.nodes() < 2 || !rng.chance(1, 5)) return;
  Ms at = 0;
  for (std::int64_t left = rng.between(1, 2); left > 0; --left) {
    if (at == 0 || rng.chance(1, 2)) at = rng.between(90 * kSecond, plan.faults_end);
    const int node = static_cast<int>(rng.below(rng.chance(1, 2) ? plan.fes : plan.nodes()));
    plan.faults.push_back({at, FaultKind::kLeave, node, 0, 0});
    const Ms later = at + rng.between(kSecond, 60 * kSecond);
    if (rng.chance(1, 4)) plan.faults.push_back({later, FaultKind::kLeaveBack, node, 0, 0});
    if (rng.chance(1, 3)) plan.faults.push_back({later, FaultKind::kLeaveAway, node, 0, 0});
  }
}

/// An upgrade goes on long after it began; the quiet time begins behind it.
void wait_for_rolls(Plan& plan) {
  const Ms quiet = plan.end - plan.faults_end;
  for (const auto& fault : plan.faults) {
    if (fault.kind == FaultKind::kUpgrade)
      plan.faults_end = std::max(plan.faults_end, fault.at + plan.nodes() * kRollStep);
  }
  plan.end = plan.faults_end + quiet;
}

}  // namespace

std::string_view to_string(FaultKind kind) {
  return kNames.at(static_cast<std::size_t>(kind));
}

Plan make_plan(std::uint64_t seed) {
  Rng rng(seed * 0x2545'F491'4F6C'DD1DU + 1);
  Plan out;
  out.seed = seed;
  const bool whole_day = seed % kLongEvery == kLongEvery - 1;
  out.fes = pick_fes(rng);
  out.bes = static_cast<int>(rng.below(3));
  out.cns = static_cast<int>(rng.below(2));
  // The census has limits of its own (docs/start-rules.md section 5); most installations tell it.
  out.count = rng.chance(1, 6) ? 0 : out.fes;
  out.claims = !rng.chance(1, 6);
  out.service = rng.chance(1, 2);
  out.next_password = rng.chance(1, 2);
  if (out.fes >= 3 && rng.chance(1, 6)) out.observers = out.fes == 3 ? 1 : 2;
  out.late_founder = rng.chance(1, 8);
  out.quick_connects = rng.chance(1, 8);
  constexpr std::array<std::string_view, 5> kVersions{"3.1.17", "3.3.15", "3.4.5", "3.5.7", "main"};
  out.version = kVersions.at(static_cast<std::size_t>(rng.below(kVersions.size())));
  out.warehouse = pick_warehouse(out);
  out.dns_ttl_s = rng.chance(1, 2) ? 5 : 30;
  out.end = whole_day ? kDay : kShortEnd;
  out.faults_end = whole_day ? kDay - kQuietEnd : kShortFaults;
  const auto faults = whole_day ? rng.between(20, 60) : rng.below(6);
  for (int i = 0; i < faults; ++i)
    out.faults.push_back(pick_fault(out, rng));
  limit_losses(out);
  add_leavings(out);
  wait_for_rolls(out);
  std::stable_sort(out.faults.begin(), out.faults.end(), [](const Fault& a, const Fault& b) {
    return a.at < b.at;
  });
  return out;
}

std::string node_name(const Plan& plan, int node) {
  if (node < plan.fes) return "sr-fe-" + std::to_string(node);
  if (node < plan.fes + plan.bes) return "sr-be-" + std::to_string(node - plan.fes);
  return "sr-cn-" + std::to_string(node - plan.fes - plan.bes);
}

std::string describe(const Plan& plan) {
  std::string out = "seed " + std::to_string(plan.seed) + ": " + std::to_string(plan.fes) + " FE" +
                    (plan.observers == 0 ? std::string{}
                                         : " (" + std::to_string(plan.observers) + " observers)") +
                    ", " + std::to_string(plan.bes) + " BE, " + std::to_string(plan.cns) +
                    " CN, version " + plan.version + ", count ";
  out += plan.count == 0 ? "not told" : std::to_string(plan.count);
  out += plan.claims ? ", one claim per pod" : ", emptyDir";
  if (plan.service) out += ", a service name";
  if (plan.warehouse) out += ", its CNs in a warehouse";
  if (plan.next_password) out += ", next_password_file";
  if (plan.late_founder) out += ", FE 0 scheduled late";
  return out + ", " + std::to_string(plan.end / kSecond) + " s, " +
         std::to_string(plan.faults.size()) + " faults";
}

std::string describe(const Fault& fault, const Plan& plan) {
  std::string text{to_string(fault.kind)};
  if (const auto at = text.find("{}"); at != std::string::npos)
    text.replace(at, 2, node_name(plan, fault.node));
  return "at " + std::to_string(fault.at / kSecond) + " s " + text + " (span " +
         std::to_string(fault.span) + " ms, extra " + std::to_string(fault.extra) + ")";
}

}  // namespace sragent::simulate
