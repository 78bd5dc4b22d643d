#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "pod.h"

/// Verbs that act by themselves, judged by the member list: S13, S72, and register and offline with
/// the guard of S84.
namespace podlab {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const std::string kService = "kube-fe-service.ns.svc.cluster.local";

/// KEY=value lines; empty: no such key or no such file.
std::string value_in(const std::string& path, const std::string& key) {
  std::ifstream file{path};
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(key + "=")) return line.substr(key.size() + 1);
  return {};
}

std::string leader_of(const SqlAnswer& list) {
  for (const auto& row : list.rows)
    if (srsim::cell(row, "Role") == "LEADER") return srsim::cell(row, "IP");
  return {};
}

bool listed(const SqlAnswer& list, const std::string& host) {
  return std::ranges::any_of(list.rows,
                             [&](const auto& row) { return srsim::cell(row, "IP") == host; });
}

TEST(S13_Init, AJoinerIsAddedAndItsFileNamesLeaderAndHelper) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(1).console();
  net.serve_name("fe", 3, true);
  auto& joiner = net.fe(3);
  const auto leader = leader_of(net.frontends());
  const auto file = joiner.home() + "/decision";
  const auto look = joiner.verb({"init", "fe", kService, "--write", file, "--dry-run"});
  EXPECT_EQ(look.first, 0) << look.second;
  EXPECT_FALSE(listed(net.frontends(), joiner.fqdn())) << "a dry run adds nobody";
  EXPECT_FALSE(fs::exists(file));

  const auto done = joiner.verb({"init", "fe", kService, "--write", file});
  ASSERT_EQ(done.first, 0) << done.second;
  const auto list = net.frontends();
  EXPECT_EQ(srsim::cell(list.row("IP", joiner.fqdn()), "Role"), "FOLLOWER");
  EXPECT_EQ(value_in(file, "FE_ROLE"), "follower");
  EXPECT_EQ(value_in(file, "FE_LEADER"), leader + ":9030");
  EXPECT_EQ(value_in(file, "FE_HELPER"), leader + ":9010");
  EXPECT_EQ(value_in(file, "HOST_TYPE"), "FQDN");
  EXPECT_EQ(value_in(file, "CLUSTER_ID"), net.cluster_ids_on_disk().front());
  EXPECT_EQ(value_in(file, "EXPIRES_UNIX_MS"), "") << "only a founding grows old";

  // The running agent goes on from there by the same rules, and the row stays one.
  joiner.start();
  EXPECT_TRUE(net.wait_frontends(4)) << joiner.console();
  const auto beside = joiner.verb({"init", "fe", kService, "--write", file});
  EXPECT_EQ(beside.first, 41) << beside.second;
}

TEST(S13_Init, AMemberResumesAndAWorkerLearnsTheLeader) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(1).console();
  ASSERT_TRUE(srsim::wait_until([&] { return fs::exists(net.fe(2).state() + "/sealed"); }));
  net.fe(2).kill_container();
  const auto file = net.fe(2).home() + "/decision";
  const auto resumed = net.fe(2).verb({"init", "fe", kService, "--write", file});
  EXPECT_EQ(resumed.first, 0) << resumed.second;
  EXPECT_EQ(value_in(file, "FE_ROLE"), "resume");
  EXPECT_EQ(value_in(file, "FE_LEADER"), "");

  for (const std::string kind : {"be", "cn"}) {
    auto& worker = kind == "be" ? net.be(0) : net.cn(0);
    const auto target = worker.home() + "/decision";
    const auto found = worker.verb({"init", kind, kService, "--write", target});
    EXPECT_EQ(found.first, 0) << found.second;
    EXPECT_EQ(value_in(target, "KIND"), kind);
    EXPECT_EQ(value_in(target, "FE_LEADER"), leader_of(net.frontends()) + ":9030");
    EXPECT_EQ(value_in(target, "NODE_ADDRESS"), worker.fqdn() + ":9050");
  }
  EXPECT_TRUE(net.fe(0).sql("SHOW BACKENDS").rows.empty()) << "init registers no worker";
}

TEST(S13_Init, WithoutAnyFeAWorkerIsUndecidedAndHasNoFile) {
  PodNet net;
  const auto file = net.cn(0).home() + "/decision";
  const auto result = net.cn(0).verb({"init", "cn", kService, "--write", file});
  EXPECT_EQ(result.first, 40) << result.second;
  EXPECT_FALSE(fs::exists(file));
  // One that an earlier try left decides nothing now.
  std::ofstream{file} << "# decision of sr-agent init\nKIND=cn\nFE_LEADER=old:9030\n";
  EXPECT_EQ(net.cn(0).verb({"init", "cn", kService, "--write", file}).first, 40);
  EXPECT_FALSE(fs::exists(file));
}

TEST(S13_Init, AloneItFoundsAfterTwoReadingsAndTheFileGrowsOld) {
  NetOptions options;
  options.fe_count = 1;
  options.all_names = false;
  options.time_scale = 20;
  PodNet net{options};
  net.serve_name("fe", 0, true);
  const auto file = net.fe(0).home() + "/decision";
  const auto once = net.fe(0).verb({"init", "fe", kService, "--write", file, "--dry-run"});
  EXPECT_EQ(once.first, 0) << once.second;
  EXPECT_NE(once.second.find("row 33"), std::string::npos) << "two readings: " << once.second;
  EXPECT_FALSE(fs::exists(file));
  const auto done = net.fe(0).verb({"init", "fe", kService, "--write", file});
  ASSERT_EQ(done.first, 0) << done.second;
  EXPECT_EQ(value_in(file, "FE_ROLE"), "master");
  EXPECT_EQ(value_in(file, "FE_LEADER"), "");
  const auto decided = std::stoll(value_in(file, "DECIDED_UNIX_MS"));
  const auto expires = std::stoll(value_in(file, "EXPIRES_UNIX_MS"));
  EXPECT_GE(expires, decided);
  EXPECT_LE(expires, decided + 2000);
  EXPECT_EQ(value_in(file, "SESSION").size(), 16U);
}

/// A container with a start command of its own: init, then the server in its place.
void start_by_init(Pod& pod, const std::string& kind) {
  const std::string agent = agent_program();
  const auto file = pod.home() + "/decision";
  pod.start_command({"/bin/sh",
                     "-c",
                     "'" + agent + "' init " + kind + " " + kService + " --write '" + file +
                         "' && exec '" + agent + "' run-server --from '" + file + "'"});
}

TEST(S13_RunServer, AClusterComesUpWithoutAnAgentAndAWorkerStartsBesideIt) {
  NetOptions options;
  options.all_names = false;
  PodNet net{options};
  net.serve_name("fe", 0, true);
  net.fe(0).set_env("SR_AGENT_FE__COUNT", "1");
  start_by_init(net.fe(0), "fe");
  ASSERT_TRUE(net.wait_frontends(1, 0)) << net.fe(0).console();
  net.serve_name("fe", 1, true);
  start_by_init(net.fe(1), "fe");
  ASSERT_TRUE(net.wait_frontends(2, 0)) << net.fe(1).console();
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
  const auto command = command_line(net.fe(1).server_pid());
  EXPECT_NE(command.find("-helper " + net.fe(0).fqdn() + ":9010"), std::string::npos) << command;
  EXPECT_FALSE(fs::exists(net.fe(1).state() + "/sealed")) << "nothing supervises it";

  // A restart in place with the old file: metadata is there, so no helper and nobody is asked.
  net.fe(1).kill_container();
  const auto file = net.fe(1).home() + "/decision";
  ASSERT_EQ(value_in(file, "FE_ROLE"), "follower");
  net.fe(1).start({"run-server", "--from", file});
  ASSERT_TRUE(net.wait_frontends(2, 0)) << net.fe(1).console();
  const auto again = command_line(net.fe(1).server_pid());
  EXPECT_EQ(again.find("-helper"), std::string::npos) << again;

  net.serve_name("cn", 0, true);
  start_by_init(net.cn(0), "cn");
  EXPECT_TRUE(wait_until([&] { return net.cn(0).server_pid() > 0; })) << net.cn(0).console();
  EXPECT_TRUE(net.fe(0).sql("SHOW COMPUTE NODES").rows.empty()) << "run-server registers nobody";
}

TEST(S13_RunServer, AFoundingWhoseTimeIsOverIsDecidedAgainAndFindsTheCluster) {
  NetOptions options;
  options.all_names = false;
  options.fe_count = 2;
  PodNet net{options};
  for (int i = 0; i < 3; ++i)
    net.serve_name("fe", i, true);
  const auto file = net.fe(2).home() + "/decision";
  fs::create_directories(net.fe(2).home());
  std::ofstream{file} << "# decision of sr-agent init\nKIND=fe\nFE_ROLE=master\nFE_LEADER=\n"
                         "FE_HELPER=\nHOST_TYPE=FQDN\nEXPIRES_UNIX_MS=1\nSERVICE=" +
                             std::string{kService} + "\n";
  net.fe(2).set_env("SR_AGENT_FE__COUNTS", "2");
  net.fe(2).start({"run-server", "fe", kService, "--from", file});
  const auto refused = net.fe(2).wait_exit(milliseconds(150000));
  EXPECT_EQ(refused, 40) << net.fe(2).console();
  EXPECT_FALSE(fs::exists(net.fe(2).meta() + "/image")) << "nothing was started";
  const auto told = net.fe(2).console();
  const auto warning = told.find("SR_AGENT_FE__COUNTS");
  EXPECT_NE(warning, std::string::npos) << told;
  EXPECT_EQ(told.find("SR_AGENT_FE__COUNTS", warning + 1), std::string::npos) << "once: " << told;
  net.fe(2).unset_env("SR_AGENT_FE__COUNTS");
  net.serve_name("fe", 2, false);  // whom founders would wait for
  ASSERT_TRUE(net.start_frontends(2)) << net.fe(1).console();
  net.serve_name("fe", 2, true);
  net.fe(2).start({"run-server", "--from", file});  // what init was told is in the file
  ASSERT_TRUE(net.wait_frontends(3, 0)) << net.fe(2).console();
  EXPECT_EQ(value_in(file, "FE_ROLE"), "follower") << "what was decided is in the file";
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
}

bool is_free(const fs::path& lock) {
  const int fd = ::open(lock.c_str(), O_RDWR | O_CLOEXEC);
  const bool out = fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0;
  if (fd >= 0) ::close(fd);
  return out;
}

TEST(OneAgentInAPod, ASecondOneStartsNothingAndTheNextContainerFindsThePodFree) {
  PodNet net;
  Pod& be = net.be(0);
  be.start();
  ASSERT_TRUE(wait_until([&] { return be.server_pid() != 0; })) << be.console();
  const auto server = be.server_pid();
  const auto second = be.verb({"run", "be", kService, "--http-listen", be.ip() + ":8098"});
  EXPECT_EQ(second.first, 41) << second.second;
  EXPECT_NE(second.second.find("another agent runs in this pod"), std::string::npos);
  EXPECT_NE(second.second.find("/run/agent.lock"), std::string::npos) << second.second;
  EXPECT_TRUE(be.running());
  EXPECT_EQ(be.server_pid(), server);
  EXPECT_EQ(be.termination_message(), "") << "that of the agent that runs";
  const auto lock = fs::path{be.home()}.parent_path() / "run" / "agent.lock";
  EXPECT_FALSE(is_free(lock));
  be.signal(SIGKILL);  // no hand is left to unlock anything, and the server lives on
  ASSERT_TRUE(be.wait_exit());
  EXPECT_EQ(::kill(server, 0), 0);
  EXPECT_TRUE(is_free(lock)) << "the server did not inherit it";
  be.kill_container();
  be.start();
  ASSERT_TRUE(wait_until([&] { return be.server_pid() != 0 && be.server_pid() != server; }))
      << be.console();
  EXPECT_TRUE(be.running());
}

TEST(OneAgentInAPod, AFolderThatCannotBeLockedIsToldAndKeepsNobodyDown) {
  PodNet net;
  Pod& be = net.be(0);
  fs::create_directories(fs::path{be.home()}.parent_path() / "run" / "agent.lock");
  be.start();
  ASSERT_TRUE(wait_until([&] { return be.server_pid() != 0; })) << be.console();
  EXPECT_NE(be.console().find("agent.lock"), std::string::npos) << be.console();
  EXPECT_EQ(be.verb({"status"}).first, 0);
}

TEST(RegisterAndOffline, TakeACnOutAndInAgainBesideItsAgent) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(1).console();
  auto& node = net.cn(0);
  node.start();
  ASSERT_TRUE(net.wait_worker("cn", 0) && node.wait_reason("none")) << node.console();
  const auto rows = [&] { return net.fe(0).sql("SHOW COMPUTE NODES"); };

  const auto out = node.verb({"offline", "cn", kService});
  EXPECT_EQ(out.first, 0) << out.second;
  EXPECT_FALSE(listed(rows(), node.fqdn()));
  EXPECT_EQ(node.status("reason"), "dropped");
  EXPECT_NE(node.agent("/readyz").find("row: dropped\n"), std::string::npos) << "at once";
  EXPECT_NE(node.server_pid(), 0) << "the server goes on";
  EXPECT_EQ(node.verb({"offline", "cn", kService}).first, 1) << "there is nothing to drop";

  const auto in = node.verb({"register", "cn", kService});
  EXPECT_EQ(in.first, 0) << in.second;
  EXPECT_TRUE(listed(rows(), node.fqdn()));
  EXPECT_EQ(node.verb({"register", "cn", kService}).first, 0) << "twice is once";
  EXPECT_EQ(rows().rows.size(), 1U);
  EXPECT_TRUE(net.wait_worker("cn", 0)) << node.console();
}

TEST(RegisterAndOffline, WorkWithoutAnAgentAndTryAgainWithoutAnFe) {
  PodNet net;
  EXPECT_EQ(net.be(0).verb({"register", "be", kService}).first, 3);
  EXPECT_EQ(net.cn(0).verb({"offline", "cn", kService}).first, 3);
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(1).console();
  const auto in = net.be(0).verb({"register", "be", kService});
  EXPECT_EQ(in.first, 0) << in.second;
  EXPECT_TRUE(listed(net.fe(0).sql("SHOW BACKENDS"), net.be(0).fqdn()));
  EXPECT_EQ(net.be(0).verb({"offline", "be", kService}).first, 31);
  EXPECT_EQ(net.fe(2).verb({"offline", "fe", kService}).first, 30);
  EXPECT_TRUE(listed(net.fe(0).sql("SHOW BACKENDS"), net.be(0).fqdn()));
  EXPECT_TRUE(listed(net.frontends(), net.fe(2).fqdn()));
}

TEST(S84_OldCopy, NeitherRegistersNorDropsWhileItsNameIsAnothers) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(1).console();
  auto& node = net.cn(0);
  ASSERT_EQ(node.verb({"register", "cn", kService}).first, 0);
  // The name now gives another pod's address: this one is the old copy.
  net.dns().set(node.fqdn(), {net.ip_of("cn", 1)});
  const auto out = node.verb({"offline", "cn", kService});
  EXPECT_EQ(out.first, 1) << out.second;
  EXPECT_NE(out.second.find("identity_conflict"), std::string::npos) << out.second;
  EXPECT_TRUE(listed(net.fe(0).sql("SHOW COMPUTE NODES"), node.fqdn()));

  auto& other = net.be(0);
  net.dns().set(other.fqdn(), {net.ip_of("be", 1)});
  const auto in = other.verb({"register", "be", kService});
  EXPECT_EQ(in.first, 1) << in.second;
  EXPECT_NE(in.second.find("identity_conflict"), std::string::npos) << "the same word for both";
  EXPECT_NE(in.second.find(net.ip_of("be", 1)), std::string::npos) << in.second;
  EXPECT_TRUE(net.fe(0).sql("SHOW BACKENDS").rows.empty());
  // A name that is not served yet is nobody's: try again.
  net.dns().set(other.fqdn(), {});
  EXPECT_EQ(other.verb({"register", "be", kService}).first, 3);
  net.dns().set(node.fqdn(), {});
  EXPECT_EQ(node.verb({"offline", "cn", kService}).first, 3);
  EXPECT_TRUE(listed(net.fe(0).sql("SHOW COMPUTE NODES"), node.fqdn()));
}

TEST(S72_Explain, TellsTheLiveDecisionAndReplaysIt) {
  PodNet net;
  auto& alone = net.fe(1);  // the founder never comes
  alone.start();
  ASSERT_TRUE(alone.wait_reason("waiting_for_peers")) << alone.console();
  const auto text = alone.verb({"explain"});
  EXPECT_EQ(text.first, 0) << text.second;
  EXPECT_NE(text.second.find("waiting_for_peers"), std::string::npos) << text.second;
  EXPECT_NE(text.second.find("headless set"), std::string::npos) << text.second;
  const auto json = alone.verb({"explain", "-o", "json"});
  const auto live = Json::parse(json.second);
  const auto file = alone.home() + "/recorded.json";
  std::ofstream{file} << json.second;
  const auto replayed = Json::parse(alone.verb({"explain", "--from", file, "-o", "json"}).second);
  for (const auto* key : {"rule", "reason", "detail", "rules", "facts"})
    EXPECT_EQ(replayed.at(key), live.at(key)) << key;
  for (const auto* verb : {"status", "peers"})
    EXPECT_EQ(alone.verb({verb}).first, 0);
}

}  // namespace
}  // namespace podlab
