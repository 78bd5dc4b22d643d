#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lab.h"

/// Pods for the integration tests: the real sr-agent as entrypoint, the simulator as server, a real
/// name server, all on loopback addresses of their own.
namespace podlab {

using srsim::milliseconds;
using srsim::SqlAnswer;
using srsim::wait_until;

/// The agent that is tested: SRAGENT_TEST_AGENT, else the one that was built with the tests.
[[nodiscard]] std::string agent_program();
/// The whole file; empty: there is none.
[[nodiscard]] std::string read_text(const std::string& path);
/// Words of /proc/PID/`name`: "cmdline" or "environ"; empty: there is no such process.
[[nodiscard]] std::vector<std::string> process_words(pid_t pid, const std::string& name);
/// Words of a process with a blank behind each; empty: there is none.
[[nodiscard]] std::string command_line(pid_t pid);

/// One pod: address, name, volume and environment as a kubelet would give them; and the container
/// in it, started and restarted by the test.
class Pod {
 public:
  struct Spec {
    std::string cluster{"kube"};  ///< First part of the pod's name.
    std::string kind{"fe"};
    int ordinal = 0;
    std::string ip{};
    std::string headless{};  ///< "kube-fe-search.ns.svc.cluster.local"
    std::string root{};      ///< STARROCKS_ROOT of this pod
    std::string service{"kube-fe-service.ns.svc.cluster.local"};
    std::map<std::string, std::string> env{};
  };
  explicit Pod(Spec spec);
  ~Pod();
  Pod(const Pod&) = delete;
  Pod& operator=(const Pod&) = delete;

  [[nodiscard]] std::string name() const;  ///< "kube-fe-0"
  [[nodiscard]] std::string fqdn() const { return name() + "." + spec_.headless; }
  [[nodiscard]] const std::string& ip() const { return spec_.ip; }
  [[nodiscard]] std::string home() const { return spec_.root + "/" + spec_.kind; }
  [[nodiscard]] std::string meta() const { return home() + "/meta"; }
  [[nodiscard]] std::string volume() const {
    return spec_.kind == "fe" ? meta() : home() + "/storage";
  }
  [[nodiscard]] std::string state() const { return volume() + "/.sr-agent"; }
  /// Environment for this and later starts.
  void set_env(const std::string& name, const std::string& value) { spec_.env[name] = value; }
  void unset_env(const std::string& name) { spec_.env.erase(name); }

  /// Starts the container: `sr-agent run <kind> <service>`, or `args` in place of it.
  void start(const std::vector<std::string>& args = {});
  /// The same with a command line of the test's own, its program by full path.
  void start_command(const std::vector<std::string>& words);
  /// A second container of the pod, which is the caller's to end; its console is the file
  /// `console-beside`.
  [[nodiscard]] pid_t start_beside(const std::vector<std::string>& words) const;
  [[nodiscard]] const Spec& spec() const { return spec_; }
  [[nodiscard]] bool running();
  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const;
  /// Exit code, or 1000 + signal. nullopt: still running after `limit`.
  [[nodiscard]] std::optional<int> wait_exit(milliseconds limit = milliseconds(60000));
  /// SIGKILL to agent and server, as the kubelet's last resort or a lost node does.
  void kill_container();
  /// SIGKILL to the server alone.
  void kill_server() const;
  /// Pid of the server from its pid file, or 0.
  [[nodiscard]] pid_t server_pid() const;
  /// Empties the data volume, the agent's state folder on it included.
  void lose_volume() const;

  [[nodiscard]] SqlAnswer sql(const std::string& statement) const;
  /// Body of GET on the agent's port; empty: no answer. `status` gets the HTTP status.
  [[nodiscard]] std::string agent(const std::string& path, int* status = nullptr) const;
  /// Value of a text field at the top level of /v1/status; empty: none.
  [[nodiscard]] std::string status(const std::string& field) const;
  [[nodiscard]] bool wait_reason(const std::string& word) const;
  /// What the container wrote to its console, all starts together.
  [[nodiscard]] std::string console() const;
  [[nodiscard]] std::string termination_message() const;
  [[nodiscard]] std::string file(const std::string& path_below_home) const;
  void add_conf(const std::string& line) const;  ///< To fe.conf, be.conf or cn.conf.
  /// Runs another verb in this pod: exit code and stdout with stderr.
  [[nodiscard]] std::pair<int, std::string> verb(const std::vector<std::string>& words) const;
  /// The same with a command line of the test's own, its program by full path.
  [[nodiscard]] std::pair<int, std::string> command(const std::vector<std::string>& words) const;

 private:
  [[nodiscard]] std::vector<std::string> environment() const;

  Spec spec_;
  pid_t pid_ = -1;
  std::optional<int> exit_{};
};

struct NetOptions {
  double time_scale = 5;
  std::string version{"3.5.7"};
  int fe_count = 3;                            ///< Told to every agent; 0: not told.
  std::string suffix{"ns.svc.cluster.local"};  ///< Namespace and DNS suffix.
  std::string fe_set{"kube-fe-search"};        ///< First label of the FEs' headless name.
  std::string other_cluster{"other"};          ///< First part of the second cluster's pod names.
  std::string other_suffix{};  ///< Its namespace and DNS suffix; empty: those of the first.
  bool all_names = true;       ///< Names of 3 FE, 3 BE, 3 CN are served from the beginning.
};

/// One namespace: pods made on demand, a name server with the headless names. Addresses are unique
/// on this machine; everything ends and goes with the object.
class PodNet {
 public:
  explicit PodNet(NetOptions options = {});
  ~PodNet();
  PodNet(const PodNet&) = delete;
  PodNet& operator=(const PodNet&) = delete;

  Pod& fe(int ordinal) { return pod("fe", ordinal); }
  Pod& be(int ordinal) { return pod("be", ordinal); }
  Pod& cn(int ordinal) { return pod("cn", ordinal); }
  /// FE of a second cluster, "other-fe-<ordinal>" in the same namespace unless the options say
  /// otherwise; its name is served.
  Pod& other_fe(int ordinal);
  [[nodiscard]] srsim::SimDns& dns() { return lab_.dns(); }
  [[nodiscard]] std::string ip_of(const std::string& kind, int ordinal) const;
  [[nodiscard]] std::string headless(const std::string& kind) const;
  /// Addresses for the ordinals 30 to 219 of this kind, which have to be there before their pods.
  void widen(const std::string& kind);
  /// Serves the pod's own name and puts its address into the headless name, or takes both away.
  void serve_name(const std::string& kind, int ordinal, bool served);
  /// Serves the names of the ordinals 0 to `count` - 1 at once.
  void serve_names(const std::string& kind, int count);

  /// What the name of the FE service gives, `$1` of every agent; nothing until this is called.
  void serve_service(const std::vector<std::string>& ips);

  /// Starts `count` FE pods and waits until FE 0's list shows them all joined and alive.
  [[nodiscard]] bool start_frontends(int count);
  /// SHOW FRONTENDS of the first FE that answers, or of `at`.
  [[nodiscard]] SqlAnswer frontends(int at = -1);
  /// True once `at` (or any FE) lists `count` rows, all Join and Alive, one of them LEADER.
  [[nodiscard]] bool wait_frontends(int count,
                                    int at = -1,
                                    milliseconds limit = milliseconds(90000));
  /// Distinct cluster ids in image/VERSION of all FE volumes.
  [[nodiscard]] std::vector<std::string> cluster_ids_on_disk();
  /// True once the BE or CN row for this pod is listed and Alive.
  [[nodiscard]] bool wait_worker(const std::string& kind,
                                 int ordinal,
                                 milliseconds limit = milliseconds(60000));

 private:
  Pod& pod(const std::string& kind, int ordinal);
  void serve_headless(const std::string& kind);
  /// Where a pod belongs.
  struct Place {
    std::string cluster{};
    std::string suffix{};
    std::string headless{};
    std::string folder{};  ///< Of its root, below the lab's.
  };
  std::unique_ptr<Pod> make_pod(const Place& place,
                                const std::string& kind,
                                int ordinal,
                                const std::string& ip);

  NetOptions options_;
  srsim::SimLab lab_;
  std::map<std::string, std::unique_ptr<srsim::SimLab>> wide_{};  ///< Addresses from ordinal 30 on.
  std::map<std::string, std::unique_ptr<Pod>> pods_{};
  std::map<std::string, std::vector<std::string>> headless_ips_{};
};

}  // namespace podlab
