#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "runtime/metrics.h"
#include "runtime/ready.h"
#include "runtime/startup.h"

namespace sragent {
namespace {

constexpr Instant kNow{50'000'000};

std::string told(const NodeStatus& status) {
  return metrics_text(status, kNow, kNow - Millis{250});
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

std::string file_text(const std::string& path) {
  std::ifstream in{std::string{SRAGENT_SOURCE_DIR} + "/" + path, std::ios::binary};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(Metrics, AreThePageOfTheProject) {
  EXPECT_EQ(file_text("docs/metrics.md"), metrics_markdown())
      << "sr-agent --help-metrics > docs/metrics.md";
}

TEST(Metrics, FollowTheConventionsOfPrometheus) {
  std::set<std::string_view> names;
  for (const auto& family : metric_families()) {
    EXPECT_TRUE(names.insert(family.name).second) << family.name;
    EXPECT_TRUE(family.name.starts_with("sr_agent_")) << family.name;
    EXPECT_EQ(family.name.ends_with("_total"), family.type == MetricType::kCounter) << family.name;
    EXPECT_EQ(family.name.ends_with("_seconds"), family.unit == "seconds") << family.name;
    EXPECT_TRUE(family.help.ends_with(".")) << family.name;
    EXPECT_NE(family.example.find(family.name), std::string_view::npos) << family.name;
  }
}

TEST(Metrics, AnEmptyStatusHasTheSeriesThatAreAlwaysThere) {
  const auto text = told(NodeStatus{});
  for (const auto& family : metric_families()) {
    const bool there = text.find("# TYPE " + std::string{family.name} + " ") != std::string::npos;
    EXPECT_EQ(there || !family.absent.empty(), true) << family.name;
  }
  EXPECT_TRUE(has_line(text, "sr_agent_ready 0"));
  EXPECT_TRUE(has_line(text, "sr_agent_loop_age_seconds 0.250"));
}

TEST(Metrics, AnInfoIsOneAndWhatItTellsIsInItsLabels) {
  NodeStatus status;
  status.server.version = "3.5.7";
  status.server.last_exit = "exited with 143";
  status.cluster_id = "1234";
  status.leader = "fe-0";
  status.decisions.push_back({});
  std::istringstream lines(told(status));
  std::set<std::string> seen;
  for (std::string line; std::getline(lines, line);) {
    const auto end = line.find("_info{");
    if (line.starts_with("#") || end == std::string::npos) continue;
    seen.insert(line.substr(0, end + 5));
    EXPECT_TRUE(line.ends_with("} 1")) << line;
  }
  for (const auto& family : metric_families()) {
    const bool info = family.name.ends_with("_info");
    EXPECT_EQ(seen.contains(std::string{family.name}), info) << family.name;
  }
}

TEST(Metrics, PhaseAndReasonHaveASeriesForEachWord) {
  NodeStatus status;
  status.phase = Phase::kHeld;
  status.reason = Reason::kTwoClusters;
  const auto text = told(status);
  EXPECT_TRUE(has_line(text, "sr_agent_phase{phase=\"held\"} 1"));
  EXPECT_TRUE(has_line(text, "sr_agent_phase{phase=\"running\"} 0"));
  EXPECT_TRUE(has_line(text, "sr_agent_reason{reason=\"two_clusters\"} 1"));
  int reasons = 0;
  for (std::size_t at = 0; (at = text.find("\nsr_agent_reason{", at)) != std::string::npos; ++at)
    ++reasons;
  EXPECT_EQ(reasons, kReasonCount);
}

TEST(Metrics, S10_TwoClustersInSightAreCounted) {
  NodeStatus status;
  EXPECT_EQ(told(status).find("sr_agent_clusters_in_sight"), std::string::npos);
  status.peers.push_back({.address = "10.0.0.2", .kind = PeerKind::kMember, .ids = {"7"}});
  EXPECT_TRUE(has_line(told(status), "sr_agent_clusters_in_sight 1"));
  status.cluster_id = "8";
  EXPECT_TRUE(has_line(told(status), "sr_agent_clusters_in_sight 2"));
}

TEST(Metrics, AMissingFactIsAMissingSeries) {
  NodeStatus status;
  EXPECT_EQ(told(status).find("sr_agent_row_alive"), std::string::npos);
  EXPECT_EQ(told(status).find("sr_agent_row_age_seconds"), std::string::npos);
  status.row.alive = Tri::kNo;
  status.row.at = kNow - Millis{2'500};
  EXPECT_TRUE(has_line(told(status), "sr_agent_row_alive 0"));
  EXPECT_TRUE(has_line(told(status), "sr_agent_row_age_seconds 2.500"));
}

TEST(Metrics, ReadyAgreesWithReadyz) {
  NodeStatus status;
  status.kind = NodeKind::kBe;
  status.phase = Phase::kRunning;
  complete_ready(status, Config{}, Clock{});
  status.ready.published = kNow;
  const auto checks = judge_readiness(status.ready, kNow);
  const auto text = told(status);
  for (const auto& check : checks) {
    const auto label = "{check=\"" + std::string{check.name} + "\"}";
    const bool judged = check.state != CheckState::kSkipped;
    EXPECT_EQ(text.find("sr_agent_check_ok" + label) != std::string::npos, judged) << check.name;
    const auto line = "sr_agent_check_failure{check=\"" + std::string{check.name} + "\",reason=\"" +
                      std::string{to_string(check.reason)} + "\"} 1";
    EXPECT_EQ(has_line(text, line), check.state == CheckState::kFailed) << check.name;
  }
}

TEST(Metrics, LabelsAreEscapedAndNeverBeginALine) {
  NodeStatus status;
  status.server.last_exit = "a\"b\\c\nsr_agent_ready 1\x01";
  const auto text = told(status);
  EXPECT_TRUE(has_line(text,
                       "sr_agent_server_last_exit_info{status=\"a\\\"b\\\\c\\\\x0asr_agent_ready "
                       "1\\\\x01\"} 1"))
      << text;
  EXPECT_TRUE(has_line(text, "sr_agent_ready 0"));
}

TEST(Metrics, S57_AdviceNamesFieldAndValue) {
  NodeStatus status;
  Config config;
  config.node.operator_pod = true;
  status.accept_window_s = 15;
  complete_advice(status, config);
  EXPECT_TRUE(has_line(told(status),
                       "sr_agent_advice{field=\"readinessProbeFailureSeconds\",value=\"10\"} 1"));
  status.server.version = "3.3.1";  // it stops at once
  complete_advice(status, config);
  EXPECT_EQ(told(status).find("sr_agent_advice{"), std::string::npos);
}

TEST(Metrics, S66_AHostCheckThatIsNotKnownHasNoSeries) {
  NodeStatus status;
  EXPECT_EQ(told(status).find("sr_agent_host_check_ok"), std::string::npos);
  const auto add = [&](const std::string& check, const std::string& subject, HostState state) {
    HostFinding finding;
    finding.check = check;
    finding.subject = subject;
    finding.state = state;
    status.host_checks.findings.push_back(finding);
  };
  add("swap", {}, HostState::kOk);
  add("disk", "/a \"b\"", HostState::kWarning);
  add("clock", {}, HostState::kUnknown);
  const auto text = told(status);
  EXPECT_TRUE(has_line(text, "sr_agent_host_check_ok{check=\"swap\"} 1"));
  EXPECT_TRUE(has_line(text, "sr_agent_host_check_ok{check=\"disk\",subject=\"/a \\\"b\\\"\"} 0"));
  EXPECT_EQ(text.find("check=\"clock\""), std::string::npos);
}

TEST(Metrics, S56_AStalledStartIsTold) {
  NodeStatus status;
  status.server.running = true;
  begin_start(status.startup, kNow - Millis{300'000});
  EXPECT_TRUE(has_line(told(status), "sr_agent_startup{state=\"stalled\"} 1"));
  EXPECT_EQ(startup_reply({}, status, kNow).body, "startup: stalled\n");
  EXPECT_EQ(startup_reply({}, status, kNow - Millis{1}).body, "startup: replaying\n");
  EXPECT_EQ(startup_reply({}, status, kNow).status, 503);
  status.startup.up = kNow;
  EXPECT_TRUE(has_line(told(status), "sr_agent_startup{state=\"up\"} 1"));
  EXPECT_EQ(startup_reply({}, status, kNow).body, "ok\n");
  EXPECT_EQ(startup_reply({}, status, kNow).status, 200);
}

}  // namespace
}  // namespace sragent
