#include "crash_lab.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "fe_lab.h"
#include "worker_lab.h"

namespace podlab {
namespace {

namespace fs = std::filesystem;

/// Processes that have this pod's root in their environment: its container.
std::vector<pid_t> processes_of(const Pod& pod) {
  const auto entry = "STARROCKS_ROOT=" + root_of(pod);
  std::vector<pid_t> out;
  std::error_code ignored;
  for (const auto& process : fs::directory_iterator("/proc", ignored)) {
    const auto name = process.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto text = std::string(1, '\0') + read_text(process.path() / "environ");
    if (text.find('\0' + entry + '\0') != std::string::npos) out.push_back(std::stoi(name));
  }
  return out;
}

/// Processes of the container that are the server, by the names that StarRocks gives them.
int servers_of(const Pod& pod) {
  int out = 0;
  for (const pid_t pid : processes_of(pod)) {
    const auto comm = read_text("/proc/" + std::to_string(pid) + "/comm");
    if (comm == "java\n" || comm == "starrocks_be\n") ++out;
  }
  return out;
}

/// Names in a folder, sorted; "-" if it is not there.
std::string names_in(const fs::path& folder) {
  std::set<std::string> names;
  if (!fs::exists(folder)) return "-";
  for (const auto& entry : fs::directory_iterator(folder))
    names.insert(entry.path().filename().string());
  std::string out;
  for (const auto& name : names)
    out += (out.empty() ? "" : " ") + name;
  return out;
}

std::string value_of(const std::string& text, const std::string& key) {
  const auto at = text.find(key + "=");
  if (at == std::string::npos) return {};
  const auto begin = at + key.size() + 1;
  return text.substr(begin, text.find('\n', begin) - begin);
}

/// Without what every run may have or not have: half a start that was moved aside is kept for a
/// person. Nothing that was ever sealed may lie there.
std::string state_of(const fs::path& folder) {
  auto out = names_in(folder);
  if (const auto at = out.find("aside "); at != std::string::npos) out.erase(at, 6);
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().filename() == "sealed" && entry.path().parent_path() != folder)
      out += " SEALED-ASIDE";
  }
  return out;
}

std::string agent_line(const Pod& pod) {
  int ready = 0;
  static_cast<void>(pod.agent("/readyz", &ready));
  return pod.name() + " phase=" + pod.status("phase") + " reason=" + pod.status("reason") +
         " readyz=" + std::to_string(ready) + " servers=" + std::to_string(servers_of(pod)) + "\n";
}

/// Every FE's list without what differs from run to run: the leader's name, times, ids.
std::string list_of(const Pod& pod, const std::string& cluster_id) {
  const auto list = pod.sql("SHOW FRONTENDS");
  std::set<std::string> lines;
  for (const auto& row : list.rows) {
    const bool same_id = srsim::cell(row, "ClusterId") == cluster_id;
    lines.insert("  " + srsim::cell(row, "IP") + ":" + srsim::cell(row, "EditLogPort") +
                 " Join=" + srsim::cell(row, "Join") + " Alive=" + srsim::cell(row, "Alive") +
                 (same_id ? " own id" : " OTHER ID") + "\n");
  }
  std::string out = pod.name() + " lists " + std::to_string(list.rows.size()) + " rows, " +
                    std::to_string(leaders(list)) + " leader\n";
  for (const auto& line : lines)
    out += line;
  return out;
}

/// What an operator that asked the pod to leave is told; "none" before that.
std::string answer_of(const Pod& pod) {
  const auto status = status_of(pod);
  if (!status.contains("leaving") || !status["leaving"].is_object()) return "leaving: none\n";
  const auto& leaving = status["leaving"];
  return "leaving: " + leaving["ask_id"].dump() + " result " + leaving["result"].dump() + "\n";
}

std::string volume_of(const Pod& pod, const std::string& cluster_id) {
  const auto version = pod.file("meta/image/VERSION");
  std::string out = pod.name() + " meta: " + names_in(pod.meta()) + "\n";
  out += pod.name() + " image: " + names_in(pod.meta() + "/image") +
         " role=" + value_of(pod.file("meta/image/ROLE"), "role") +
         (value_of(version, "clusterId") == cluster_id ? " own id" : " OTHER ID") + "\n";
  out += pod.name() + " state: " + state_of(pod.state()) + "\n";
  for (const std::string note : {"certificate", "sealed", "members"}) {
    const bool same = read_text(pod.state() + "/" + note).find(cluster_id) != std::string::npos;
    out += pod.name() + " " + note + (same ? ": own id\n" : ": OTHER ID\n");
  }
  return out;
}

std::string fe_membership(const Pod& fe) {
  if (!fs::exists(fe.state() + "/sealed")) return {};
  return value_of(fe.file("meta/image/VERSION"), "clusterId");
}

std::string fe_end_state(const std::vector<Pod*>& pods) {
  const auto id = value_of(pods.front()->file("meta/image/VERSION"), "clusterId");
  if (id.empty()) return "no cluster id\n";
  std::string out;
  for (const Pod* pod : pods)
    out += agent_line(*pod) + list_of(*pod, id) + volume_of(*pod, id);
  return out;
}

/// One FE with an empty volume that knows that it is the only one.
class Found : public CrashFlow {
 public:
  Found() { net_.serve_name("fe", 0, true); }
  Pod& victim() override { return net_.fe(0); }
  std::string end_state() override { return fe_end_state({&net_.fe(0)}); }
  std::string membership() override { return fe_membership(net_.fe(0)); }

 private:
  PodNet net_{{.fe_count = 1, .all_names = false}};
};

/// The last of three FEs: consents to the founding, has its row added, joins.
class Join : public CrashFlow {
 public:
  bool prepare() override {
    for (int i = 0; i < 2; ++i)
      net_.fe(i).start();
    return true;
  }
  Pod& victim() override { return net_.fe(2); }
  std::vector<Pod*> others() override { return {&net_.fe(0), &net_.fe(1)}; }
  std::string membership() override { return fe_membership(net_.fe(2)); }
  std::string end_state() override { return fe_end_state({&net_.fe(0), &net_.fe(1), &net_.fe(2)}); }

 protected:
  PodNet net_{};
};

/// A BE with an empty volume beside an FE.
class Register : public CrashFlow {
 public:
  bool prepare() override { return found(fe_); }
  Pod& victim() override { return net_.be(0); }
  std::string membership() override { return net_.be(0).file("storage/cluster_id"); }
  std::string end_state() override {
    Pod& be = net_.be(0);
    const auto list = net_.fe(0).sql(kBackends);
    std::string out = agent_line(be);
    out += std::to_string(list.rows.size()) + " rows\n";
    for (const auto& row : list.rows) {
      out += "  " + srsim::cell(row, "IP") + ":" + srsim::cell(row, "HeartbeatPort") +
             " Alive=" + srsim::cell(row, "Alive") +
             " decommissioned=" + srsim::cell(row, "SystemDecommissioned") + "\n";
    }
    const auto id = value_of(net_.fe(0).file("meta/image/VERSION"), "clusterId");
    const bool same = be.file("storage/cluster_id").find(id) != std::string::npos;
    out += same ? "storage: own id\n" : "storage: OTHER ID\n";
    return out + "state: " + names_in(be.home() + "/storage/.sr-agent") + "\n";
  }

 protected:
  PodNet net_{};

 private:
  srsim::SimNode fe_{bare_fe(net_, 0)};
};

/// The same, with a ConfigMap whose files become links: one in the place of a file, one new.
class Link : public Register {
 public:
  bool prepare() override {
    Pod& be = victim();
    const auto mount = root_of(be) + "/configmap";
    fs::create_directories(mount);
    fs::copy_file(be.home() + "/conf/be.conf", mount + "/be.conf");
    write_text(mount + "/hadoop_env.sh", "export X=1\n");
    write_text(be.home() + "/conf/be.conf", be.file("conf/be.conf") + "# of the image\n");
    be.set_env("CONFIGMAP_MOUNT_PATH", mount);
    return Register::prepare();
  }
  std::string end_state() override {
    const auto conf = victim().home() + "/conf";
    std::string out = Register::end_state() + "conf: " + names_in(conf) + "\n";
    for (const std::string name : {"be.conf", "hadoop_env.sh"}) {
      std::error_code none;
      const auto target = fs::read_symlink(fs::path{conf} / name, none);
      out += name + " -> " + (none ? "nothing" : target.parent_path().filename().string()) + "\n";
    }
    const bool kept = victim().file("conf/be.conf.bak").ends_with("# of the image\n");
    return out + (kept ? "backup: the image's\n" : "backup: ANOTHER\n");
  }
};

/// A sealed FE that starts, serves, and is stopped.
class Restart : public Found {
 public:
  bool prepare() override {
    Pod& fe = victim();
    fe.start();
    const bool sealed =
        wait_until([&] { return fs::exists(fe.state() + "/sealed"); }, milliseconds(120000));
    fe.signal(SIGTERM);
    return sealed && fe.wait_exit(milliseconds(120000)).has_value();
  }
  [[nodiscard]] bool stops() const override { return true; }
};

/// The file in which the kubelet shows a pod's annotations asks it to leave for good.
void ask_to_leave(Pod& pod) {
  const auto path = root_of(pod) + "/podinfo";
  write_text(path, "sr-agent.starrocks.com/leave=\"scale-1\"\n");
  pod.set_env("SR_AGENT_NODE__ANNOTATIONS_FILE", path);
}

bool stop(Pod& pod) {
  pod.signal(SIGTERM);
  return pod.wait_exit(milliseconds(120000)).has_value();
}

/// One of two BEs, asked to leave for good while its container was away.
class BeLeaves : public Register {
 public:
  bool prepare() override {
    Pod& be = victim();
    if (!Register::prepare()) return false;
    net_.be(1).start();
    be.start();
    if (!net_.wait_worker("be", 1) || !wait_settled(be) || !stop(be)) return false;
    ask_to_leave(be);
    return true;
  }
  std::vector<Pod*> others() override { return {&net_.be(1)}; }
  std::string end_state() override { return Register::end_state() + answer_of(victim()); }
};

/// The same of one of three FEs.
class FeLeaves : public Join {
 public:
  bool prepare() override {
    Pod& fe = victim();
    if (!net_.start_frontends(3) || !all_sealed(net_) || !stop(fe)) return false;
    ask_to_leave(fe);
    return true;
  }
  std::string end_state() override { return Join::end_state() + answer_of(victim()); }
};

/// The same, but its server does not end when it is asked to.
class Overdue : public Restart {
 public:
  Overdue() { victim().set_env("SR_AGENT_STOP__GRACE_S", "20"); }
  void before_stop() override { ::kill(victim().server_pid(), SIGSTOP); }
};

/// An FE whose volume holds half a founding: the container ended before its server was through.
class Mend : public Found {
 public:
  bool prepare() override {
    Pod& fe = victim();
    fe.set_env("SR_SIM_PAUSE_AT", "version_empty");
    fe.start();
    const bool half =
        wait_until([&] { return fs::exists(fe.meta() + "/image/VERSION"); }, milliseconds(120000));
    end_container(fe);
    fe.unset_env("SR_SIM_PAUSE_AT");
    return half && fe.file("meta/image/VERSION").empty();
  }
};

}  // namespace

std::vector<CrashPoint> crash_points() {
  std::ifstream in(CRASH_POINTS);
  std::vector<CrashPoint> out;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    CrashPoint point;
    words >> point.flow >> point.effect >> point.passages;
    if (point.flow == "none") continue;
    if (!words || point.passages < 1) throw std::runtime_error(CRASH_POINTS ": " + line);
    std::string mark;
    point.all_long = words >> mark && mark == "long";
    out.push_back(point);
  }
  return out;
}

std::unique_ptr<CrashFlow> make_flow(const std::string& name) {
  if (name == "found") return std::make_unique<Found>();
  if (name == "join") return std::make_unique<Join>();
  if (name == "register") return std::make_unique<Register>();
  if (name == "link") return std::make_unique<Link>();
  if (name == "restart") return std::make_unique<Restart>();
  if (name == "be_leaves") return std::make_unique<BeLeaves>();
  if (name == "fe_leaves") return std::make_unique<FeLeaves>();
  if (name == "overdue") return std::make_unique<Overdue>();
  if (name == "mend") return std::make_unique<Mend>();
  throw std::runtime_error("no flow " + name);
}

void end_container(Pod& pod) {
  const auto gone = [&] {
    const auto left = processes_of(pod);
    for (const pid_t pid : left)
      ::kill(pid, SIGKILL);
    return left.empty();
  };
  static_cast<void>(wait_until(gone, milliseconds(60000)));
  static_cast<void>(pod.wait_exit(milliseconds(60000)));
}

}  // namespace podlab
