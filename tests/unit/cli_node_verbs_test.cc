#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "core/exit_codes.h"
#include "runtime/control.h"
#include "runtime_case.h"

namespace sragent {
namespace {

using Json = nlohmann::json;

struct Outcome {
  int code{};
  std::string out{};
  std::string err{};
};

class NodeVerbs : public testing::Test {
 public:
  NodeVerbs(const NodeVerbs&) = delete;
  NodeVerbs& operator=(const NodeVerbs&) = delete;

 protected:
  NodeVerbs() {
    std::string name = testing::TempDir() + "/verbs-XXXXXX";
    dir_ = ::mkdtemp(name.data());
  }
  ~NodeVerbs() override { std::filesystem::remove_all(dir_); }

  [[nodiscard]] Outcome run(std::vector<std::string> words) const {
    words.insert(words.end(), {"--node-runtime-dir", dir_});
    return run_as_given(words);
  }
  [[nodiscard]] static Outcome run_as_given(const std::vector<std::string>& words) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = run_cli(std::vector<std::string_view>{words.begin(), words.end()});
    auto out = testing::internal::GetCapturedStdout();
    return {code, std::move(out), testing::internal::GetCapturedStderr()};
  }

  void start_agent(const NodeStatus& status) {
    board_->publish(status);
    auto made = ControlDesk::start(dir_ + "/control.sock", board_, Clock{});
    ASSERT_TRUE(made.has_value()) << made.error().what;
    desk_ = *std::move(made);
  }

  [[nodiscard]] std::string file(const std::string& text) const {
    std::ofstream{dir_ + "/input"} << text;
    return dir_ + "/input";
  }

  std::string dir_{};
  std::shared_ptr<StatusBoard> board_ = std::make_shared<StatusBoard>();
  std::unique_ptr<ControlDesk> desk_{};
};

TEST_F(NodeVerbs, SayTryAgainWhereNoAgentAnswers) {
  for (const auto* verb : {"status", "peers", "explain"}) {
    const auto outcome = run({verb});
    EXPECT_EQ(outcome.code, kExitTryAgain) << verb;
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find(dir_ + "/control.sock"), std::string::npos) << outcome.err;
  }
}

TEST_F(NodeVerbs, S72_PrintWhatTheRunningAgentPublished) {
  NodeStatus status;
  status.host = "fe-1.search.ns";
  status.peers = testing_cases::joining_case().seen.peers;
  status.explain_input = to_json(testing_cases::joining_case());
  start_agent(status);
  for (const auto* verb : {"status", "peers", "explain"}) {
    const auto text = run({verb});
    EXPECT_EQ(text.code, kExitDone) << text.err;
    EXPECT_NE(text.out.find("fe-1.search.ns"), std::string::npos) << text.out;
    const auto json = run({verb, "-o", "json"});
    EXPECT_EQ(Json::parse(json.out).at("host"), "fe-1.search.ns");
  }
}

TEST_F(NodeVerbs, S72_ExplainReplaysWhatItPrinted) {
  NodeStatus status;
  status.explain_input = to_json(testing_cases::joining_case());
  start_agent(status);
  const auto live = run({"explain", "-o", "json"});
  ASSERT_EQ(live.code, kExitDone);
  const auto replayed = run({"explain", "--from", file(live.out)});
  EXPECT_EQ(replayed.code, kExitDone) << replayed.err;
  EXPECT_EQ(replayed.out, explain_text(testing_cases::joining_case()));
  const auto json = run({"explain", "--from", file(live.out), "-o", "json"});
  EXPECT_EQ(json.out, explain_json(testing_cases::joining_case()));
}

TEST_F(NodeVerbs, S72_WhatAMemberSawAtItsStartIsToldWithItsAge) {
  NodeStatus status;
  status.peers = testing_cases::joining_case().seen.peers;
  status.explain_input = to_json(testing_cases::joining_case());
  start_agent(status);
  EXPECT_NE(run({"peers"}).out.find("\nPeers:\n"), std::string::npos) << run({"peers"}).out;
  status.meta = to_string(MetaKind::kSealed);
  status.server.running = true;
  board_->publish(status);
  const auto peers = run({"peers"}).out;
  EXPECT_NE(peers.find("\nPeers as last asked, "), std::string::npos) << peers;
  EXPECT_TRUE(Json::parse(run({"peers", "-o", "json"}).out).at("peers_asked_ms_ago").is_number());
  const auto why = run({"explain"}).out;
  EXPECT_NE(why.find("\nFacts as of that decision, "), std::string::npos) << why;
  const auto json = Json::parse(run({"explain", "-o", "json"}).out);
  EXPECT_EQ(json.at("facts_as_of_ms_ago"), json.at("decided_ms_ago"));
}

TEST_F(NodeVerbs, ExplainNamesWhatIsWrongWithAFile) {
  const auto none = run({"explain", "--from", dir_ + "/none"});
  EXPECT_EQ(none.code, kExitNo);
  EXPECT_NE(none.err.find("/none"), std::string::npos);
  const auto garbage = run({"explain", "--from", file("{\"me\": 5}")});
  EXPECT_EQ(garbage.code, kExitNo);
  EXPECT_NE(garbage.err.find("me: expected an object"), std::string::npos) << garbage.err;
}

TEST_F(NodeVerbs, OfflineTouchesNeitherBeNorFe) {
  EXPECT_EQ(run({"offline", "be", "fe-service"}).code, kExitReplicas);
  EXPECT_EQ(run({"offline", "fe", "fe-service"}).code, kExitQuorum);
  const auto json = run({"offline", "be", "fe-service", "-o", "json"});
  EXPECT_EQ(Json::parse(json.out).at("done"), false);
}

TEST_F(NodeVerbs, RegisterTellsThatAnFeRegistersItself) {
  const auto outcome = run({"register", "fe", "fe-service"});
  EXPECT_EQ(outcome.code, kExitNo);
  EXPECT_NE(outcome.err.find("start rules"), std::string::npos);
}

TEST_F(NodeVerbs, NeedARoleAndAService) {
  for (const auto* verb : {"init", "register", "offline"}) {
    EXPECT_EQ(run({verb}).code, kExitUsage) << verb;
    EXPECT_EQ(run({verb, "cn"}).code, kExitNo) << verb;
  }
}

TEST_F(NodeVerbs, FailAsJsonWhereJsonIsAskedFor) {
  for (const auto* verb : {"register", "offline"}) {
    const auto no_role = run({verb, "-o", "json"});
    EXPECT_EQ(no_role.code, kExitUsage);
    EXPECT_NE(Json::parse(no_role.out).at("detail").get<std::string>().find("node.role"),
              std::string::npos);
    const auto no_service = run({verb, "cn", "-o", "json"});
    EXPECT_EQ(no_service.code, kExitNo);
    EXPECT_EQ(Json::parse(no_service.out).at("done"), false);
    const auto mistake = run({verb, "cn", "svc", "--loop-tick-ms=x", "-o", "json"});
    EXPECT_EQ(mistake.code, kExitUsage);
    EXPECT_EQ(Json::parse(mistake.out).at("reason"), "config_invalid");
  }
}

TEST_F(NodeVerbs, S72_AMistakeInTheFileKeepsNobodyFromAskingTheAgent) {
  const auto bad = file("[log]\nlevel = \"loud\"\n");
  EXPECT_EQ(run({"status", "--config", bad}).code, kExitTryAgain) << "there is none yet";
  start_agent(NodeStatus{});
  for (const auto* verb : {"status", "peers", "explain"}) {
    const auto told = run({verb, "--config", bad, "-o", "json"});
    EXPECT_EQ(told.code, kExitDone) << told.err;
    EXPECT_TRUE(Json::parse(told.out).is_object());
    EXPECT_NE(told.err.find("warning: " + bad + ":2: log.level: expected "), std::string::npos)
        << told.err;
  }
}

/// A container that never got as far as a decision: each way out leaves its last words.
TEST_F(NodeVerbs, S70_ARunThatCannotBeginLeavesItsLastWords) {
  struct Case {
    std::vector<std::string> words{};
    int code{};
    std::string part{};
  };
  ::setenv("SR_AGENT_NODE__TERMINATION_LOG", (dir_ + "/input").c_str(), 1);
  for (const auto& [words, code, part] : std::vector<Case>{
           {{"run", "fe"}, kExitNo, "FE_SERVICE_NAME"},
           {{"run"}, kExitUsage, "node.role"},
           {{"run", "fe", "svc", "--loop-tick-ms=x"}, kExitUsage, "flag --loop-tick-ms"},
           {{"run", "fe", "svc", "--config=/none.toml"}, kExitUsage, "/none.toml"},
           {{"run", "fe", "svc", "--sql-usr=x"}, kExitUsage, "--sql-usr"},
           {{"run", "fe", "svc", "--node-host-type=ip", "--http-listen=192.0.2.1:1"},
            kExitUsage,
            "192.0.2.1"}}) {
    const auto path =
        file("of a former container, longer than what comes now" + std::string(3000, '.'));
    EXPECT_EQ(run(words).code, code) << part;
    std::ifstream in{path};
    const auto last = Json::parse(in, nullptr, false);
    ASSERT_TRUE(last.is_object()) << part;
    EXPECT_EQ(last["reason"], "config_invalid") << part;
    EXPECT_EQ(last["exit"], code) << part;
    EXPECT_NE(last["detail"].get<std::string>().find(part), std::string::npos) << last;
  }
  ::unsetenv("SR_AGENT_NODE__TERMINATION_LOG");
}

TEST_F(NodeVerbs, S13_InitLeavesTheDecisionToARunningAgent) {
  start_agent({});
  const auto target = dir_ + "/decision";
  const auto outcome = run({"init", "fe", "fe-service", "--write", target});
  EXPECT_EQ(outcome.code, kExitBusy) << outcome.err;
  EXPECT_FALSE(std::filesystem::exists(target));
}

TEST_F(NodeVerbs, S13_InitLeavesNoFileWithoutADecision) {
  std::filesystem::create_directories(dir_ + "/sr/fe/conf");
  std::ofstream{dir_ + "/sr/fe/conf/fe.conf"} << "meta_dir = " << dir_ << "/meta\n";
  const auto target = dir_ + "/decision";
  std::ofstream{target} << "# decision of sr-agent init\nFE_ROLE=master\n";
  const std::vector<std::string> words{"init",
                                       "fe",
                                       "fe-service",
                                       "--write",
                                       target,
                                       "--node-root",
                                       dir_ + "/sr",
                                       "--node-pod-ip",
                                       "127.0.9.22",
                                       "--dns-servers",
                                       "127.0.9.22:9"};
  auto dry = words;
  dry.emplace_back("--dry-run");
  EXPECT_EQ(run(dry).code, kExitUndecidable);
  EXPECT_TRUE(std::filesystem::exists(target));
  const auto outcome = run(words);
  EXPECT_EQ(outcome.code, kExitUndecidable) << outcome.err;
  EXPECT_FALSE(std::filesystem::exists(target));
}

}  // namespace
}  // namespace sragent
