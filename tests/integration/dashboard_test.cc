#include <algorithm>
#include <csignal>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "fe_lab.h"
#include "prometheus_server.h"
#include "worker_lab.h"

/// The Grafana dashboard asked as Grafana asks, each panel's own expression at a real Prometheus,
/// while nodes are in trouble: what a stranger sees who has nothing else.
namespace podlab {
namespace {

using prometheuslab::Line;
using Lines = std::set<std::string>;

/// The expression of the panel with this title, for all namespaces.
std::string expression_of(const std::string& title) {
  std::ifstream file(SRAGENT_SOURCE_DIR "/config/prometheus/dashboard.json");
  const auto board = nlohmann::json::parse(file);
  for (const auto& panel : board["panels"]) {
    if (panel["title"] != title) continue;
    auto out = panel["targets"][0]["expr"].get<std::string>();
    const std::string variable = "$namespace";
    for (auto at = out.find(variable); at != std::string::npos; at = out.find(variable))
      out.replace(at, variable.size(), ".*");
    return out;
  }
  ADD_FAILURE() << "the dashboard has no panel " << title;
  return "vector(-1)";
}

/// These labels of each line, a blank between them.
Lines told(const std::vector<Line>& lines, const std::vector<std::string>& labels) {
  Lines out;
  for (const auto& line : lines) {
    std::string text;
    for (const auto& label : labels) {
      const auto found = line.find(label);
      text += (text.empty() ? "" : " ") + (found == line.end() ? "-" : found->second);
    }
    out.insert(text);
  }
  return out;
}

class Dashboard : public testing::Test {
 protected:
  void SetUp() override {
    if (!prometheuslab::installed()) GTEST_SKIP() << "prometheus is missing: scripts/setup";
    net_.serve_names("fe", 1);
    net_.serve_names("be", 4);
    net_.serve_names("cn", 3);
    ASSERT_TRUE(net_.start_frontends(1)) << fe_.console();
    ASSERT_TRUE(fe_.sql("CREATE USER 'agent' IDENTIFIED BY 'x' DEFAULT ROLE cluster_admin").ok);
    const auto config = root_of(sound_) + "/sr-agent.toml";
    write_text(config,
               "[[probe]]\nname = \"backup\"\nkind = \"exec\"\ncommand = [\"/bin/false\"]\n");
    sound_.set_env("SR_AGENT_CONFIG", config);
    as_user(locked_out_, "agent", "wrong");
    ASSERT_TRUE(fe_.sql("CREATE USER 'reader' IDENTIFIED BY 'x'").ok);
    ASSERT_TRUE(fe_.sql("GRANT OPERATE ON SYSTEM TO USER 'reader'").ok);
    as_user(poor_, "reader");
    for (auto* pod : {&sound_, &hangs_, &held_, &drains_, &gone_, &locked_out_, &poor_})
      pod->start();
    for (auto* pod : {&sound_, &hangs_, &held_, &drains_, &gone_})
      ASSERT_TRUE(wait_settled(*pod)) << pod->console();
    prometheus_ = std::make_unique<prometheuslab::Server>(std::vector<const Pod*>{
        &fe_, &sound_, &hangs_, &locked_out_, &poor_, &held_, &drains_, &gone_});
  }

  /// The panel shows exactly this in the end.
  void shows(const std::string& title,
             const std::vector<std::string>& labels,
             const Lines& expected) {
    const auto expression = expression_of(title);
    Lines seen;
    wait_until([&] { return (seen = told(prometheus_->query(expression), labels)) == expected; },
               milliseconds(60000));
    EXPECT_EQ(seen, expected) << title;
  }
  /// The table of nodes in trouble names these nodes, no other, and for each one line as written:
  /// what else is wrong with a server that is down depends on how long it is.
  void names(const Lines& lines) {
    Lines nodes;
    for (const auto& line : lines)
      nodes.insert(line.substr(0, line.find(' ')));
    shows(kTrouble, {"pod"}, nodes);
    const auto all = [&] {
      const auto seen = told(prometheus_->query(expression_of(kTrouble)), kColumns);
      return std::includes(seen.begin(), seen.end(), lines.begin(), lines.end());
    };
    EXPECT_TRUE(wait_until(all, milliseconds(60000)))
        << testing::PrintToString(told(prometheus_->query(expression_of(kTrouble)), kColumns));
  }

  static constexpr const char* kTrouble = "Which node is in trouble, and why";
  const std::vector<std::string> kColumns{"pod", "check", "reason"};
  PodNet net_{{.fe_count = 1, .all_names = false}};
  Pod& fe_{net_.fe(0)};
  Pod& sound_{net_.be(0)};
  Pod& hangs_{net_.be(1)};
  Pod& locked_out_{net_.be(2)};
  Pod& poor_{net_.be(3)};
  Pod& held_{net_.cn(0)};
  Pod& drains_{net_.cn(1)};
  Pod& gone_{net_.cn(2)};
  std::unique_ptr<prometheuslab::Server> prometheus_{};
};

TEST_F(Dashboard, NamesTheNodesInTroubleAndWhyAndNoOther) {
  const Lines from_the_start{"kube-be-2 row auth_failed", "kube-be-3 row privilege_denied"};
  names(from_the_start);
  shows("Nodes not ready", {"value"}, {"2"});
  shows(
      "Waits for a person", {"pod", "what", "feature"}, {"kube-be-3 a privilege add the own row"});

  const pid_t server = hangs_.server_pid();
  ASSERT_GT(server, 0);
  ::kill(server, SIGSTOP);
  EXPECT_EQ(held_.verb({"hold", "--author", "ann", "--reason", "a look"}).first, 0);
  EXPECT_EQ(drains_.verb({"drain", "--wait", "30s"}).first, 0) << drains_.console();
  gone_.kill_container();
  Lines lines = from_the_start;
  lines.insert(
      {"kube-cn-0 phase held", "kube-cn-1 phase draining", "kube-cn-2 agent does not answer"});
  Lines with_hanging = lines;
  with_hanging.insert({"kube-be-1 health unhealthy", "kube-be-1 alive not_alive"});
  names(with_hanging);
  shows("Nodes not ready", {"value"}, {"5"});
  shows("Agents that do not answer", {"value"}, {"1"});
  shows("FE leaders", {"value"}, {"1"});
  shows("Cluster ids in sight", {"value"}, {"1"});
  shows("Custom probes that fail", {"pod", "probe"}, {"kube-be-0 backup"});
  shows("Leaving", {"pod", "trigger"}, {"kube-cn-1 drain"});

  ::kill(server, SIGCONT);
  names(lines);

  fe_.kill_container();
  fe_.set_env("SR_SIM_FE_REPLAY_MS", "600000");
  fe_.start();
  shows("Servers that start", {"pod", "state"}, {"kube-fe-0 moving"});
  shows("FE leaders", {"value"}, {"0"});
  const auto expression = expression_of(kTrouble);
  EXPECT_TRUE(wait_until([&] {
    return told(prometheus_->query(expression), {"pod"}).contains("kube-fe-0");
  })) << fe_.console();
}

}  // namespace
}  // namespace podlab
