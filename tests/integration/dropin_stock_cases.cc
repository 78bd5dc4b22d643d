#include "dropin_stock_cases.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>

#include <gtest/gtest.h>

#include "dropin_lab.h"
#include "fe_lab.h"
#include "leave_lab.h"
#include "worker_lab.h"

namespace podlab {
namespace {

namespace fs = std::filesystem;
using srsim::SimNode;

/// A stock FE founds after 30 s or 120 s without an answer; a BE gives up after 60 s.
constexpr milliseconds kStockLimit{150000};

/// Statements that change something, whoever sent them; each once, since a script may repeat one.
/// Quotes around a name mean nothing.
std::string changes_at(const SimNode& fe) {
  std::set<std::string> seen;
  for (auto& [at, from, text] : audit_log(fe.file("log/fe.audit.log"))) {
    if (text.find("ALTER SYSTEM") == std::string::npos && text.find("CREATE ") != 0) continue;
    std::replace(text.begin(), text.end(), '\'', '"');
    std::erase(text, '`');
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
  for (int i = 0; i < 3; ++i)
    hosts << net.fe(i).ip() << " " << net.fe(i).fqdn() << " " << net.headless("fe") << "\n";
  pod.set_env("STOCK_HOSTS", root_of(pod) + "/hosts");
  const auto conf = pod.spec().kind + ".conf";
  const auto mount = config_map(pod, {{conf, pod.file("conf/" + conf)}, {"core-site.xml", "<x/>"}});
  pod.set_env("CONFIGMAP_MOUNT_PATH", mount);
}

/// An FE without process 1, for a pod of the scripts.
struct Beside {
  explicit Beside(const std::string& scripts, const std::string& kind, const std::string& version)
      : net(1, version), pod(kind == "be" ? net.be(0) : net.cn(0)) {
    fe.emplace(version == "main" ? warehouse_fe(net) : bare_fe(net, 0));
    EXPECT_TRUE(found(*fe));
    make(scripts, net, pod);
  }
  /// Sent its statements, and serves.
  bool up() {
    start_as_operator(pod, pod.spec().kind);
    const auto added = [&] {
      return changes_at(*fe).find("ALTER SYSTEM ADD") != std::string::npos;
    };
    return wait_until([&] { return added() && wait_healthy(pod) && pod.server_pid() > 0; },
                      kStockLimit);
  }
  OperatorNet net;
  Pod& pod;
  std::optional<SimNode> fe{};
};

/// A BE or CN comes up beside an FE, and is stopped by the hook.
Traces worker(const std::string& scripts, const std::string& kind) {
  Beside lab{scripts, kind, "3.5.7"};
  auto& pod = lab.pod;
  EXPECT_TRUE(lab.up() && wait_until([&] { return listed(lab.net, pod) == 1; })) << pod.console();
  Traces out{{"statements", changes_at(*lab.fe)}, {"conf", conf_of(pod)}};
  out["hook"] = std::to_string(hook(pod, wrapper(pod, kind, "prestop")).first);
  out["after the hook"] = pod.server_pid() == 0 ? "down" : "up";
  pod.kill_container();
  out["rows after the stop"] = std::to_string(listed(lab.net, pod));
  return out;
}

Traces be(const std::string& scripts) {
  return worker(scripts, "be");
}

Traces cn(const std::string& scripts) {
  return worker(scripts, "cn");
}

/// Two labs may have addresses of different nets.
std::string without_address(std::string text, const std::string& address) {
  for (auto at = text.find(address); at != std::string::npos; at = text.find(address))
    text.replace(at, address.size(), "ADDRESS");
  return text;
}

/// HOST_TYPE is not set: a BE and a CN are known by their addresses.
Traces ip_mode(const std::string& scripts) {
  Traces out;
  for (const std::string kind : {"be", "cn"}) {
    Beside lab{scripts, kind, "3.5.7"};
    lab.pod.unset_env("HOST_TYPE");
    EXPECT_TRUE(lab.up()) << lab.pod.console();
    out[kind] = without_address(changes_at(*lab.fe), lab.pod.ip());
    out[kind + " by address"] =
        std::to_string(rows(lab.net, kind == "be" ? kBackends : kComputeNodes, lab.pod.ip()));
  }
  return out;
}

/// root has a password, which MYSQL_PWD tells.
Traces password(const std::string& scripts) {
  Beside lab{scripts, "be", "3.5.7"};
  EXPECT_TRUE(lab.fe->sql("SET PASSWORD = PASSWORD('secret')").ok);
  lab.pod.set_env("MYSQL_PWD", "secret");
  EXPECT_TRUE(lab.up()) << lab.pod.console();
  return {{"statements", changes_at(*lab.fe)},
          {"on the console", said(lab.pod, "secret") ? "told" : "not told"}};
}

/// The operator's warehouse resource.
Traces warehouse(const std::string& scripts) {
  Beside lab{scripts, "cn", "main"};
  lab.pod.set_env("KUBE_STARROCKS_MULTI_WAREHOUSE", "reports");
  EXPECT_TRUE(lab.up()) << lab.pod.console();
  return {{"statements", changes_at(*lab.fe)},
          {"warehouse", row_cell(lab.net, kComputeNodes, lab.pod.fqdn(), "WarehouseName")}};
}

/// LOG_CONSOLE=1, as the start script hears of it.
Traces log_console(const std::string& scripts) {
  Traces out;
  for (const std::string kind : {"be", "cn"}) {
    Beside lab{scripts, kind, "3.5.7"};
    note_arguments(lab.pod);
    lab.pod.set_env("LOG_CONSOLE", "1");
    EXPECT_TRUE(lab.up()) << lab.pod.console();
    out[kind] = noted_arguments(lab.pod);
  }
  return out;
}

/// The links are there already, as a former container left them. The second start of the stock
/// scripts makes a backup of its own link; ours keeps the first one: backups are not compared.
Traces second_container(const std::string& scripts) {
  Beside lab{scripts, "be", "3.5.7"};
  EXPECT_TRUE(lab.up()) << lab.pod.console();
  lab.pod.kill_container();
  fs::remove(lab.pod.home() + "/bin/be.pid");  // of the container that is gone
  EXPECT_TRUE(lab.up()) << lab.pod.console();
  Traces out{{"statements", changes_at(*lab.fe)}};
  for (const std::string name : {"be.conf", "core-site.xml"})
    out[name] = fs::path{target_of(lab.pod.home() + "/conf/" + name)}.filename();
  return out;
}

/// The hook of operator 1.11, and the exit status of the container that it ends.
Traces hook_of_111(const std::string& scripts) {
  Traces out;
  for (const std::string kind : {"be", "cn"}) {
    Beside lab{scripts, kind, "3.5.7"};
    EXPECT_TRUE(lab.up()) << lab.pod.console();
    const auto text = lab.pod.home() + "/bin/stop_" + kind + ".sh -g";
    out[kind + " hook"] = std::to_string(hook(lab.pod, text).first);
    out[kind + " exit"] = std::to_string(lab.pod.wait_exit().value_or(-1));
  }
  return out;
}

std::string members(const SimNode& fe) {
  std::string out;
  const auto list = fe.sql("SHOW FRONTENDS");
  for (const auto& row : list.rows)
    out += srsim::cell(row, "IP") + " " + srsim::cell(row, "Role") + "\n";
  return out;
}

/// FE 0 and FE 2 without process 1, and FE 1 of the scripts: two are a majority of them.
struct ThreeFes {
  explicit ThreeFes(const std::string& scripts)
      : first(bare_fe(net, 0)), other(bare_fe(net, 2)), pod(net.fe(1)) {
    EXPECT_TRUE(found(first) && first.sql(add_follower(net.fe(2))).ok);
    other.start({"--host_type", "FQDN", "--helper", first.name() + ":9010"});
    EXPECT_TRUE(net.wait_frontends(2, 0));
    make(scripts, net, pod);
  }
  [[nodiscard]] bool alive() const {
    return srsim::cell(first.sql("SHOW FRONTENDS").row("IP", pod.fqdn()), "Alive") == "true";
  }
  /// A member; an agent knows it.
  bool up() {
    start_as_operator(pod, "fe");
    const bool serves = wait_until([&] { return alive() && pod.server_pid() > 0; }, kStockLimit);
    return serves && (pod.agent("/livez").empty() || wait_sealed(pod));
  }
  OperatorNet net{3};
  SimNode first;
  SimNode other;
  Pod& pod;
};

/// An FE joins one that leads, and starts again with what it has.
Traces joiner(const std::string& scripts) {
  ThreeFes lab{scripts};
  auto& pod = lab.pod;
  EXPECT_TRUE(lab.up()) << pod.console();
  Traces out{{"statements", changes_at(lab.first)}, {"conf", conf_of(pod)}};
  out["options"] = options_of(pod);
  out["members"] = members(lab.first);
  pod.kill_container();
  fs::remove(pod.home() + "/bin/fe.pid");
  EXPECT_TRUE(wait_until([&] { return !lab.alive(); }));
  EXPECT_TRUE(lab.up()) << pod.console();
  out["options with metadata"] = options_of(pod);
  out["statements with metadata"] = changes_at(lab.first);
  out["hook"] = std::to_string(hook(pod, wrapper(pod, "fe", "prestop")).first);
  out["after the hook"] = pod.server_pid() == 0 ? "down" : "up";
  pod.kill_container();
  out["members after the stop"] = members(lab.first);
  return out;
}

/// The hook of operator 1.11 for an FE.
Traces fe_hook_of_111(const std::string& scripts) {
  ThreeFes lab{scripts};
  EXPECT_TRUE(lab.up()) << lab.pod.console();
  const auto text = lab.pod.home() + "/bin/stop_fe.sh -g";
  Traces out{{"hook", std::to_string(hook(lab.pod, text).first)}};
  out["exit"] = std::to_string(lab.pod.wait_exit().value_or(-1));
  out["members"] = members(lab.first);
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

/// The same without HOST_TYPE and with LOG_CONSOLE.
Traces founder_by_address(const std::string& scripts) {
  OperatorNet net;
  auto& pod = net.fe(0);
  make(scripts, net, pod);
  note_arguments(pod);
  pod.unset_env("HOST_TYPE");
  pod.set_env("LOG_CONSOLE", "1");
  start_as_operator(pod, "fe");
  EXPECT_TRUE(wait_until([&] { return pod.sql("SHOW FRONTENDS").rows.size() == 1; }, kStockLimit))
      << pod.console();
  auto host = srsim::cell(pod.sql("SHOW FRONTENDS").rows.front(), "IP");
  return {{"arguments", noted_arguments(pod)}, {"host", host == pod.ip() ? "address" : host}};
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
  Traces out;
  for (const std::string kind : {"be", "cn"}) {
    for (const std::string how : {"status", "signal"}) {
      Beside lab{scripts, kind, "3.5.7"};
      EXPECT_TRUE(lab.up()) << lab.pod.console();
      if (how == "status") {
        control(lab.pod, "/exit?code=7");
      } else {
        ::kill(lab.pod.server_pid(), SIGSEGV);
      }
      out[kind + " by " + how] = std::to_string(lab.pod.wait_exit().value_or(-1));
    }
  }
  return out;
}

}  // namespace

const std::vector<StockCase>& stock_cases() {
  static const std::vector<StockCase> all{{"Be", &be},
                                          {"Cn", &cn},
                                          {"IpMode", &ip_mode},
                                          {"Password", &password},
                                          {"Warehouse", &warehouse},
                                          {"LogConsole", &log_console},
                                          {"SecondContainer", &second_container},
                                          {"HookOf111", &hook_of_111},
                                          {"Joiner", &joiner},
                                          {"FeHookOf111", &fe_hook_of_111},
                                          {"Founder", &founder},
                                          {"FounderByAddress", &founder_by_address},
                                          {"NoService", &no_service},
                                          {"Crash", &crash}};
  return all;
}

}  // namespace podlab
