#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "dropin_lab.h"
#include "fe_lab.h"
#include "worker_lab.h"

/// What a directory of stock container scripts does, and what the wrappers do in its place, by the
/// same test body: statements at the FE, the server's words, links and files, exit status. The
/// directory is the user's (`scripts/test --stock DIR`); without one the comparison itself is
/// tested.
namespace podlab {
namespace {

namespace fs = std::filesystem;
using srsim::SimNode;

/// A stock FE founds after 30 s or 120 s without an answer; a BE gives up after 60 s.
constexpr milliseconds kStockLimit{150000};

/// What is compared, each as text: a difference is then read at once.
using Traces = std::map<std::string, std::string>;

std::string stock_folder() {
  const char* folder = std::getenv("SRAGENT_STOCK");
  return folder == nullptr ? std::string{} : folder;
}

/// Statements that change something, whoever sent them; each once, since a script may repeat one.
std::string changes_at(const SimNode& fe) {
  std::set<std::string> seen;
  for (auto& [at, from, text] : audit_log(fe.file("log/fe.audit.log"))) {
    if (text.find("ALTER SYSTEM") == std::string::npos && text.find("CREATE ") != 0) continue;
    std::replace(text.begin(), text.end(), '\'', '"');
    text.erase(text.find_last_not_of("; \n") + 1);
    seen.insert(text);
  }
  std::string out;
  for (const auto& text : seen)
    out += text + "\n";
  return out;
}

/// What the start script handed to the server.
std::string options_of(const Pod& pod) {
  std::string out;
  const auto words = server_words(pod);
  for (const std::string name : {"-host_type", "-helper"}) {
    const auto at = words.find(name + " ");
    if (at != std::string::npos)
      out += words.substr(at, words.find(' ', at + name.size() + 1) - at) + "\n";
  }
  return out;
}

/// Links and backups in conf/.
std::string conf_of(const Pod& pod) {
  std::set<std::string> lines;
  for (const auto& entry : fs::directory_iterator(pod.home() + "/conf")) {
    const auto name = entry.path().filename().string();
    const auto target =
        fs::is_symlink(entry) ? fs::read_symlink(entry).filename().string() : "file";
    lines.insert(name + " -> " + target);
  }
  std::string out;
  for (const auto& line : lines)
    out += line + "\n";
  return out;
}

/// Rows of a BE or CN under its name or its address.
int listed(PodNet& net, const Pod& pod) {
  const auto* statement = pod.spec().kind == "be" ? kBackends : kComputeNodes;
  return rows(net, statement, pod.fqdn()) + rows(net, statement, pod.ip());
}

/// As as_operator(), with the scripts of this folder and what a container would give them.
void make(const std::string& scripts, OperatorNet& net, Pod& pod) {
  as_operator(pod);
  for (const auto& entry : fs::directory_iterator(scripts)) {
    if (entry.path().extension() != ".sh") continue;
    const auto script = fs::path{root_of(pod)} / entry.path().filename();
    fs::copy(entry.path(), script, fs::copy_options::overwrite_existing);
    fs::permissions(script, fs::perms{0755});
  }
  const auto path = root_of(pod) + "/path";
  for (const std::string name : {"hostname", "mysql"})
    fs::create_symlink(fs::path{SRAGENT_STOCK_PATH} / name, path + "/" + name);
  std::ofstream hosts{root_of(pod) + "/hosts"};
  for (int i = 0; i < 2; ++i)
    hosts << net.fe(i).ip() << " " << net.fe(i).fqdn() << " " << net.headless("fe") << "\n";
  pod.set_env("STOCK_HOSTS", root_of(pod) + "/hosts");
  const auto conf = pod.spec().kind + ".conf";
  const auto mount = config_map(pod, {{conf, pod.file("conf/" + conf)}, {"core-site.xml", "<x/>"}});
  pod.set_env("CONFIGMAP_MOUNT_PATH", mount);
}

/// A BE or CN comes up beside an FE, and is stopped by the hook.
Traces worker(const std::string& scripts, const std::string& kind) {
  OperatorNet net;
  SimNode fe(bare_fe(net, 0));
  EXPECT_TRUE(found(fe));
  auto& pod = kind == "be" ? net.be(0) : net.cn(0);
  make(scripts, net, pod);
  start_as_operator(pod, pod.spec().kind);
  EXPECT_TRUE(wait_until([&] { return listed(net, pod) == 1 && wait_healthy(pod); }, kStockLimit))
      << pod.console();
  Traces out{{"statements", changes_at(fe)}, {"conf", conf_of(pod)}};
  out["pid file"] = pod.server_pid() > 0 ? "names the server" : "does not";
  out["hook"] = std::to_string(hook(pod, wrapper(pod, kind, "prestop")).first);
  out["after the hook"] = pod.server_pid() == 0 ? "down" : "up";
  pod.kill_container();
  out["rows after the stop"] = std::to_string(listed(net, pod));
  return out;
}

Traces be(const std::string& scripts) {
  return worker(scripts, "be");
}

Traces cn(const std::string& scripts) {
  return worker(scripts, "cn");
}

std::string members(const SimNode& fe) {
  std::string out;
  const auto list = fe.sql("SHOW FRONTENDS");
  for (const auto& row : list.rows)
    out += srsim::cell(row, "IP") + " " + srsim::cell(row, "Role") + "\n";
  return out;
}

/// An FE joins one that leads, and starts again with what it has.
Traces joiner(const std::string& scripts) {
  OperatorNet net{2};
  SimNode first(bare_fe(net, 0));
  EXPECT_TRUE(found(first));
  auto& pod = net.fe(1);
  make(scripts, net, pod);
  const auto serves = [&] {
    return srsim::cell(first.sql("SHOW FRONTENDS").row("IP", pod.fqdn()), "Alive") == "true";
  };
  start_as_operator(pod, "fe");
  EXPECT_TRUE(wait_until(serves, kStockLimit)) << pod.console();
  Traces out{{"statements", changes_at(first)}, {"conf", conf_of(pod)}};
  out["options"] = options_of(pod);
  out["members"] = members(first);
  pod.kill_container();
  EXPECT_TRUE(wait_until([&] { return !serves(); }));
  start_as_operator(pod, "fe");
  EXPECT_TRUE(wait_until(serves, kStockLimit)) << pod.console();
  out["options with metadata"] = options_of(pod);
  out["statements with metadata"] = changes_at(first);
  return out;
}

/// No FE anywhere: the first one founds.
Traces founder(const std::string& scripts) {
  OperatorNet net;
  auto& pod = net.fe(0);
  make(scripts, net, pod);
  start_as_operator(pod, pod.spec().kind);
  EXPECT_TRUE(wait_until([&] { return pod.sql("SHOW FRONTENDS").rows.size() == 1; }, kStockLimit))
      << pod.console();
  return {{"options", options_of(pod)}, {"conf", conf_of(pod)}};
}

/// Without a service the script ends at once.
Traces no_service(const std::string& scripts) {
  Traces out;
  for (const std::string kind : {"fe", "be", "cn"}) {
    OperatorNet net;
    auto& pod = kind == "fe" ? net.fe(0) : kind == "be" ? net.be(0) : net.cn(0);
    make(scripts, net, pod);
    pod.unset_env("FE_SERVICE_NAME");
    start_wrapper(pod, kind, {});
    const auto code = pod.wait_exit().value_or(-1);
    EXPECT_EQ(code, 1) << pod.console();
    out[kind] = std::to_string(code);
  }
  return out;
}

/// The exit status of a server that ends by itself is the container's.
Traces crash(const std::string& scripts) {
  OperatorNet net;
  SimNode fe(bare_fe(net, 0));
  EXPECT_TRUE(found(fe));
  auto& pod = net.be(0);
  make(scripts, net, pod);
  start_as_operator(pod, pod.spec().kind);
  EXPECT_TRUE(net.wait_worker("be", 0)) << pod.console();
  control(pod, "/exit?code=7");
  return {{"exit", std::to_string(pod.wait_exit().value_or(-1))}};
}

struct Case {
  std::string name{};
  Traces (*run)(const std::string& scripts) = nullptr;
};

class DropIn_Stock : public testing::TestWithParam<Case> {};

TEST_P(DropIn_Stock, AndTheWrapperDoTheSame) {
  const auto folder = stock_folder();
  if (folder.empty()) GTEST_SKIP() << "scripts/test --stock DIR names the stock scripts";
  const auto stock = GetParam().run(folder);
  if (HasFailure()) FAIL() << "the stock scripts did not come that far in the lab";
  EXPECT_EQ(GetParam().run(SRAGENT_SCRIPTS), stock);
}

INSTANTIATE_TEST_SUITE_P(By,
                         DropIn_Stock,
                         testing::Values(Case{"Be", &be},
                                         Case{"Cn", &cn},
                                         Case{"Joiner", &joiner},
                                         Case{"Founder", &founder},
                                         Case{"NoService", &no_service},
                                         Case{"Crash", &crash}),
                         [](const auto& one) { return one.param.name; });

/// A directory whose scripts are ours but for what `before` does first.
std::string scripts_that(const std::string& folder, const std::string& before) {
  fs::create_directories(folder);
  for (const std::string name : {"fe", "be", "cn"}) {
    for (const std::string what : {"_entrypoint.sh", "_prestop.sh"}) {
      const auto script = fs::path{SRAGENT_SCRIPTS} / (name + what);
      write_text(folder + "/" + name + what,
                 "#!/bin/bash\n" + before + "\nexec " + script.string() + " \"$@\"\n");
      fs::permissions(folder + "/" + name + what, fs::perms{0755});
    }
  }
  return folder;
}

class DropIn_StockComparison : public testing::Test {
 protected:
  [[nodiscard]] std::string folder() const { return folder_ + "/scripts"; }

  OperatorNet net_{};
  std::string folder_{root_of(net_.be(2))};
};

TEST_F(DropIn_StockComparison, FindsNothingInScriptsThatDoTheSame) {
  EXPECT_EQ(joiner(scripts_that(folder(), ":")), joiner(SRAGENT_SCRIPTS));
}

TEST_F(DropIn_StockComparison, FindsAnotherNameInTheStatement) {
  const auto ours = be(SRAGENT_SCRIPTS);
  const auto other = be(scripts_that(folder(), "export HOST_TYPE=IP"));
  EXPECT_NE(other.at("statements"), ours.at("statements"));
  EXPECT_EQ(other.at("conf"), ours.at("conf"));
}

TEST_F(DropIn_StockComparison, FindsALinkThatIsMissing) {
  const auto ours = be(SRAGENT_SCRIPTS);
  const auto other = be(scripts_that(folder(), "unset CONFIGMAP_MOUNT_PATH"));
  EXPECT_NE(other.at("conf"), ours.at("conf"));
  EXPECT_EQ(other.at("statements"), ours.at("statements"));
}

}  // namespace
}  // namespace podlab
