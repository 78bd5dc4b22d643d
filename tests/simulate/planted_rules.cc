#include <array>

#include "planted.h"

/// The list of the wrong rules, each with a world that may show it.
namespace sragent::simulate {
namespace {

/// Three FEs that know their number, on claims, and nothing else going on.
void three(Plan& plan) {
  plan.fes = plan.count = 3;
  plan.claims = true;
  plan.late_founder = false;
  plan.faults.clear();
}

void crash_in_join(Plan& plan, Rng& rng) {
  three(plan);
  for (const int node : {1, 2})
    plan.faults.push_back({rng.between(30'000, 80'000), FaultKind::kAgentCrash, node, 0, 0});
}

void founder_emptied(Plan& plan, Rng& rng) {
  three(plan);
  plan.faults.push_back({rng.between(100'000, 200'000), FaultKind::kVolumeLost, 0, 0, 0});
}

void follower_emptied(Plan& plan, Rng& rng) {
  three(plan);
  plan.faults.push_back({rng.between(100'000, 200'000), FaultKind::kVolumeLost, 2, 0, 0});
}

void late_peer(Plan& plan, Rng& /*rng*/) {
  three(plan);
}

void member_restarted(Plan& plan, Rng& rng) {
  three(plan);
  plan.faults.push_back({rng.between(100'000, 200'000), FaultKind::kAgentCrash, 0, 0, 0});
}

/// The second FE is cut off between its row and its joining, and the leader is another process.
void row_without_member(Plan& plan, Rng& rng) {
  three(plan);
  const Ms at = rng.between(30'000, 60'000);
  plan.faults.push_back({at, FaultKind::kPartition, 0, 120'000, 2});
  plan.faults.push_back({at + rng.between(500, 3'000), FaultKind::kLeaderChange, 0, 0, 0});
}

void password(Plan& plan, Rng& rng) {
  three(plan);
  plan.bes = 2;
  plan.faults.push_back({rng.between(100'000, 200'000), FaultKind::kPasswordChange, 0, 120'000, 0});
  plan.faults.push_back({plan.faults.back().at + 1'000, FaultKind::kAgentCrash, 3, 0, 0});
}

void row_dropped(Plan& plan, Rng& rng) {
  three(plan);
  plan.bes = 2;
  plan.faults.push_back({rng.between(150'000, 200'000), FaultKind::kAdminDrop, 3, 0, 0});
}

void leaderless(Plan& plan, Rng& rng) {
  three(plan);
  plan.bes = 2;
  for (Ms at = 100'000; at < 280'000; at += 30'000)
    plan.faults.push_back({at + rng.between(0, 20'000), FaultKind::kLeaderChange, 0, 0, 0});
}

void placed(Plan& plan, Rng& /*rng*/) {
  three(plan);
  plan.version = "3.5.7";
  plan.cns = 1;
  plan.warehouse = true;
}

void restarted(Plan& plan, Rng& rng) {
  three(plan);
  plan.bes = plan.cns = 1;
  const int node = rng.chance(1, 2) ? 3 : 4;
  plan.faults.push_back({rng.between(150'000, 200'000), FaultKind::kPodDelete, node, 0, 0});
}

/// A BE is restarted, and one of the FEs that it has marked itself at cannot be told to forget it.
void restarted_beside_a_lost_fe(Plan& plan, Rng& rng) {
  three(plan);
  plan.version = "3.5.7";
  plan.bes = 1;
  const Ms at = rng.between(150'000, 200'000);
  plan.faults.push_back({at, FaultKind::kPodDelete, 3, 0, 0});
  plan.faults.push_back({at + rng.between(300, 5'000), FaultKind::kPartition, 0, 120'000, 2});
}

/// One of them leads, as a rule: it stops before its row goes.
void two_leave(Plan& plan, Rng& rng) {
  three(plan);
  plan.observers = 0;
  const Ms at = rng.between(150'000, 200'000);
  for (const int node : {0, 1})
    plan.faults.push_back({at, FaultKind::kLeave, node, 0, 0});
}

void be_leaves(Plan& plan, Rng& rng) {
  three(plan);
  plan.bes = 2;
  plan.faults.push_back({rng.between(150'000, 200'000), FaultKind::kLeave, 4, 0, 0});
}

void cn_leaves(Plan& plan, Rng& rng) {
  three(plan);
  plan.bes = 0;
  plan.cns = 1;
  plan.faults.push_back({rng.between(150'000, 200'000), FaultKind::kLeave, 3, 0, 0});
}

void killed_after_it_left(Plan& plan, Rng& rng) {
  cn_leaves(plan, rng);
  const Ms later = plan.faults.back().at + 60'000;
  plan.faults.push_back({later, FaultKind::kAgentCrash, plan.faults.back().node, 0, 0});
}

constexpr std::array kRules{
    PlantedRule{"HalfMadeResumes",
                "a directory that a join left unfinished is started without --helper",
                Broken::kTwoGroups,
                crash_in_join},
    PlantedRule{"EmptyFounderFounds",
                "a founder with an empty volume founds although a peer is a member",
                Broken::kFoundBeside,
                founder_emptied},
    PlantedRule{"AbsenceConsents",
                "an ordinal that is not there consents",
                Broken::kFoundTooOld,
                late_peer},
    PlantedRule{"AliveRowDropped",
                "the own row is dropped while it is shown as alive",
                Broken::kDropNotDead,
                follower_emptied},
    PlantedRule{"DnsGatesResume",
                "a member waits for its own name",
                Broken::kResumeWaits,
                member_restarted},
    PlantedRule{"AddUnguarded",
                "rows are added without regard to the majority",
                Broken::kQuorumThrown,
                row_without_member},
    PlantedRule{"JoinedRowReused",
                "an emptied volume joins as the member that it was",
                Broken::kEmptiedVoter,
                follower_emptied},
    PlantedRule{
        "HelperWithoutRow", "a server is started before its row exists", Broken::kJoinWithoutRow},
    PlantedRule{"NobodyJoins", "a join is decided and never begun", Broken::kStuck},
    PlantedRule{"NobodyAdds", "a BE or CN does not add itself", Broken::kNotRegistered},
    PlantedRule{"WarehouseForgotten",
                "a CN is added without the warehouse that it belongs into",
                Broken::kNotRegistered,
                placed},
    PlantedRule{"NoBackoff",
                "a statement that failed is tried again at once",
                Broken::kTooManyStatements,
                leaderless},
    PlantedRule{"LoginsUnlimited",
                "refused logins are neither counted nor rare",
                Broken::kTooManyRefused,
                password},
    PlantedRule{"ReadyAlways",
                "/readyz says 200 whatever is known",
                Broken::kReadyUnregistered,
                row_dropped},
    PlantedRule{"ReadyNever", "/readyz never says 200", Broken::kNotReady, late_peer},
    PlantedRule{"EndlessBackoff", "a back-off lasts an hour", Broken::kNoMoreTries, password},
    PlantedRule{"DropUndone",
                "a row that a person dropped is added again",
                Broken::kAdminUndone,
                row_dropped},
    PlantedRule{"MainBlocks", "the main thread waits for something", Broken::kMainBlocked},
    PlantedRule{
        "RestartLeaves", "a SIGTERM lets the node leave for good", Broken::kLeftUnasked, restarted},
    PlantedRule{"MarkWithoutRecord",
                "a BE is marked although the record of it could not be written",
                Broken::kUnrecorded,
                restarted_beside_a_lost_fe},
    PlantedRule{"DropWithoutRecord",
                "an FE is dropped although its mark could not be written",
                Broken::kUnrecorded,
                two_leave},
    PlantedRule{"StopOutlastsItsBudget",
                "a stop takes twice its budget",
                Broken::kStopTooLong,
                restarted_beside_a_lost_fe},
    PlantedRule{"ClaimsIgnored",
                "an FE leaves for good whoever else does",
                Broken::kQuorumThrown,
                two_leave},
    PlantedRule{"DroppedWhileItRuns",
                "the row of a CN is dropped before its server is down",
                Broken::kDropNotDead,
                cn_leaves},
    PlantedRule{"TabletsLeftBehind",
                "a BE that leaves for good is stopped with its tablets",
                Broken::kNotRegistered,
                be_leaves},
    PlantedRule{"LeavingStandsStill",
                "a leaving waits for ever once the work has ended",
                Broken::kNotReady,
                cn_leaves},
    PlantedRule{"LeavingForgotten",
                "the next container does not know that its node has left",
                Broken::kCameBack,
                killed_after_it_left}};

std::string_view g_planted;

}  // namespace

std::span<const PlantedRule> planted_rules() {
  return kRules;
}

bool plant(std::string_view name) {
  g_planted = {};
  if (name.empty()) return true;
  for (const auto& rule : kRules)
    if (rule.name == name) g_planted = rule.name;
  return !g_planted.empty();
}

bool planted(std::string_view name) {
  return g_planted == name;
}

bool any_planted() {
  return !g_planted.empty();
}

}  // namespace sragent::simulate
