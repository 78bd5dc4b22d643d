#include <fstream>

#include <gtest/gtest.h>

#include "json_schema.h"
#include "runtime/status.h"

namespace sragent {
namespace {

using nlohmann::json;
using test::schema_errors;

json schema() {
  std::ifstream in(std::string{SRAGENT_SOURCE_DIR} + "/docs/status.schema.json");
  return json::parse(in);
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines)
    out += line + "\n";
  return out;
}

/// Every part of a status that may be there is there.
NodeStatus full_status() {
  NodeStatus out;
  out.kind = NodeKind::kBe;
  out.pod = "kube-be-0";
  out.pod_namespace = "ns";
  out.pod_uid = "1-2";
  out.epoch = 3;
  out.phase = Phase::kHeld;
  out.reason = Reason::kHeld;
  out.cluster_id = "7";
  out.role = "LEADER";
  out.leader = "fe-0";
  out.members = {"fe-0"};
  out.server.version = "3.5.7";
  out.server.last_exit = "exited with 0";
  out.row = {Tri::kYes, Tri::kNo, "no", Instant{5}, 12};
  out.facts = {{"row", "", "silent", "sql", Instant{5}}};
  out.decisions.emplace_back();
  out.rules_tried = {"5"};
  out.consent = ConsentOffer{"abcdefgh", "found", "sr-agent init"};
  out.warnings = {"one"};
  out.startup.began = Instant{1};
  out.startup.last.stage = "replay";
  out.startup.last.position = 5;
  out.startup.last.target = 10;
  out.startup.rate = 0.5;
  out.advice = {{"field", "value", "text"}};
  out.probes.emplace_back();
  out.host_checks.wall = "2026-11-22T00:00:00Z";
  out.host_checks.findings.emplace_back();
  out.ghost_rows = {{"cn-2.search.ns", 9050, "2026-11-22T00:00:00Z"}};
  out.reload_refused = RefusedReload{"2026-11-22T00:00:00Z", {"bad"}};
  out.leaving = LeavingStatus{};
  out.leaving->trigger = "for good";
  out.leaving->phase = "move";
  out.leaving->ask_id = "scale-7";
  out.leaving->ends = Instant{9};
  out.leaving->running = 1;
  out.leaving->cut_off = 1;
  out.leaving->result = 0;
  out.leaving->move = MoveProgress{};
  out.leaving->refusal = "no";
  out.leaving->refusal_reason = Reason::kQuorumRisk;
  out.hold = HoldStatus{"verb", "ann", "why", "a", "b", "changed", "pid 3"};
  out.kubernetes = KubernetesStatus{true, true, Reason::kNone, "HTTP 403"};
  out.leaving_plan = {"line"};
  out.leaving_notes = {"note"};
  out.features_off = {{"feature", "needs", "fix"}};
  return out;
}

TEST(StatusSchema, AFullAndAnEmptyStatusFollowIt) {
  for (const auto& status : {full_status(), NodeStatus{}}) {
    const auto errors = schema_errors(schema(), json::parse(status_json(status, Instant{10})));
    EXPECT_TRUE(errors.empty()) << joined(errors);
  }
}

TEST(StatusSchema, AMemberMoreOrLessAnotherTypeAndAnotherWordAreFound) {
  const auto good = json::parse(status_json(full_status(), Instant{10}));
  auto more = good;
  more["server"]["surprise"] = 1;
  auto less = good;
  less.erase("epoch");
  auto type = good;
  type["ready"] = "yes";
  auto word = good;
  word["reason"] = "tired";
  auto deep = good;
  deep["probes"][0]["runs"] = "many";
  for (const auto& bad : {more, less, type, word, deep})
    EXPECT_EQ(schema_errors(schema(), bad).size(), 1U) << joined(schema_errors(schema(), bad));
}

TEST(StatusSchema, ItsReasonsAreThoseOfTheCode) {
  std::vector<std::string> words;
  words.reserve(kReasonCount);
  for (int i = 0; i < kReasonCount; ++i)
    words.emplace_back(to_string(static_cast<Reason>(i)));
  EXPECT_EQ(schema()["$defs"]["reason"]["enum"], json(words));
}

TEST(StatusSchema, AKeywordThatNobodyChecksIsAnError) {
  auto odd = schema();
  odd["properties"]["pod"]["maxLength"] = 5;
  EXPECT_FALSE(schema_errors(odd, json::parse(status_json(full_status(), Instant{10}))).empty());
}

}  // namespace
}  // namespace sragent
