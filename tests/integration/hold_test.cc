#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "leave_lab.h"
#include "worker_lab.h"

/// A server that is kept down because somebody asked for it: S71.
namespace podlab {
namespace {

namespace fs = std::filesystem;

/// The file in which the kubelet shows the pod's annotations.
void annotate(Pod& pod, const std::string& lines) {
  const auto path = root_of(pod) + "/podinfo";
  write_text(path, lines);
  pod.set_env("SR_AGENT_NODE__ANNOTATIONS_FILE", path);
}

bool held(const Pod& pod) {
  return wait_probe(pod, "/readyz", 503, "held") && pod.server_pid() == 0;
}

bool over(const Pod& pod, const std::string& how) {
  return wait_until([&] { return said(pod, "hold_over how=\"" + how + "\""); });
}

/// A BE beside one FE without an agent.
struct HeldBe {
  HeldBe() : fe(bare_fe(net, 0)) { up = found(fe); }
  bool serve() {
    be.start();
    return net.wait_worker("be", 0) && wait_settled(be);
  }
  std::string id() { return row_cell(net, kBackends, be.fqdn(), "BackendId"); }
  PodNet net{{.fe_count = 1}};
  srsim::SimNode fe;
  Pod& be{net.be(0)};
  bool up = false;
};

TEST(S71_Hold, OfACrashLoopingServerByAnnotationComesBeforeEverythingElse) {
  HeldBe lab;
  ASSERT_TRUE(lab.up);
  const auto script = read_text(lab.be.home() + "/bin/start_be.sh");
  replace_script(
      lab.be, "be", "#!/bin/sh\necho started >> " + root_of(lab.be) + "/starts\nexit 9\n");
  lab.be.start();
  ASSERT_EQ(lab.be.wait_exit(), 9);
  annotate(lab.be,
           "kubernetes.io/config.seen=\"now\"\n"
           "sr-agent.starrocks.com/run-mode=\"debug\"\n"
           "sr-agent.starrocks.com/run-mode-author=\"ann\"\n"
           "sr-agent.starrocks.com/run-mode-reason=\"the \\\"core\\\" is copied\"\n");
  const auto statements_before = statements(lab.net.fe(0), lab.be).size();
  lab.be.start();
  EXPECT_TRUE(held(lab.be)) << lab.be.console();
  EXPECT_EQ(probe(lab.be, "/livez"), 200);
  const auto status = status_of(lab.be);
  EXPECT_EQ(status["reason"], "held");
  EXPECT_EQ(status["hold"]["source"], "annotation");
  EXPECT_EQ(status["hold"]["author"], "ann");
  EXPECT_EQ(status["hold"]["reason"], "the \"core\" is copied");
  EXPECT_TRUE(detail_has(lab.be, "sr-agent resume"));
  EXPECT_TRUE(looks_on(lab.be));
  EXPECT_EQ(read_text(root_of(lab.be) + "/starts"), "started\n") << "the container before this one";
  EXPECT_EQ(statements(lab.net.fe(0), lab.be).size(), statements_before);
  EXPECT_EQ(rows(lab.net, kBackends, lab.be.fqdn()), 0);

  replace_script(lab.be, "be", script);
  const auto [code, text] = lab.be.verb({"resume"});
  EXPECT_EQ(code, 0) << text;
  EXPECT_TRUE(lab.net.wait_worker("be", 0)) << lab.be.console();
  EXPECT_TRUE(wait_settled(lab.be));
  lab.be.signal(SIGTERM);
  EXPECT_EQ(lab.be.wait_exit(), 143);
  EXPECT_TRUE(lab.serve()) << "the annotation still stands, and was answered";
}

TEST(S71_Hold, OfARunningBeDrainsItAndOutlivesTheContainer) {
  HeldBe lab;
  ASSERT_TRUE(lab.up && lab.serve());
  const auto id = lab.id();
  const auto [code, text] =
      lab.be.verb({"hold", "--for", "1h", "--author", "ann", "--reason", "disk is\ncopied"});
  EXPECT_EQ(code, 0) << text;
  EXPECT_TRUE(held(lab.be)) << lab.be.console();
  EXPECT_NE(lab.be.file("log/be.INFO").find("BE exited successfully"), std::string::npos);
  EXPECT_EQ(status_of(lab.be)["hold"]["reason"], "disk is copied");
  EXPECT_EQ(lab.be.verb({"drain", "--cancel"}).first, 1) << "it is held, not drained";
  EXPECT_EQ(lab.be.verb({"drain"}).first, 1) << "there is nothing to drain";
  const auto starts = server_starts(lab.be);
  const auto until = status_of(lab.be)["hold"]["until"];
  lab.be.signal(SIGTERM);
  EXPECT_EQ(lab.be.wait_exit(), 143) << lab.be.console();
  lab.be.start();
  EXPECT_TRUE(held(lab.be)) << lab.be.console();
  EXPECT_EQ(status_of(lab.be)["hold"]["until"], until);
  EXPECT_EQ(status_of(lab.be)["hold"]["author"], "ann");
  EXPECT_TRUE(looks_on(lab.be));
  EXPECT_EQ(server_starts(lab.be), starts);
  EXPECT_EQ(lab.be.verb({"resume"}).first, 0);
  EXPECT_TRUE(wait_settled(lab.be)) << lab.be.console();
  EXPECT_EQ(lab.id(), id);
  EXPECT_EQ(status_of(lab.be)["hold"], nullptr);
  EXPECT_NE(lab.be.verb({"resume"}).second.find("not held"), std::string::npos);
}

TEST(S71_Hold, AnAnnotationIsSeenWithoutARestartAndItsRemovalIsTheResume) {
  HeldBe lab;
  annotate(lab.be, "a=\"b\"\n");
  ASSERT_TRUE(lab.up && lab.serve());
  annotate(lab.be, "sr-agent.starrocks.com/run-mode=\"hold\"\n");
  EXPECT_TRUE(held(lab.be)) << lab.be.console();
  fs::rename(root_of(lab.be) + "/podinfo", root_of(lab.be) + "/away");
  fs::create_directory(root_of(lab.be) + "/podinfo");
  EXPECT_TRUE(looks_on(lab.be));
  EXPECT_TRUE(held(lab.be)) << "what cannot be read takes nothing back";
  fs::remove(root_of(lab.be) + "/podinfo");
  annotate(lab.be, "a=\"b\"\n");
  EXPECT_TRUE(over(lab.be, "what asked for it is gone")) << lab.be.console();
  EXPECT_TRUE(wait_settled(lab.be));
}

TEST(S71_Hold, WhatAskedForItIsUnreadableAtTheNextStartAndItStays) {
  HeldBe lab;
  annotate(lab.be, "sr-agent.starrocks.com/run-mode=\"hold\"\n");
  ASSERT_TRUE(lab.up);
  lab.be.start();
  ASSERT_TRUE(held(lab.be)) << lab.be.console();
  lab.be.signal(SIGTERM);
  ASSERT_EQ(lab.be.wait_exit(), 143);
  fs::remove(root_of(lab.be) + "/podinfo");
  fs::create_directory(root_of(lab.be) + "/podinfo");
  lab.be.start();
  EXPECT_TRUE(held(lab.be)) << lab.be.console();
  EXPECT_TRUE(looks_on(lab.be));
  EXPECT_EQ(lab.be.server_pid(), 0);
}

TEST(S71_Hold, TakenBackWhileAServerRunsThatAPersonStartedItWaitsForThatToEnd) {
  HeldBe lab;
  annotate(lab.be, "a=\"b\"\n");
  ASSERT_TRUE(lab.up && lab.serve());
  annotate(lab.be, "sr-agent.starrocks.com/run-mode=\"hold\"\n");
  ASSERT_TRUE(held(lab.be)) << lab.be.console();
  const auto starts = server_starts(lab.be);
  ASSERT_EQ(lab.be.command({lab.be.home() + "/bin/start_be.sh", "--daemon"}).first, 0);
  ASSERT_TRUE(wait_until([&] { return lab.be.server_pid() > 0; }));
  const auto by_hand = lab.be.server_pid();
  ASSERT_TRUE(wait_until([&] { return !status_of(lab.be)["hold"]["strange_server"].is_null(); }));
  annotate(lab.be, "a=\"b\"\n");
  EXPECT_TRUE(wait_until([&] { return detail_has(lab.be, "what asked for it is gone, and"); }))
      << lab.be.console();
  EXPECT_TRUE(looks_on(lab.be));
  EXPECT_EQ(lab.be.server_pid(), by_hand);
  EXPECT_EQ(server_starts(lab.be), starts + 1);
  ::kill(by_hand, SIGKILL);
  EXPECT_TRUE(wait_settled(lab.be)) << lab.be.console();
}

TEST(S71_Hold, APersonInsideStartsTheServerByRunServer) {
  HeldBe lab;
  ASSERT_TRUE(lab.up && lab.serve());
  EXPECT_EQ(lab.be.verb({"hold", "--author", "ann"}).first, 0) << lab.be.console();
  ASSERT_TRUE(held(lab.be)) << lab.be.console();
  const pid_t person = lab.be.start_beside({agent_program(), "run-server", "be"});
  ASSERT_TRUE(wait_until([&] { return lab.be.server_pid() > 0; }))
      << read_text(root_of(lab.be) + "/console-beside");
  EXPECT_TRUE(wait_until([&] { return !status_of(lab.be)["hold"]["strange_server"].is_null(); }));
  const auto [code, text] = lab.be.verb({"run-server", "be"});
  EXPECT_EQ(code, 41) << "one server is enough: " << text;
  ::kill(person, SIGTERM);
  lab.be.kill_server();
  int ended = 0;
  EXPECT_EQ(::waitpid(person, &ended, 0), person);
  ASSERT_TRUE(wait_until([&] { return status_of(lab.be)["hold"]["strange_server"].is_null(); }));
  EXPECT_EQ(lab.be.verb({"resume"}).first, 0);
  EXPECT_TRUE(wait_settled(lab.be)) << lab.be.console();
}

/// Status and body of GET on the port of the server, whoever answers there.
std::string on_server_port(const Pod& pod, const std::string& path) {
  return pod
      .command({"/usr/bin/curl",
                "-s",
                "--max-time",
                "2",
                "-w",
                " %{http_code}",
                "http://" + pod.ip() + ":8040" + path})
      .second;
}

TEST(S71_Hold, WhereThatIsChosenTheAgentAnswersInTheServersPlaceAndLeavesItsPortInTime) {
  HeldBe lab;
  ASSERT_TRUE(lab.up);
  lab.be.set_env("SR_AGENT_POLICY__HOLD_STAND_IN", "true");
  ASSERT_TRUE(lab.serve());
  EXPECT_EQ(on_server_port(lab.be, "/api/health").find("HELD"), std::string::npos);
  ASSERT_EQ(lab.be.verb({"hold", "--reason", "a look"}).first, 0);
  ASSERT_TRUE(held(lab.be)) << lab.be.console();
  EXPECT_TRUE(wait_until([&] {
    const auto answer = on_server_port(lab.be, "/api/health");
    return answer.find("HELD") != std::string::npos && answer.ends_with(" 200");
  })) << lab.be.console();
  EXPECT_TRUE(on_server_port(lab.be, "/metrics").ends_with(" 503"));
  EXPECT_TRUE(looks_on(lab.be));
  EXPECT_TRUE(held(lab.be)) << "its own answer is no server's";
  lab.be.signal(SIGTERM);
  ASSERT_EQ(lab.be.wait_exit(), 143);
  lab.be.start();
  EXPECT_TRUE(wait_until([&] { return on_server_port(lab.be, "/api/health").ends_with(" 200"); }))
      << "in the next container as well: " << lab.be.console();
  ASSERT_EQ(lab.be.verb({"resume"}).first, 0);
  EXPECT_TRUE(wait_settled(lab.be)) << lab.be.console();
  EXPECT_EQ(on_server_port(lab.be, "/api/health").find("HELD"), std::string::npos);
}

TEST(S71_Hold, WithoutThatChoiceNobodyAnswersInTheServersPlace) {
  HeldBe lab;
  lab.be.set_env("COMPONENT_NAME", "be");
  ASSERT_TRUE(lab.up && lab.serve());
  ASSERT_EQ(lab.be.verb({"hold"}).first, 0);
  ASSERT_TRUE(held(lab.be)) << lab.be.console();
  EXPECT_TRUE(looks_on(lab.be));
  EXPECT_TRUE(on_server_port(lab.be, "/api/health").ends_with(" 000"));
  EXPECT_TRUE(detail_has(lab.be, "readinessProbeFailureSeconds to 0, or policy.hold_stand_in"))
      << "which the kubelet asks: " << lab.be.status("detail");
}

TEST(S71_Hold, AServerThatAPersonStartsGetsItsPort) {
  HeldBe lab;
  ASSERT_TRUE(lab.up);
  lab.be.set_env("SR_AGENT_POLICY__HOLD_STAND_IN", "true");
  lab.be.set_env("SR_AGENT_POLICY__HOLD", "true");
  lab.be.set_env("SR_SIM_BE_START_MS", "10000");  // real ones take longer than a tenth of that
  lab.be.start();
  ASSERT_TRUE(wait_until([&] { return on_server_port(lab.be, "/api/health").ends_with(" 200"); }))
      << lab.be.console();
  ASSERT_EQ(lab.be.command({lab.be.home() + "/bin/start_be.sh", "--daemon"}).first, 0);
  EXPECT_TRUE(wait_until([&] {
    const auto answer = on_server_port(lab.be, "/api/health");
    return answer.find("HELD") == std::string::npos && answer.ends_with(" 200");
  })) << lab.be.console();
  ::kill(lab.be.server_pid(), SIGKILL);
}

TEST(S71_Hold, ANewBeIsNotStartedAndRegisteredByTheClock) {
  HeldBe lab;
  ASSERT_TRUE(lab.up);
  write_text(root_of(lab.be) + "/hold", "for=1s\n");
  lab.be.set_env("SR_AGENT_POLICY__HOLD_FILE", root_of(lab.be) + "/hold");
  lab.be.start();
  EXPECT_TRUE(wait_until([&] { return detail_has(lab.be, "no member to resume"); }))
      << lab.be.console();
  EXPECT_EQ(rows(lab.net, kBackends, lab.be.fqdn()), 0);
}

TEST(S71_Hold, TheEndOfOneLeavesAnotherWishInForce) {
  HeldBe lab;
  annotate(lab.be, "a=\"b\"\n");
  ASSERT_TRUE(lab.up && lab.serve());
  EXPECT_EQ(lab.be.verb({"hold", "--for", "15s"}).first, 0) << lab.be.console();
  const auto starts = server_starts(lab.be);
  write_text(root_of(lab.be) + "/podinfo", "sr-agent.starrocks.com/run-mode=\"hold\"\n");
  EXPECT_TRUE(over(lab.be, "its time is over")) << lab.be.console();
  EXPECT_TRUE(wait_until([&] { return status_of(lab.be)["hold"]["source"] == "annotation"; }));
  EXPECT_EQ(server_starts(lab.be), starts) << "no server in between";
}

TEST(S71_Hold, WorksWhileNoFeAnswers) {
  HeldBe lab;
  ASSERT_TRUE(lab.up && lab.serve());
  const auto id = lab.id();
  lab.fe.kill_now();
  const auto [code, text] = lab.be.verb({"hold"});
  EXPECT_EQ(code, 0) << text << lab.be.console();
  EXPECT_TRUE(held(lab.be)) << lab.be.console();
  EXPECT_EQ(lab.be.verb({"resume"}).first, 0);
  EXPECT_TRUE(wait_healthy(lab.be)) << lab.be.console();
}

/// Where nobody leads, an FE cannot know whether the others are a majority without it.
TEST(S71_Hold, WithAllFesDownOneIsHeldByAnnotationAndNoneFoundsAnew) {
  FeGroup group{"3.5.7"};
  ASSERT_TRUE(group.up && group.leader >= 0);
  const auto id = group.net.cluster_ids_on_disk();
  ASSERT_EQ(id.size(), 1U);
  for (Pod* fe : {&group.led(), &group.other(), &group.third()})
    fe->kill_container();
  auto& fe = group.other();
  annotate(fe, "sr-agent.starrocks.com/run-mode=\"debug\"\n");
  const auto starts = helpers_of_starts(fe).size();
  fe.start();
  EXPECT_TRUE(held(fe)) << fe.console();
  EXPECT_TRUE(looks_on(fe));
  EXPECT_EQ(helpers_of_starts(fe).size(), starts) << "no server was started";
  annotate(fe, "");
  EXPECT_TRUE(wait_until([&] { return fe.server_pid() > 0; })) << fe.console();
  const auto server = fe.server_pid();
  const auto [code, text] = fe.verb({"hold"});
  EXPECT_EQ(code, 40) << text << fe.console();
  EXPECT_EQ(fe.server_pid(), server) << "its majority is not known";
  group.led().start();
  group.third().start();
  EXPECT_TRUE(group.net.wait_frontends(3)) << fe.console();
  EXPECT_EQ(group.net.cluster_ids_on_disk(), id);
}

TEST(S71_Expiry, AnFeWhoseVersionFileWasChangedMeanwhileIsNotStarted) {
  FeGroup group{"3.5.7"};
  ASSERT_TRUE(group.up && group.leader >= 0);
  auto& fe = group.other();
  EXPECT_EQ(fe.verb({"hold", "--for", "15s"}).first, 0) << fe.console();
  ASSERT_TRUE(held(fe)) << fe.console();
  const auto path = fe.meta() + "/image/VERSION";
  auto text = read_text(path);
  const auto at = text.find("clusterId=");
  ASSERT_NE(at, std::string::npos) << text;
  text.replace(at, text.find('\n', at) - at, "clusterId=4711");
  write_text(path, text);
  EXPECT_TRUE(wait_until([&] { return detail_has(fe, "changed during hold"); })) << fe.console();
  EXPECT_TRUE(looks_on(fe));
  EXPECT_TRUE(held(fe)) << fe.console();
}

TEST(S71_Hold, OfAnFeThatTheMajorityNeedsIsRefusedAndForced) {
  FeGroup group{"3.5.7"};
  ASSERT_TRUE(group.up && group.leader >= 0);
  group.third().kill_container();
  ASSERT_TRUE(wait_until([&] {
    return srsim::cell(group.net.frontends(group.leader).row("IP", group.third().fqdn()),
                       "Alive") == "false";
  }));
  auto& fe = group.other();
  const auto server = fe.server_pid();
  const auto [code, text] = fe.verb({"hold"});
  EXPECT_EQ(code, 30) << text << fe.console();
  EXPECT_EQ(fe.server_pid(), server);
  EXPECT_TRUE(wait_until([&] { return status_of(fe)["hold"] == nullptr; }));
  EXPECT_TRUE(looks_on(fe));
  EXPECT_EQ(fe.server_pid(), server) << "it is not tried again";

  const auto [forced, words] = fe.verb({"hold", "--force"});
  EXPECT_TRUE(forced == 0 || forced == 10) << words << fe.console();
  EXPECT_TRUE(held(fe)) << fe.console();
  EXPECT_EQ(fe.verb({"resume"}).first, 0);
  group.third().start();
  EXPECT_TRUE(group.net.wait_frontends(3)) << fe.console();
  EXPECT_EQ(group.net.cluster_ids_on_disk().size(), 1U);
}

TEST(S71_Expiry, AMemberStartsAgainAsWhatItWas) {
  FeGroup group{"3.5.7"};
  ASSERT_TRUE(group.up && group.leader >= 0);
  auto& fe = group.other();
  EXPECT_EQ(fe.verb({"hold", "--for", "2s"}).first, 0) << fe.console();
  EXPECT_TRUE(over(fe, "its time is over")) << fe.console();
  EXPECT_TRUE(group.net.wait_frontends(3)) << fe.console();
  EXPECT_TRUE(wait_until([&] { return decisions_of(fe).back() == "5 Resume"; })) << fe.console();
}

TEST(S71_Expiry, NothingIsFoundedInAHoldNorAtItsEnd) {
  PodNet net({.fe_count = 1, .all_names = false});
  net.serve_name("fe", 0, true);
  auto& fe = net.fe(0);
  const auto path = root_of(fe) + "/hold";
  write_text(path, "a volume is looked for\nfor=1s\nauthor=ann\n");
  fe.set_env("SR_AGENT_POLICY__HOLD_FILE", path);
  fe.start();
  EXPECT_TRUE(held(fe)) << fe.console();
  EXPECT_TRUE(wait_until([&] { return detail_has(fe, "no member to resume"); })) << fe.console();
  EXPECT_EQ(status_of(fe)["hold"]["reason"], "a volume is looked for");
  EXPECT_EQ(status_of(fe)["hold"]["author"], "ann");
  EXPECT_TRUE(looks_on(fe));
  const auto [code, text] = fe.verb({"run-server", "fe"});
  EXPECT_EQ(code, 40) << text;
  EXPECT_NE(text.find("in a hold nothing is founded or joined"), std::string::npos) << text;
  EXPECT_FALSE(has_metadata(fe));
  EXPECT_EQ(fe.verb({"resume"}).first, 0);
  EXPECT_TRUE(wait_sealed(fe)) << "a person looked: now its rules count. " << fe.console();
}

TEST(S71_Expiry, DataThatWasChangedMeanwhileIsNotStarted) {
  HeldBe lab;
  ASSERT_TRUE(lab.up && lab.serve());
  EXPECT_EQ(lab.be.verb({"hold", "--for", "12s"}).first, 0) << lab.be.console();
  write_text(lab.be.home() + "/storage/cluster_id", "4711-token\n");
  EXPECT_TRUE(wait_until([&] { return detail_has(lab.be, "changed during hold"); }))
      << lab.be.console();
  EXPECT_TRUE(detail_has(lab.be, "4711"));
  EXPECT_TRUE(looks_on(lab.be));
  EXPECT_TRUE(held(lab.be));
}

TEST(S71_Expiry, AServerThatAPersonStartedIsNotJoinedByAnother) {
  HeldBe lab;
  ASSERT_TRUE(lab.up && lab.serve());
  EXPECT_EQ(lab.be.verb({"hold", "--for", "12s"}).first, 0) << lab.be.console();
  ASSERT_TRUE(held(lab.be));
  const auto starts = server_starts(lab.be);
  const auto [code, text] = lab.be.command({lab.be.home() + "/bin/start_be.sh", "--daemon"});
  ASSERT_EQ(code, 0) << text;
  ASSERT_TRUE(wait_until([&] { return lab.be.server_pid() > 0; }));
  const auto by_hand = lab.be.server_pid();
  EXPECT_TRUE(wait_until([&] {
    return detail_has(lab.be, "its time is over and it goes on: a server runs");
  })) << lab.be.console();
  EXPECT_EQ(status_of(lab.be)["server"]["running"], false);
  EXPECT_EQ(server_starts(lab.be), starts + 1);
  const auto [busy, why] = lab.be.verb({"resume"});
  EXPECT_EQ(busy, 41) << why;
  EXPECT_NE(why.find(std::to_string(by_hand)), std::string::npos) << why;
  ::kill(by_hand, SIGKILL);
  ASSERT_TRUE(wait_until([&] { return lab.be.verb({"resume"}).first == 0; }));
  EXPECT_TRUE(wait_settled(lab.be)) << lab.be.console();
}

TEST(S71_CrashLoop, IsReportedOverContainersAndHeldOnlyWhereThatIsWanted) {
  HeldBe lab;
  ASSERT_TRUE(lab.up);
  replace_script(lab.be, "be", "#!/bin/sh\nexit 9\n");
  lab.be.set_env("SR_AGENT_RESTART__MAX_IN_WINDOW", "2");
  lab.be.set_env("SR_AGENT_RESTART__WINDOW_S", "3600");
  for (int i = 0; i < 2; ++i) {
    lab.be.start();
    ASSERT_EQ(lab.be.wait_exit(), 9);
    EXPECT_EQ(lab.be.termination_message().find("crash_loop"), std::string::npos);
  }
  lab.be.start();
  ASSERT_EQ(lab.be.wait_exit(), 9);
  EXPECT_NE(lab.be.termination_message().find("crash_loop"), std::string::npos)
      << lab.be.termination_message();
  lab.be.set_env("SR_AGENT_RESTART__CRASH_LOOP", "hold");
  lab.be.start();
  EXPECT_TRUE(held(lab.be)) << lab.be.console();
  EXPECT_EQ(status_of(lab.be)["hold"]["source"], "crash_loop");
  EXPECT_TRUE(lab.be.running());
  EXPECT_EQ(probe(lab.be, "/livez"), 200);
}

TEST(S71_Hold, OfAStartThatWasAskedForBySettingHasNoAgentBeforeIt) {
  HeldBe lab;
  ASSERT_TRUE(lab.up);
  lab.be.set_env("SR_AGENT_POLICY__HOLD", "true");
  lab.be.set_env("SR_AGENT_POLICY__HOLD_REASON", "first look");
  fs::remove_all(lab.be.home() + "/conf");
  lab.be.start();
  EXPECT_TRUE(held(lab.be)) << "before the conf file is read. " << lab.be.console();
  EXPECT_EQ(status_of(lab.be)["hold"]["source"], "setting");
  const auto [code, text] = lab.be.verb({"status"});
  EXPECT_EQ(code, 0);
  EXPECT_NE(text.find("first look"), std::string::npos) << text;
  EXPECT_EQ(lab.be.verb({"drain"}).first, 3) << "there is no part of the node yet";
  lab.be.signal(SIGTERM);
  EXPECT_EQ(lab.be.wait_exit(), 143) << lab.be.console();
}

}  // namespace
}  // namespace podlab
