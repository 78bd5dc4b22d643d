#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "worker_lab.h"

/// What the platform does to a node: passwords, late networks, other names, changed settings.
namespace podlab {
namespace {

namespace fs = std::filesystem;
using srsim::SimNode;

bool said(const Pod& pod, const std::string& part) {
  return wait_until([&] { return pod.console().find(part) != std::string::npos; });
}

TEST(S13_InitStep, ABeGetsTheLeaderOrNoFile) {
  PodNet net;
  Pod& be = net.be(0);
  const auto file = root_of(be) + "/decision";
  const std::vector<std::string> words{"init", "be", "kube-fe-service", "--write", file};
  EXPECT_EQ(be.verb(words).first, 40);
  EXPECT_FALSE(fs::exists(file));
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  const auto [code, text] = be.verb(words);
  EXPECT_EQ(code, 0) << text;
  const auto sourced = "[ \"$(. " + file + "; echo $FE_LEADER)\" = " + fe.name() + ":9030 ]";
  EXPECT_EQ(std::system(sourced.c_str()), 0) << text;
  EXPECT_EQ(net.fe(0).sql(kBackends).rows.size(), 0U);
}

TEST(S58_RootPasswordChanged, TheServerRunsAndTheRightFileHealsItWithoutARestart) {
  PodNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  Pod& be = net.be(0);
  const auto file = root_of(be) + "/password";
  write_text(file, "\n");
  be.set_env("SR_AGENT_SQL__PASSWORD_FILE", file);
  be.start();
  ASSERT_TRUE(net.wait_worker("be", 0)) << be.console();
  ASSERT_TRUE(fe.sql("SET PASSWORD = PASSWORD('Geheim-5')").ok);
  be.kill_container();
  be.start();
  EXPECT_TRUE(wait_healthy(be)) << be.console();
  EXPECT_TRUE(be.wait_reason("auth_failed")) << be.console();
  EXPECT_NE(be.status("detail").find("password tried: sql.password_file " + file),
            std::string::npos)
      << be.status("detail");
  fs::remove(file);  // and then it vanishes
  EXPECT_TRUE(said(be, "password_file_unreadable")) << be.console();
  EXPECT_TRUE(be.running());
  write_text(file, "Geheim-5\n");
  EXPECT_TRUE(wait_settled(be)) << be.console();
  EXPECT_EQ(server_starts(be), 2);
  for (const auto& text : {be.console(), be.agent("/v1/status"), be.termination_message()})
    EXPECT_EQ(text.find("Geheim"), std::string::npos) << text;
  be.signal(SIGTERM);
  EXPECT_EQ(be.wait_exit(), 143) << be.console();
}

TEST(S63_MeshComesLate, ABeServesAndGoesOnByItselfOnceNamesAndPortsAnswer) {
  PodNet net;
  net.dns().stop();
  Pod& be = net.be(0);
  be.start();
  EXPECT_TRUE(wait_healthy(be)) << be.console();
  SimNode fe(bare_fe(net, 0));
  fe.start();
  net.dns().start();
  ASSERT_TRUE(found(fe));
  EXPECT_TRUE(net.wait_worker("be", 0)) << be.console();
  EXPECT_EQ(server_starts(be), 1);
}

TEST(S69_Configuration, IsReloadedOnSighupAfterAFullCheckAndTheLastGoodSetStays) {
  PodNet net;
  Pod& be = net.be(0);
  const auto file = root_of(be) + "/agent.toml";
  write_text(file, "[log]\nlevel = \"info\"\n");
  be.set_env("SR_AGENT_CONFIG", file);
  be.add_conf("heartbeat_service_port = 19050");
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  be.start();
  ASSERT_TRUE(net.wait_worker("be", 0)) << be.console();
  EXPECT_EQ(row_cell(net, kBackends, be.fqdn(), "HeartbeatPort"), "19050");
  write_text(file, "[membership]\ncheck_interval_s = 30\n[dns]\ntries = 3\n");
  be.signal(SIGHUP);
  EXPECT_TRUE(said(be, "key=membership.check_interval_s effect=applied")) << be.console();
  EXPECT_TRUE(said(be, "key=dns.tries effect=\"restart needed\"")) << be.console();
  write_text(file, "[membership]\ncheck_interval_s = \"often\"\n");
  be.signal(SIGHUP);
  EXPECT_TRUE(said(be, "reload_refused")) << be.console();
  EXPECT_TRUE(be.running());
  EXPECT_EQ(be.console().find("http_asked"), std::string::npos);
  const std::string mistake = file + ":2: membership.check_interval_s: expected ";
  ASSERT_TRUE(wait_until([&] { return !status_of(be)["reload_refused"].is_null(); }));
  EXPECT_TRUE(status_of(be)["reload_refused"]["errors"][0].get<std::string>().starts_with(mistake))
      << status_of(be)["reload_refused"];
  for (const std::string verb : {"status", "peers", "explain"}) {  // by a file with a mistake
    const auto told = be.verb({verb});
    EXPECT_EQ(told.first, 0) << told.second;
    EXPECT_NE(told.second.find("warning: " + mistake), std::string::npos) << told.second;
    EXPECT_NE(told.second.find(be.fqdn()), std::string::npos) << told.second;
  }
  EXPECT_NE(be.verb({"status"}).second.find("config        change refused at 20"),
            std::string::npos);
  write_text(file, "[log]\nlevel = \"debug\"\n");
  be.signal(SIGHUP);
  EXPECT_TRUE(wait_until([&] { return status_of(be)["reload_refused"].is_null(); }));
  EXPECT_EQ(be.verb({"status"}).second.find("change refused"), std::string::npos);
  EXPECT_TRUE(said(be, "http_asked at=" + be.ip() + ":8040/api/health answer=200")) << be.console();
}

TEST(S69_Configuration, IsReloadedWhenTheFileChangesAlsoBehindALinkAndABadOneIsRefused) {
  PodNet net;
  Pod& be = net.be(0);
  // As a ConfigMap is mounted: the file is a link into a folder that a link names.
  const auto mount = root_of(be) + "/etc";
  for (const auto* version : {"one", "two", "three"})
    fs::create_directories(mount + "/" + version);
  write_text(mount + "/one/agent.toml", "[membership]\ncheck_interval_s = 60\n");
  write_text(mount + "/two/agent.toml", "[membership]\ncheck_interval_s = 31\n[dns]\ntries = 3\n");
  write_text(mount + "/three/agent.toml", "[membership]\ncheck_interval_s = \"often\"\n");
  fs::create_symlink("one", mount + "/..data");
  fs::create_symlink("..data/agent.toml", mount + "/agent.toml");
  const auto point_to = [&](const std::string& version) {
    fs::create_symlink(version, mount + "/..data_tmp");
    fs::rename(mount + "/..data_tmp", mount + "/..data");
  };
  be.set_env("SR_AGENT_CONFIG", mount + "/agent.toml");
  be.add_conf("be_http_port = 8041");
  be.add_conf("webserver_port = 8042");
  be.start();
  EXPECT_TRUE(wait_healthy(be, 8041)) << "the server's own rule decides: " << be.console();
  EXPECT_TRUE(said(be, "webserver_port = 8042")) << be.console();
  EXPECT_EQ(be.console().find("setting_changed"), std::string::npos);
  point_to("two");
  EXPECT_TRUE(said(be, "key=membership.check_interval_s effect=applied")) << be.console();
  EXPECT_TRUE(said(be, "key=dns.tries effect=\"restart needed\"")) << be.console();
  point_to("three");
  EXPECT_TRUE(said(be, "reload_refused")) << be.console();
  // The last good set stays: going back to it changes nothing, a third value does.
  write_text(mount + "/two/agent.toml", "[membership]\ncheck_interval_s = 32\n");
  point_to("two");
  EXPECT_TRUE(wait_until([&] {
    const auto text = be.console();
    const auto first = text.find("key=membership.check_interval_s");
    return text.find("key=membership.check_interval_s", first + 1) != std::string::npos;
  })) << be.console();
  fs::remove(mount + "/agent.toml");  // gone is no change
  EXPECT_TRUE(be.running());
  EXPECT_EQ(server_starts(be), 1);
}

TEST(S69_Configuration, AChangedConfFileOfTheServerIsToldByKeyAndRestartsNothing) {
  PodNet net;
  Pod& be = net.be(0);
  be.add_conf("starlet_port = 9071");
  be.start();
  ASSERT_TRUE(wait_healthy(be)) << be.console();
  const auto server = status_of(be)["server"]["pid"];
  const auto path = be.home() + "/conf/be.conf";
  fs::copy_file(path, path + ".before");
  be.add_conf("starlet_port = 9072");
  be.add_conf("aws_s3_secret_key = not-for-a-log");
  EXPECT_TRUE(said(be, "server_conf_changed key=starlet_port effect=\"restart needed\""))
      << be.console();
  EXPECT_TRUE(said(be, "server_conf_changed key=aws_s3_secret_key")) << be.console();
  EXPECT_TRUE(wait_until([&] {
    return status_of(be)["warnings"].dump().find(
               "restart needed: aws_s3_secret_key, starlet_port") != std::string::npos;
  })) << status_of(be).dump();
  EXPECT_EQ(be.console().find("not-for-a-log"), std::string::npos);
  EXPECT_EQ(be.console().find("key=be_port"), std::string::npos) << "what is as before is not told";
  fs::rename(path + ".before", path);
  EXPECT_TRUE(wait_until([&] {
    return status_of(be)["warnings"].dump().find("be.conf: changed") == std::string::npos;
  })) << status_of(be).dump();
  EXPECT_EQ(status_of(be)["server"]["pid"], server);
}

}  // namespace
}  // namespace podlab
