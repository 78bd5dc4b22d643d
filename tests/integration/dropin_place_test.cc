#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "dropin_lab.h"
#include "fe_lab.h"
#include "leave_lab.h"
#include "worker_lab.h"

/// Containers that are not root. S65.
namespace podlab {
namespace {

namespace fs = std::filesystem;
using srsim::SimNode;

/// Hands the pod's root to a uid and starts its entrypoint with it, without any privilege.
void start_as(Pod& pod, const std::string& kind, unsigned uid) {
  const auto root = root_of(pod);
  fs::permissions(fs::path{root}.parent_path(), fs::perms{0755});
  const auto owner = std::to_string(uid) + ":" + std::to_string(uid);
  ASSERT_EQ(std::system(("chown -R " + owner + " " + root).c_str()), 0);
  const auto id = std::to_string(uid);
  pod.start_command({"/usr/bin/setpriv",
                     "--reuid=" + id,
                     "--regid=" + id,
                     "--clear-groups",
                     "--no-new-privs",
                     "--bounding-set=-all",
                     "--inh-caps=-all",
                     wrapper(pod, kind, "entrypoint"),
                     "kube-fe-service"});
}

TEST(S65_NonRoot, RunsAndServesAsUid1000AndAsAnyUid) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become another uid";
  OperatorNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  for (auto* pod : {&net.be(0), &net.be(1)})
    as_operator(*pod);
  start_as(net.be(0), "be", 1000);
  start_as(net.be(1), "be", 1'000'730'000);
  for (auto* pod : {&net.be(0), &net.be(1)}) {
    EXPECT_TRUE(net.wait_worker("be", pod == &net.be(0) ? 0 : 1)) << pod->console();
    EXPECT_FALSE(said(*pod, "Permission denied")) << pod->console();
    pod->signal(SIGTERM);
    EXPECT_EQ(pod->wait_exit(), 143) << pod->console();
  }
}

TEST(S65_NonRoot, LinksTheChartsConfigurationAsUid1000AndAsAnyUid) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become another uid";
  OperatorNet net;
  auto& fe = net.fe(0);
  auto& be = net.be(0);
  for (auto* pod : {&fe, &be})
    as_operator(*pod);
  const auto of_fe = config_map(fe, {{"fe.conf", chart_conf()}});
  const auto of_be = config_map(be, {{"be.conf", be.file("conf/be.conf")}});
  fe.set_env("CONFIGMAP_MOUNT_PATH", of_fe);
  be.set_env("CONFIGMAP_MOUNT_PATH", of_be);
  start_as(fe, "fe", 1000);
  ASSERT_TRUE(net.wait_frontends(1)) << fe.console();
  start_as(be, "be", 1'000'730'000);
  EXPECT_TRUE(net.wait_worker("be", 0)) << be.console();
  EXPECT_EQ(target_of(fe.home() + "/conf/fe.conf"), of_fe + "/fe.conf");
  EXPECT_EQ(target_of(be.home() + "/conf/be.conf"), of_be + "/be.conf");
  EXPECT_EQ(srsim::cell(net.frontends(0).row("IP", fe.fqdn()), "EditLogPort"), "19010");
  for (const auto* pod : {&fe, &be})
    EXPECT_FALSE(said(*pod, "Permission denied")) << pod->console();
}

TEST(S65_NonRoot, WhatCannotBeWrittenIsOneLineWithPathAndUid) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become another uid";
  OperatorNet net;
  auto& be = net.be(0);
  as_operator(be);
  const auto storage = be.home() + "/storage";
  const auto root = root_of(be);
  fs::permissions(fs::path{root}.parent_path(), fs::perms{0755});
  ASSERT_EQ(std::system(("chown -R 1000:1000 " + root).c_str()), 0);
  ASSERT_EQ(std::system(("chown 0:0 " + storage).c_str()), 0);
  be.start_command({"/usr/bin/setpriv",
                    "--reuid=1000",
                    "--regid=1000",
                    "--clear-groups",
                    wrapper(be, "be", "entrypoint"),
                    "kube-fe-service"});
  ASSERT_TRUE(be.wait_reason("path_not_writable")) << be.console();
  const auto detail = be.status("detail");
  EXPECT_NE(detail.find(storage), std::string::npos) << detail;
  EXPECT_NE(detail.find("uid 1000"), std::string::npos) << detail;
  EXPECT_EQ(be.server_pid(), 0);
}

}  // namespace
}  // namespace podlab
