#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "dropin_lab.h"
#include "fe_lab.h"
#include "leave_lab.h"
#include "namespace_lab.h"
#include "worker_lab.h"

/// CONFIGMAP_MOUNT_PATH: the files of a mounted ConfigMap as links in conf/. S68, S65.
namespace podlab {
namespace {

namespace fs = std::filesystem;
using srsim::SimNode;

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(folder))
    out.push_back(entry.path().filename().string());
  std::sort(out.begin(), out.end());
  return out;
}

TEST(S68_ConfigMapLinking, LinksAsTheStockScriptsDoAndKeepsTheFirstBackupOverManyStarts) {
  OperatorNet net;
  auto& fe = net.fe(0);
  as_operator(fe);
  const auto mount = config_map(fe, {{"fe.conf", chart_conf()}, {"core-site.xml", "<x/>"}});
  fe.set_env("CONFIGMAP_MOUNT_PATH", mount);
  const auto conf = fe.home() + "/conf";
  const auto stock = fe.file("conf/fe.conf");
  const auto before = names_in(conf);
  for (int start = 0; start < 3; ++start) {
    start_as_operator(fe, "fe");
    ASSERT_TRUE(net.wait_frontends(1)) << fe.console();
    EXPECT_EQ(target_of(conf + "/fe.conf"), mount + "/fe.conf");
    EXPECT_EQ(target_of(conf + "/core-site.xml"), mount + "/core-site.xml");
    EXPECT_EQ(fe.file("conf/fe.conf.bak"), stock) << "the image's own, after any number of starts";
    EXPECT_EQ(srsim::cell(net.frontends(0).row("IP", fe.fqdn()), "EditLogPort"), "19010");
    EXPECT_EQ(read_text(mount + "/fe.conf"), chart_conf()) << "nothing is appended";
    EXPECT_EQ(names_in(conf).size(), before.size() + 2) << "no dot name, nothing left over";
    fe.kill_container();
  }
  const auto console = fe.console();
  const auto first = console.find("conf_linked");
  ASSERT_NE(first, std::string::npos);
  const auto second = console.find("conf_linked", first + 1);
  EXPECT_EQ(console.find("conf_linked", second + 1), std::string::npos) << "right ones are left";
}

TEST(S68_ConfigMapLinking, ConsoleModeOfAnOldScriptCopiesTheLinkAndTheNextStartLinksAgain) {
  OperatorNet net{1, "3.2.5"};
  auto& fe = net.fe(0);
  as_operator(fe);
  const auto mount = config_map(fe, {{"fe.conf", chart_conf()}});
  fe.set_env("CONFIGMAP_MOUNT_PATH", mount);
  for (int start = 0; start < 2; ++start) {
    start_as_operator(fe, "fe");
    ASSERT_TRUE(net.wait_frontends(1)) << fe.console();
    fe.kill_container();
    // As start_fe.sh does with a ConfigMap that it may not write; root may write every file.
    fs::rename(fe.home() + "/conf/fe.conf", fe.home() + "/conf/fe.conf.readonly");
    write_text(fe.home() + "/conf/fe.conf", chart_conf() + "sys_log_to_console = true\n");
  }
  start_as_operator(fe, "fe");
  ASSERT_TRUE(net.wait_frontends(1)) << fe.console();
  EXPECT_EQ(target_of(fe.home() + "/conf/fe.conf"), mount + "/fe.conf");
  EXPECT_EQ(fe.file("conf/fe.conf.bak").find("sys_log_to_console"), std::string::npos);
}

TEST(S68_ConfigMapLinking, AMountThatIsMissingIsToldAndTheOwnConfIsUsed) {
  OperatorNet net;
  auto& be = net.be(0);
  as_operator(be);
  be.set_env("CONFIGMAP_MOUNT_PATH", root_of(be) + "/nowhere");
  start_as_operator(be, "be");
  EXPECT_TRUE(wait_healthy(be)) << be.console();
  EXPECT_NE(be.console().find("no such folder"), std::string::npos) << be.console();
}

/// Where a link is wanted stands a folder, and so does one where that could be moved to.
struct FolderInTheWay {
  FolderInTheWay() {
    as_operator(be);
    be.set_env("CONFIGMAP_MOUNT_PATH", config_map(be, {{"hadoop_env.sh", "export X=1\n"}}));
    fs::create_directories(path);
    fs::create_directories(path + ".bak");
  }
  OperatorNet net{};
  Pod& be{net.be(0)};
  const std::string path{be.home() + "/conf/hadoop_env.sh"};
};

TEST(S68_ConfigMapLinking, AFolderInTheWayIsToldWithItsPathAndHealsByItself) {
  FolderInTheWay lab;
  auto& be = lab.be;
  const auto& path = lab.path;
  start_as_operator(be, "be");
  ASSERT_TRUE(be.wait_reason("path_not_writable")) << be.console();
  EXPECT_NE(be.status("detail").find(path), std::string::npos) << be.status("detail");
  EXPECT_EQ(be.server_pid(), 0);
  fs::remove(path + ".bak");
  EXPECT_TRUE(wait_healthy(be)) << be.console();
  EXPECT_NE(target_of(path), "no link");
}

/// The status of a refusal, with the path in the container's last words.
void expect_exit_73(Pod& be, const std::string& path) {
  be.set_env("SR_AGENT_ON_REFUSAL", "exit");
  start_as_operator(be, "be");
  EXPECT_EQ(be.wait_exit(), 73) << be.console();
  const auto words = be.termination_message();
  EXPECT_NE(words.find("path_not_writable"), std::string::npos) << words;
  EXPECT_NE(words.find(path), std::string::npos) << words;
  EXPECT_EQ(server_starts(be), 0);
}

TEST(S68_ConfigMapLinking, AFolderInTheWayEndsWith73WhereRefusalsExitAndIsLeftAlone) {
  FolderInTheWay lab;
  auto& be = lab.be;
  const auto& path = lab.path;
  const auto before = names_in(be.home() + "/conf");
  expect_exit_73(be, path);
  EXPECT_EQ(names_in(be.home() + "/conf"), before);
  EXPECT_TRUE(fs::is_directory(path));
}

/// A mount needs a namespace; the file is bound over conf/NAME as a subPath file is.
class S68_SubPath : public NamespaceTest {};

TEST_F(S68_SubPath, AFileThatIsItselfAMountIsLeftAloneAndNoted) {
  OperatorNet net;
  auto& be = net.be(0);
  as_operator(be);
  be.set_env("CONFIGMAP_MOUNT_PATH", config_map(be, {{"be.conf", be.file("conf/be.conf")}}));
  const auto path = be.home() + "/conf/be.conf";
  const BoundFile bound{root_of(be) + "/etc/conf/..data/be.conf", path};
  start_as_operator(be, "be");
  EXPECT_TRUE(wait_healthy(be)) << be.console();
  EXPECT_EQ(target_of(path), "no link");
  EXPECT_FALSE(fs::exists(path + ".bak"));
  EXPECT_NE(be.console().find("is a mount of its own"), std::string::npos) << be.console();
}

class S65_ReadOnlyRoot : public NamespaceTest {};

TEST_F(S65_ReadOnlyRoot, IsOneLineWithPathAndUidWhereALinkIsNeededAndServesWhereItIsThere) {
  OperatorNet net;
  auto& be = net.be(0);
  as_operator(be);
  const auto mount = config_map(be, {{"be.conf", be.file("conf/be.conf")}});
  be.set_env("CONFIGMAP_MOUNT_PATH", mount);
  const auto conf = be.home() + "/conf";
  {
    const ReadOnly frozen{conf};
    start_as_operator(be, "be");
    ASSERT_TRUE(be.wait_reason("path_not_writable")) << be.console();
    const auto detail = be.status("detail");
    EXPECT_NE(detail.find(conf + "/be.conf: cannot be linked to " + mount), std::string::npos)
        << detail;
    EXPECT_NE(detail.find("(uid "), std::string::npos) << detail;
    EXPECT_EQ(be.server_pid(), 0);
    be.kill_container();
    expect_exit_73(be, conf + "/be.conf");
    be.unset_env("SR_AGENT_ON_REFUSAL");
  }
  start_as_operator(be, "be");
  ASSERT_TRUE(wait_healthy(be)) << be.console();
  be.kill_container();
  const ReadOnly frozen{conf};
  start_as_operator(be, "be");
  EXPECT_TRUE(wait_healthy(be)) << "links that are right need no writing: " << be.console();
}

TEST_F(S65_ReadOnlyRoot, ServesWhenTheConfFileNamesWritablePlaces) {
  OperatorNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  auto& be = net.be(0);
  as_operator(be);
  const auto root = root_of(be);
  const auto data = fs::path{root}.parent_path().string() + "/data-of-be";
  for (const std::string part : {"pid", "log", "udf", "storage", "run"})
    fs::create_directories(fs::path{data} / part);
  be.add_conf("PID_DIR = " + data + "/pid");
  be.add_conf("LOG_DIR = " + data + "/log");
  be.add_conf("sys_log_dir = " + data + "/log");
  be.add_conf("UDF_RUNTIME_DIR = " + data + "/udf");
  be.add_conf("storage_root_path = " + data + "/storage");
  be.set_env("SR_AGENT_NODE__RUNTIME_DIR", data + "/run");
  const ReadOnly frozen{root + "/be"};
  start_as_operator(be, "be");
  EXPECT_TRUE(net.wait_worker("be", 0)) << be.console();
  EXPECT_FALSE(said(be, "Read-only file system")) << be.console();
  be.signal(SIGTERM);
  EXPECT_EQ(be.wait_exit(), 143) << be.console();
}

}  // namespace
}  // namespace podlab
