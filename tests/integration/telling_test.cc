#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "leave_lab.h"
#include "worker_lab.h"

/// What a node says of itself to probes and to Prometheus: S56, S57 and the user's own probes.
namespace podlab {
namespace {

/// Seconds since the start that `/startupz?verbose` tells; -1: none.
int started_ago(const std::string& body) {
  constexpr std::string_view kMark = "started ";
  const auto at = body.rfind(kMark);
  if (at == std::string::npos) return -1;
  return static_cast<int>(std::strtol(body.c_str() + at + kMark.size(), nullptr, 10));
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t out = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size())
    ++out;
  return out;
}

/// Of two sealed FEs the one that does not lead, stopped and started again.
TEST(S56_StartupFe, AFollowerTellsHowFarItsReplayIsAndWhatIsLeftOfIt) {
  PodNet net({.fe_count = 2, .all_names = false});
  ASSERT_TRUE(start_two_members(net));
  const int leads = leader_of(net, 0, 2);
  ASSERT_GE(leads, 0);
  Pod& fe = net.fe(1 - leads);
  fe.kill_container();
  fe.set_env("SR_SIM_FE_REPLAY_MS", "60000");
  fe.start();
  std::string body;
  EXPECT_TRUE(wait_until([&] {
    body = fe.agent("/startupz?verbose");
    return body.find("replays the journal: entry ") != std::string::npos &&
           body.find(" of ") != std::string::npos && body.find(" s to go") != std::string::npos;
  })) << body
      << fe.console();
  EXPECT_TRUE(wait_probe(fe, "/metrics", 200, "\nsr_agent_startup_remaining_seconds "));
  EXPECT_TRUE(wait_probe(fe, "/startupz", 200, "ok\n")) << fe.console();
}

/// A new leader writes no line in between (docs/starrocks.md section 12), but it reads.
TEST(S56_StartupFe, ALeaderToBeMovesWhileItReads) {
  PodNet net({.fe_count = 1, .all_names = false});
  net.serve_names("fe", 1);
  Pod& fe = net.fe(0);
  fe.set_env("SR_AGENT_STARTUP__STALL_S", "20");
  fe.set_env("SR_AGENT_STARTUP__STALL_FAILS_LIVE", "true");
  fe.set_env("SR_SIM_FE_REPLAY_MS", "90000");
  fe.start();
  ASSERT_TRUE(wait_probe(fe, "/startupz?verbose", 503, "replays the journal as the new leader"))
      << fe.agent("/startupz?verbose") << fe.console();
  std::string body;
  EXPECT_TRUE(wait_until([&] {
    body = fe.agent("/startupz?verbose");
    EXPECT_EQ(body.find("stalled"), std::string::npos) << body;
    EXPECT_EQ(probe(fe, "/livez"), 200);
    return body == "[+]startup ok: up\nstartupz check passed\n" || started_ago(body) > 60;
  })) << body;
  EXPECT_GT(started_ago(body), 60) << body;
}

TEST(S56_StartupFe, OneThatReadsNothingHasStalled) {
  PodNet net({.fe_count = 1, .all_names = false});
  net.serve_names("fe", 1);
  Pod& fe = net.fe(0);
  fe.set_env("SR_AGENT_STARTUP__STALL_S", "20");
  replace_script(fe, "fe", "#!/bin/sh\nexec sleep 1000\n");
  fe.start();
  EXPECT_TRUE(wait_probe(fe, "/startupz", 503, "startup: replaying\n")) << fe.console();
  EXPECT_TRUE(wait_probe(fe, "/startupz", 503, "startup: stalled\n"))
      << fe.agent("/startupz?verbose");
}

TEST(S56_StartupFe, IsReplayingUntilItServesAndOkThen) {
  PodNet net({.fe_count = 1, .all_names = false});
  net.serve_names("fe", 1);
  Pod& fe = net.fe(0);
  fe.set_env("SR_SIM_FE_REPLAY_MS", "30000");
  fe.start();
  EXPECT_TRUE(wait_probe(fe, "/startupz", 503, "startup: replaying\n"));
  EXPECT_EQ(probe(fe, "/livez"), 200);
  EXPECT_EQ(fe.verb({"probe", "startup"}).first, 1);
  EXPECT_EQ(fe.verb({"probe", "live"}).first, 0);
  ASSERT_TRUE(wait_probe(fe, "/startupz", 200, "ok\n")) << fe.console();
  EXPECT_EQ(fe.verb({"probe", "startup"}).first, 0);
  EXPECT_NE(fe.console().find("server_up"), std::string::npos);
}

/// A server that boots without an end.
class S56_StartupBe : public testing::Test {
 protected:
  /// Starts BE 0 with this in place of its start script.
  void start(const std::string& script) {
    be_.set_env("SR_AGENT_STARTUP__STALL_S", "20");
    replace_script(be_, "be", "#!/bin/sh\n" + script);
    be_.start();
  }
  PodNet net_{};
  Pod& be_ = net_.be(0);
};

TEST_F(S56_StartupBe, HasStalledOnceNothingMoves) {
  start("exec sleep 1000\n");
  EXPECT_TRUE(wait_probe(be_, "/startupz", 503, "startup: loading\n")) << be_.console();
  EXPECT_TRUE(wait_probe(be_, "/startupz", 503, "startup: stalled\n"))
      << be_.agent("/startupz?verbose");
  EXPECT_EQ(probe(be_, "/livez"), 200) << "unless it was asked for";
}

/// A real one that hangs in its storage goes on with its own metrics: it reads /proc and logs.
TEST_F(S56_StartupBe, HasStalledAlsoIfItReadsItsMachineAndLogsWithoutAnEnd) {
  start(
      "mkdir -p \"${0%/*}/../log\"\n"
      "while :; do read -r line < /proc/meminfo; echo \"Current memory statistics: $line\" >> "
      "\"${0%/*}/../log/be.INFO\"; sleep 1; done\n");
  EXPECT_TRUE(wait_probe(be_, "/startupz", 503, "startup: loading\n")) << be_.console();
  EXPECT_TRUE(wait_probe(be_, "/startupz", 503, "startup: stalled\n"))
      << be_.agent("/startupz?verbose");
}

TEST_F(S56_StartupBe, AStalledOneFailsLivezWhereThatIsAskedFor) {
  be_.set_env("SR_AGENT_STARTUP__STALL_FAILS_LIVE", "true");
  start("exec sleep 1000\n");
  EXPECT_TRUE(wait_probe(be_, "/livez", 200, "ok\n"));
  EXPECT_TRUE(wait_probe(be_, "/livez", 503, "stalled\n")) << be_.agent("/startupz?verbose");
}

TEST_F(S56_StartupBe, OneThatReadsNeverStalls) {
  start("while :; do head -c 10000000 /dev/zero > /dev/null; sleep 0.05; done\n");
  std::string body;
  const bool long_enough = wait_until(
      [&] {
        body = be_.agent("/startupz?verbose");
        EXPECT_EQ(body.find("stalled"), std::string::npos) << body;
        return started_ago(body) > 60;
      },
      milliseconds(60000));
  EXPECT_TRUE(long_enough) << body << be_.console();
  EXPECT_NE(body.find("bytes/s"), std::string::npos) << body;
}

TEST(S57_Advice, IsGivenOnceInAPodOfTheOperatorAndStandsInTheMetrics) {
  PodNet net({.fe_count = 1, .all_names = false});
  net.serve_names("fe", 1);
  Pod& fe = net.fe(0);
  fe.set_env("COMPONENT_NAME", "fe");
  fe.start();
  ASSERT_TRUE(wait_probe(fe, "/readyz", 200, "ok\n")) << fe.console();
  const auto text = fe.agent("/metrics");
  EXPECT_EQ(
      count(text, "\nsr_agent_advice{field=\"readinessProbeFailureSeconds\",value=\"10\"} 1\n"),
      1U);
  EXPECT_EQ(count(fe.console(), " advice field=readinessProbeFailureSeconds value=10"), 1U)
      << fe.console();
}

TEST(S57_Advice, AStartThatTookLongAsksForMoreSecondsThanTheOperatorGives) {
  PodNet net({.fe_count = 1, .all_names = false});
  net.serve_names("fe", 1);
  Pod& fe = net.fe(0);
  fe.set_env("COMPONENT_NAME", "fe");
  fe.set_env("SR_SIM_FE_REPLAY_MS", "200000");
  fe.start();
  ASSERT_TRUE(wait_probe(fe, "/readyz", 200, "ok\n")) << fe.console();
  const auto text = fe.agent("/metrics");
  for (const std::string field : {"startupProbeFailureSeconds", "livenessProbeFailureSeconds"}) {
    EXPECT_EQ(count(text, "\nsr_agent_advice{field=\"" + field + "\",value=\""), 1U) << text;
    EXPECT_EQ(count(fe.console(), " advice field=" + field), 1U) << fe.console();
  }
}

/// The operator's probes count from the container's start: no second is spent on waiting.
TEST(S57_NoWaiting, AnFeWithMetadataIsStartedByItsFirstDecision) {
  PodNet net({.fe_count = 2, .all_names = false});
  ASSERT_TRUE(start_two_members(net));
  net.fe(0).kill_container();
  net.fe(1).kill_container();
  Pod& fe = net.fe(1);
  const auto before = decisions_of(fe).size();
  fe.start();
  ASSERT_TRUE(wait_until([&] { return decisions_of(fe).size() > before; })) << fe.console();
  EXPECT_EQ(decisions_of(fe)[before], "5 Resume") << fe.console();
  EXPECT_TRUE(wait_until([&] { return fe.server_pid() != 0; })) << fe.console();
}

TEST(Scrape, IsWhatTheOtherEndpointsSay) {
  PodNet net({.fe_count = 1, .all_names = false});
  net.serve_names("fe", 1);
  Pod& fe = net.fe(0);
  fe.start();
  ASSERT_TRUE(wait_probe(fe, "/readyz", 200, "ok\n")) << fe.console();
  ASSERT_TRUE(wait_probe(fe, "/metrics", 200, "sr_agent_fe_role{role=\"LEADER\"} 1\n"));
  const auto text = fe.agent("/metrics");
  for (const auto* line : {"sr_agent_ready 1\n",
                           "sr_agent_phase{phase=\"running\"} 1\n",
                           "sr_agent_reason{reason=\"none\"} 1\n",
                           "sr_agent_startup{state=\"up\"} 1\n",
                           "sr_agent_clusters_in_sight 1\n",
                           "sr_agent_server_info{version=\"3.5.7"})
    EXPECT_EQ(count(text, line), 1U) << line << text;
}

/// What promtool says against the node's metrics; empty: nothing.
std::string said_of_metrics(const Pod& pod) {
  const auto file = root_of(pod) + "/scrape";
  std::ofstream(file) << pod.agent("/metrics");
  const auto command =
      std::string{SRAGENT_PROMTOOL} + " check metrics < " + file + " > " + file + ".said 2>&1";
  return std::system(command.c_str()) == 0 ? std::string{} : read_text(file + ".said");
}

TEST(Scrape, IsGoodByPromtool) {
  if (std::string{SRAGENT_PROMTOOL}.empty()) GTEST_SKIP() << "promtool is missing: scripts/setup";
  PodNet net({.fe_count = 1, .all_names = false});
  net.serve_names("fe", 1);
  Pod& fe = net.fe(0);
  fe.start();
  ASSERT_TRUE(wait_probe(fe, "/readyz", 200, "ok\n")) << fe.console();
  EXPECT_EQ(said_of_metrics(fe), "");
}

/// A BE that is ready, with probes in its configuration file.
class OwnProbes : public testing::Test {
 protected:
  void start(const std::string& probes) {
    ASSERT_TRUE(found(fe_));
    std::filesystem::create_directories(root_of(be_));
    write_text(config_, probes);
    be_.set_env("SR_AGENT_CONFIG", config_);
    be_.start();
  }
  [[nodiscard]] std::string told() const { return be_.agent("/readyz?verbose") + be_.console(); }
  /// A probe that is good while the file mark_ is there.
  [[nodiscard]] std::string mark_that_counts_for(const std::string& what) const {
    return "[[probe]]\nname = \"mark\"\nkind = \"file\"\npath = \"" + mark_ +
           "\"\nperiod_ms = 500\nfailure_threshold = 1\ncounts_for = \"" + what + "\"\n";
  }

  PodNet net_{};
  srsim::SimNode fe_{bare_fe(net_, 0)};
  Pod& be_{net_.be(0)};
  const std::string config_ = root_of(be_) + "/sr-agent.toml";
  const std::string mark_ = root_of(be_) + "/mark";
};

using ScrapeWithProbes = OwnProbes;

TEST_F(ScrapeWithProbes, OfABeThatDrainsAndOfAHeldOneIsGoodByPromtool) {
  if (std::string{SRAGENT_PROMTOOL}.empty()) GTEST_SKIP() << "promtool is missing: scripts/setup";
  start(
      "[[probe]]\nname = \"bad\"\nkind = \"exec\"\ncommand = [\"/bin/false\"]\n"
      "[[probe]]\nname = \"good\"\nkind = \"exec\"\ncommand = [\"/bin/true\"]\n");
  ASSERT_TRUE(wait_settled(be_)) << be_.console();
  ASSERT_EQ(control(be_, "/set?running=1"), "ok\n");
  EXPECT_EQ(be_.verb({"drain", "--wait", "1s"}).first, 20) << be_.console();
  const auto drains = be_.agent("/metrics");
  EXPECT_NE(drains.find("probe=\"bad\""), std::string::npos) << drains;
  EXPECT_EQ(said_of_metrics(be_), "") << drains;
  EXPECT_EQ(be_.verb({"drain", "--cancel"}).first, 0) << be_.console();
  control(be_, "/set?running=0");
  EXPECT_EQ(be_.verb({"hold", "--author", "ann", "--reason", "a \"word\""}).first, 0)
      << be_.console();
  ASSERT_TRUE(be_.wait_reason("held")) << be_.console();
  EXPECT_EQ(said_of_metrics(be_), "") << be_.agent("/metrics");
}

TEST_F(OwnProbes, CountForReadinessAndAreToldEverywhere) {
  start(mark_that_counts_for("ready") +
        "[[probe]]\nname = \"note\"\nkind = \"exec\"\ncommand = [\"/bin/false\"]\n");
  ASSERT_TRUE(wait_probe(be_, "/readyz", 503, "probe-mark: probe_failed\n")) << told();
  ASSERT_TRUE(wait_probe(be_, "/readyz?exclude=probe-mark", 200, "ok\n"))
      << "the other one is only told" << told();
  EXPECT_EQ(be_.verb({"probe", "ready"}).first, 1);
  EXPECT_EQ(be_.verb({"probe", "ready", "--exclude", "server,probe-mark"}).first, 0) << told();
  EXPECT_TRUE(wait_probe(be_, "/readyz?verbose", 503, "mark is not there")) << told();
  EXPECT_TRUE(
      wait_probe(be_,
                 "/metrics",
                 200,
                 "sr_agent_probe_ok{probe=\"mark\",kind=\"file\",counts_for=\"ready\"} 0\n"));
  EXPECT_TRUE(wait_probe(be_, "/v1/status", 200, "exited with 1")) << be_.agent("/v1/status");
  const auto bad = be_.verb({"probe", "mark"});
  EXPECT_EQ(bad.first, 1) << bad.second;
  EXPECT_NE(bad.second.find("is not there"), std::string::npos) << bad.second;
  write_text(mark_, "x");
  EXPECT_TRUE(wait_probe(be_, "/readyz", 200, "ok\n")) << told();
  EXPECT_EQ(be_.verb({"probe", "mark"}).first, 0);
  EXPECT_EQ(be_.verb({"probe", "ready"}).first, 0);
  EXPECT_EQ(be_.verb({"probe", "no-such"}).first, 2);
}

TEST_F(OwnProbes, ThatCountForLiveFailLivezOnceTheServerHasComeUp) {
  be_.set_env("SR_SIM_BE_START_MS", "60000");
  start(mark_that_counts_for("live"));
  ASSERT_TRUE(wait_probe(be_, "/v1/status", 200, "mark is not there")) << be_.console();
  EXPECT_EQ(probe(be_, "/livez"), 200) << "a start is nobody's to kill";
  EXPECT_EQ(be_.verb({"probe", "live"}).first, 0);
  EXPECT_EQ(probe(be_, "/startupz"), 503) << "what was asked before was asked during the start";
  ASSERT_TRUE(wait_probe(be_, "/livez", 503, "probe_failed\n")) << told();
  EXPECT_EQ(be_.verb({"probe", "live"}).first, 1);
  EXPECT_EQ(probe(be_, "/startupz"), 200) << "it counts for /livez alone";
  EXPECT_TRUE(wait_probe(be_, "/readyz", 200, "ok\n")) << told();
  write_text(mark_, "x");
  EXPECT_TRUE(wait_probe(be_, "/livez", 200, "ok\n")) << told();
  std::filesystem::remove(mark_);
  EXPECT_TRUE(wait_probe(be_, "/livez", 503, "probe_failed\n")) << told();
}

TEST_F(OwnProbes, ThatCountForStartupFailStartupzThoughTheServerHasComeUp) {
  start(mark_that_counts_for("startup"));
  ASSERT_TRUE(wait_probe(be_, "/startupz", 503, "startup: probe_failed\n")) << told();
  EXPECT_TRUE(wait_probe(be_,
                         "/startupz?verbose",
                         503,
                         "[-]startup failed: probe_failed: probe mark: " + mark_ +
                             " is not there\nstartupz check failed\n"))
      << be_.agent("/startupz?verbose");
  EXPECT_EQ(be_.verb({"probe", "startup"}).first, 1);
  EXPECT_TRUE(wait_probe(be_, "/readyz", 200, "ok\n")) << "it counts for /startupz alone" << told();
  EXPECT_EQ(probe(be_, "/livez"), 200);
  write_text(mark_, "x");
  EXPECT_TRUE(wait_probe(be_, "/startupz", 200, "ok\n")) << told();
  EXPECT_EQ(be_.verb({"probe", "startup"}).first, 0);
}

TEST_F(OwnProbes, AskTheFeAndTheServersMetrics) {
  const auto fe = net_.ip_of("fe", 0);
  start("[[probe]]\nname = \"one\"\nkind = \"sql\"\naddress = \"" + fe +
        ":9030\"\nquery = \"SHOW BACKENDS\"\nrows = 1\nperiod_ms = 500\ndeadline_ms = 10000\n"
        "[[probe]]\nname = \"port\"\nkind = \"tcp\"\naddress = \"self:8040\"\nperiod_ms = 500\n"
        "[[probe]]\nname = \"web\"\nkind = \"http\"\nurl = \"http://self:8040/api/health\"\n"
        "period_ms = 500\nbody = \"OK\"\n"
        "[[probe]]\nname = \"work\"\nkind = \"metric\"\nperiod_ms = 500\n"
        "metric = \"starrocks_be_pip_query_ctx_cnt\"\ncompare = \"<\"\nvalue = \"2\"\n"
        "[[probe]]\nname = \"leads\"\nkind = \"metric\"\nperiod_ms = 500\nurl = \"http://" +
        fe + ":8030/metrics\"\nmetric = 'node_info{type=\"is_master\"}'\nvalue = \"1\"\n");
  for (const auto* name : {"one", "port", "web", "work", "leads"}) {
    const auto part = "sr_agent_probe_ok{probe=\"" + std::string{name} + "\"";
    EXPECT_TRUE(wait_until(
        [&] {
          const auto text = be_.agent("/metrics");
          const auto at = text.find(part);
          const auto end = text.find('\n', at);
          return at != std::string::npos && text.substr(end - 2, 2) == " 1";
        },
        milliseconds(60000)))
        << name << be_.agent("/v1/status") << be_.console();
  }
  ASSERT_EQ(control(be_, "/set?running=2"), "ok\n");
  const auto [busy, saw] = be_.verb({"probe", "work"});
  EXPECT_EQ(busy, 1) << saw;
  EXPECT_NE(saw.find("starrocks_be_pip_query_ctx_cnt is 2, expected < 2"), std::string::npos)
      << saw;
  EXPECT_TRUE(
      wait_probe(be_,
                 "/metrics",
                 200,
                 "sr_agent_probe_ok{probe=\"work\",kind=\"metric\",counts_for=\"report\"} 0\n"));
  fe_.kill_now();
  EXPECT_TRUE(wait_until(
      [&] {
        return be_.verb({"probe", "one"}).first == 1;
      },
      milliseconds(60000)));
}

TEST_F(OwnProbes, AChangedFileIsTakenUpWithoutARestart) {
  start("[[probe]]\nname = \"mark\"\nkind = \"file\"\npath = \"" + mark_ +
        "\"\ncounts_for = \"ready\"\n");
  ASSERT_TRUE(wait_probe(be_, "/readyz", 503, "probe-mark: probe_failed\n")) << told();
  write_text(config_, "[[probe]]\nname = \"port\"\nkind = \"tcp\"\naddress = \"self:8040\"\n");
  EXPECT_TRUE(wait_probe(be_, "/readyz", 200, "ok\n")) << told();
}

}  // namespace
}  // namespace podlab
