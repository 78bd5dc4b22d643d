#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "worker_lab.h"

/// What the agent makes of its host. Nothing here depends on the machine that the tests run on:
/// what has to be wrong is a setting that suits no machine.
namespace podlab {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// More than any machine has.
constexpr const char* kTooMuch = "mem_limit = 900000T";

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);)
    out.push_back(line);
  return out;
}

/// The check of that name in an answer of `sr-agent check -o json` or in the status.
json check_of(const json& answer, const std::string& name) {
  for (const auto& check : answer["checks"])
    if (check["check"] == name) return check;
  return {};
}

json parsed(const std::pair<int, std::string>& answer) {
  auto out = json::parse(answer.second, nullptr, false);
  EXPECT_TRUE(out.is_object()) << answer.second;
  return out.is_object() ? out : json::object();
}

TEST(S66_HostChecks, CheckTellsALineEachWithoutAnAgentAndChangesNothing) {
  PodNet net;
  Pod& be = net.be(0);
  be.add_conf(kTooMuch);
  const auto [code, text] = be.verb({"check", "be"});
  EXPECT_EQ(code, 1) << text;
  int memory = 0;
  for (const auto& line : lines_of(text)) {
    const bool known = line.starts_with("ok           ") || line.starts_with("warning      ") ||
                       line.starts_with("cannot tell  ");
    EXPECT_TRUE(known) << line;
    EXPECT_NE(line.find("; wanted: "), std::string::npos) << line;
    const bool warns = line.starts_with("warning");
    EXPECT_EQ(line.find("; effect: ") != std::string::npos, warns) << line;
    EXPECT_EQ(line.find("; remedy: ") != std::string::npos, warns) << line;
    if (line.starts_with("warning      mem_limit: mem_limit = 900000T comes to ")) ++memory;
  }
  EXPECT_EQ(memory, 1) << text;
  EXPECT_NE(text.find("\ncannot tell  clock: "), std::string::npos) << text;
  EXPECT_EQ(be.verb({"check", "be", "--strict"}).first, 74);
  EXPECT_EQ(server_starts(be), 0);
}

std::string time_of(const timespec& at) {
  return std::to_string(at.tv_sec) + "." + std::to_string(at.tv_nsec);
}

/// Every path of the pod: its mode, owner and times of change, its contents or where it leads. Not
/// that of the pod itself, where the test keeps what a verb says.
std::map<std::string, std::string> paths_of(const Pod& pod) {
  std::map<std::string, std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(root_of(pod))) {
    const auto& path = entry.path().string();
    struct stat now {};
    EXPECT_EQ(::lstat(path.c_str(), &now), 0) << path;
    auto& told = out[path];
    told = std::to_string(now.st_mode) + " " + std::to_string(now.st_uid) + " " +
           time_of(now.st_mtim) + " " + time_of(now.st_ctim) + " ";
    if (entry.is_symlink()) {
      told += fs::read_symlink(path).string();
    } else if (entry.is_regular_file()) {
      told += read_text(path);
    }
  }
  return out;
}

/// What `check` reports of the machine, as far as root could set it.
std::string settings_of_machine() {
  return read_text("/proc/sys/vm/max_map_count") +
         read_text("/sys/kernel/mm/transparent_hugepage/enabled");
}

TEST(S66_HostChecks, CheckLeavesThePodAndTheMachineAsTheyWere) {
  PodNet net;
  const auto machine = settings_of_machine();
  EXPECT_NE(machine, "");
  for (Pod* pod : {&net.fe(0), &net.be(0), &net.cn(0)}) {
    const auto& kind = pod->spec().kind;
    const auto before = paths_of(*pod);
    const auto conf = fs::canonical(pod->home() + "/conf/" + kind + ".conf").string();
    EXPECT_TRUE(before.contains(conf)) << conf;
    EXPECT_NE(pod->verb({"check", kind}).second, "");
    EXPECT_NE(pod->verb({"check", kind, "--strict"}).second, "");
    EXPECT_TRUE(parsed(pod->verb({"check", kind, "-o", "json"})).contains("well"));
    EXPECT_EQ(paths_of(*pod), before);
  }
  EXPECT_EQ(settings_of_machine(), machine);
}

TEST(S66_HostChecks, CheckFindsTheLeaderAndTellsTheClusterNothing) {
  PodNet net({.fe_count = 1, .all_names = false});
  net.serve_name("fe", 0, true);
  net.serve_name("be", 0, true);
  ASSERT_TRUE(net.start_frontends(1));
  Pod& be = net.be(0);
  const auto before = paths_of(be);
  const auto answer = parsed(be.verb({"check", "be", "kube-fe-service", "-o", "json"}));
  EXPECT_EQ(check_of(answer, "clock")["subject"], net.fe(0).fqdn()) << answer;
  EXPECT_EQ(paths_of(be), before);
  EXPECT_EQ(rows(net, kBackends, be.fqdn()), 0);
  for (const auto& one : statements(net.fe(0), be))
    EXPECT_TRUE(one.text.starts_with("SHOW ") || one.text.starts_with("SELECT ")) << one.text;
}

TEST(S66_HostChecks, CheckAnswersInJsonWithEverythingOfEachCheck) {
  PodNet net;
  Pod& fe = net.fe(0);
  fe.add_conf("JAVA_OPTS = \"-Xmx1m -Xlog:gc*:${LOG_DIR}/fe.gc.log.$DATE:time\"");
  const auto answer = parsed(fe.verb({"check", "fe", "-o", "json"}));
  EXPECT_EQ(answer["kind"], "fe");
  for (const auto& check : answer["checks"]) {
    for (const auto* key : {"check", "subject", "state", "value", "wanted", "effect", "remedy"})
      EXPECT_TRUE(check.contains(key)) << check;
  }
  EXPECT_EQ(check_of(answer, "fe_heap")["state"], "ok") << answer;
  EXPECT_EQ(check_of(answer, "disk")["subject"], fe.meta());
  EXPECT_TRUE(check_of(answer, "cpu_avx2").is_null());
}

TEST(S66_HostChecks, CheckSaysWhatItIsMissing) {
  PodNet net;
  Pod& be = net.be(0);
  const auto no_kind = be.verb({"check"});
  EXPECT_EQ(no_kind.first, 2) << no_kind.second;
  EXPECT_NE(no_kind.second.find("the first argument of check"), std::string::npos)
      << no_kind.second;
  EXPECT_EQ(be.verb({"check", "leader"}).first, 2);
  EXPECT_EQ(be.verb({"check", "be", "--stricter"}).first, 2);
  EXPECT_EQ(be.verb({"check", "be", "--host-checks", "loose"}).first, 2);
  be.set_env("SR_AGENT_HOST_CHECKS", "loose");
  const auto wrong = be.verb({"check", "be"});
  EXPECT_EQ(wrong.first, 2) << wrong.second;
  EXPECT_NE(wrong.second.find("SR_AGENT_HOST_CHECKS: expected one of warn, "), std::string::npos)
      << wrong.second;
}

TEST(S66_HostChecks, ARunningNodeWarnsOnceServesAndTellsItEverywhere) {
  PodNet net({.fe_count = 1, .all_names = false});
  net.serve_name("fe", 0, true);
  net.serve_name("be", 0, true);
  ASSERT_TRUE(net.start_frontends(1));
  Pod& be = net.be(0);
  be.add_conf(kTooMuch);
  be.start();
  ASSERT_TRUE(net.wait_worker("be", 0)) << be.console();
  const auto clock = [&] { return check_of(status_of(be)["host_checks"], "clock"); };
  EXPECT_TRUE(wait_until([&] { return clock().value("state", "") == "ok"; })) << clock();
  EXPECT_EQ(clock()["subject"], net.fe(0).fqdn());
  const auto memory = check_of(status_of(be)["host_checks"], "mem_limit");
  EXPECT_EQ(memory["state"], "warning") << memory;
  const auto metrics = be.agent("/metrics");
  for (const auto& line :
       {std::string{"sr_agent_host_check_ok{check=\"mem_limit\"} 0\n"},
        R"(sr_agent_host_check_ok{check="clock",subject=")" + net.fe(0).fqdn() + "\"} 1\n"})
    EXPECT_NE(metrics.find(line), std::string::npos) << line;
  const auto [code, text] = be.verb({"status"});
  EXPECT_EQ(code, 0);
  EXPECT_NE(text.find("\nhost check    mem_limit: mem_limit = 900000T comes to "),
            std::string::npos)
      << text;
  int logged = 0;
  for (const auto& line : lines_of(be.console()))
    if (line.find("host_check check=mem_limit") != std::string::npos) ++logged;
  EXPECT_EQ(logged, 1) << be.console();
  EXPECT_NE(be.console().find("remedy="), std::string::npos);
  const auto asked =
      check_of(parsed(be.verb({"check", "be", "kube-fe-service", "-o", "json"})), "clock");
  EXPECT_EQ(asked["state"], "ok") << asked;
  EXPECT_EQ(asked["subject"], net.fe(0).fqdn());
  const auto fe_clock =
      check_of(parsed(net.fe(0).verb({"check", "fe", "kube-fe-service", "-o", "json"})), "clock");
  EXPECT_EQ(fe_clock["value"], "this FE leads") << fe_clock;
}

TEST(S66_HostChecks, StrictHoldsTheNodeWithoutAServerUntilItIsToldOtherwise) {
  PodNet net;
  Pod& be = net.be(0);
  be.add_conf(kTooMuch);
  const auto file = root_of(be) + "/agent.toml";
  write_text(file, "[host]\nchecks = \"strict\"\n");
  be.set_env("SR_AGENT_CONFIG", file);
  be.start();
  ASSERT_TRUE(be.wait_reason("host_check")) << be.console();
  EXPECT_EQ(be.status("phase"), "held");
  const auto detail = be.status("detail");
  EXPECT_TRUE(detail.starts_with("host.checks = strict: ")) << detail;
  EXPECT_NE(detail.find("mem_limit: mem_limit = 900000T comes to "), std::string::npos) << detail;
  EXPECT_NE(detail.find("remedy: "), std::string::npos) << detail;
  EXPECT_EQ(probe(be, "/livez"), 200);
  EXPECT_TRUE(wait_probe(be, "/readyz", 503, "host_check"));
  EXPECT_EQ(be.server_pid(), 0);
  EXPECT_EQ(server_starts(be), 0);
  write_text(file, "[host]\nchecks = \"warn\"\n");
  be.signal(SIGHUP);
  EXPECT_TRUE(wait_healthy(be)) << be.console();
  EXPECT_EQ(server_starts(be), 1);
}

TEST(S66_HostChecks, StrictWithExitEndsBeforeAServerIsStarted) {
  PodNet net;
  for (Pod* pod : {&net.be(0), &net.fe(0)}) {
    const bool fe = pod == &net.fe(0);
    pod->add_conf(fe ? "JAVA_OPTS = \"-Xmx900000t\"" : kTooMuch);
    pod->set_env("SR_AGENT_HOST_CHECKS", "strict");
    pod->set_env("SR_AGENT_ON_REFUSAL", "exit");
    pod->start();
    EXPECT_EQ(pod->wait_exit(), 74) << pod->console();
    const auto last = json::parse(pod->termination_message(), nullptr, false);
    ASSERT_TRUE(last.is_object()) << pod->termination_message();
    EXPECT_EQ(last["reason"], "host_check");
    EXPECT_EQ(last["exit"], 74);
    EXPECT_TRUE(last["server"].is_null());
    const auto detail = last["detail"].get<std::string>();
    EXPECT_NE(detail.find(fe ? "fe_heap: -Xmx900000t comes to "
                             : "mem_limit: mem_limit = 900000T comes to "),
              std::string::npos)
        << detail;
    for (const auto* part : {"; wanted: ", "; effect: ", "; remedy: "})
      EXPECT_NE(detail.find(part), std::string::npos) << detail;
    EXPECT_EQ(pod->console().find("server_started"), std::string::npos) << pod->console();
    EXPECT_EQ(pod->server_pid(), 0);
    EXPECT_FALSE(fs::exists(pod->home() + "/log/" + (fe ? "fe.log" : "be.INFO")));
  }
  EXPECT_FALSE(has_metadata(net.fe(0)));
}

TEST(S66_HostChecks, RunServerRefusesToo) {
  PodNet net;
  Pod& be = net.be(0);
  be.add_conf(kTooMuch);
  const auto file = root_of(be) + "/decision";
  write_text(file, "# decision of sr-agent init\nKIND=be\nSERVICE=kube-fe-service\n");
  be.set_env("SR_AGENT_HOST_CHECKS", "strict");
  const auto [code, text] = be.verb({"run-server", "be", "--from", file});
  EXPECT_EQ(code, 74) << text;
  EXPECT_NE(text.find("mem_limit: mem_limit = 900000T comes to "), std::string::npos) << text;
  EXPECT_EQ(server_starts(be), 0);
}

TEST(S66_HostChecks, OffLooksAtNothing) {
  PodNet net;
  Pod& be = net.be(0);
  be.add_conf(kTooMuch);
  be.set_env("SR_AGENT_HOST_CHECKS", "off");
  be.start();
  ASSERT_TRUE(wait_healthy(be)) << be.console();
  EXPECT_TRUE(status_of(be)["host_checks"].is_null());
  EXPECT_EQ(be.agent("/metrics").find("sr_agent_host_check_ok"), std::string::npos);
  EXPECT_EQ(be.console().find("host_check"), std::string::npos) << be.console();
}

}  // namespace
}  // namespace podlab
