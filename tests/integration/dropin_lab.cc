#include "dropin_lab.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "fe_lab.h"
#include "worker_lab.h"

namespace podlab {
namespace {

namespace fs = std::filesystem;

struct ServicePort {
  std::string name{};
  int port = 0;
};

/// The 23 names (of four ports) that the kubelet makes of one Service.
void add_links(Pod& pod,
               const std::string& service,
               const std::string& address,
               const std::vector<ServicePort>& ports) {
  pod.set_env(service + "_SERVICE_HOST", address);
  pod.set_env(service + "_SERVICE_PORT", std::to_string(ports.front().port));
  pod.set_env(service + "_PORT", "tcp://" + address + ":" + std::to_string(ports.front().port));
  for (const auto& [name, port] : ports) {
    const auto number = std::to_string(port);
    const auto link = std::string{service}.append("_PORT_").append(number).append("_TCP");
    pod.set_env(std::string{service}.append("_SERVICE_PORT_").append(name), number);
    pod.set_env(link, std::string{"tcp://"}.append(address).append(":").append(number));
    pod.set_env(link + "_PROTO", "tcp");
    pod.set_env(link + "_PORT", number);
    pod.set_env(link + "_ADDR", address);
  }
}

void add_all_links(Pod& pod) {
  add_links(
      pod,
      "SR_AGENT_FE_SERVICE",
      "10.96.0.10",
      {{"HTTP", 8030}, {"RPC", 9020}, {"QUERY", 9030}, {"EDIT_LOG", 9010}, {"ARROW_FLIGHT", 9408}});
  for (const std::string kind : {"BE", "CN"}) {
    add_links(pod,
              "SR_AGENT_" + kind + "_SERVICE",
              kind == "BE" ? "10.96.0.11" : "10.96.0.12",
              {{kind, 9060}, {"WEBSERVER", 8040}, {"HEARTBEAT", 9050}, {"BRPC", 8060}});
  }
  pod.set_env("KUBERNETES_SERVICE_HOST", "10.96.0.1");
  pod.set_env("KUBERNETES_SERVICE_PORT", "443");
  pod.set_env("KUBERNETES_PORT", "tcp://10.96.0.1:443");
}

void install_wrappers(const std::string& root, const std::vector<std::string>& ends) {
  for (const auto& entry : fs::directory_iterator(SRAGENT_SCRIPTS)) {
    const auto name = entry.path().filename().string();
    const bool wanted = std::any_of(
        ends.begin(), ends.end(), [&](const std::string& end) { return name.ends_with(end); });
    if (wanted)
      fs::copy_file(entry.path(), fs::path{root} / name, fs::copy_options::overwrite_existing);
  }
}

/// The wrappers ask the PATH for the agent, as in an image.
std::string path_with_agent(const std::string& root) {
  fs::create_directories(root + "/path");
  fs::remove(root + "/path/sr-agent");
  fs::create_symlink(agent_program(), root + "/path/sr-agent");
  return root + "/path:" + std::getenv("PATH");
}

/// The operator says "kube-fe-service.ns" to an FE. A pod's resolv.conf completes it first
/// (ndots:5); this machine's does not.
std::string service_of(const std::string& kind) {
  return kind == "fe" ? "kube-fe-service.ns.svc.cluster.local" : "kube-fe-service";
}

std::string role_of(const Pod& pod) {
  return pod.home().substr(pod.home().rfind('/') + 1);
}

}  // namespace

OperatorNet::OperatorNet(int fes, const std::string& version)
    : PodNet({.version = version, .fe_count = 0, .all_names = false}) {
  constexpr int kNobody = 9;
  constexpr int kWorkers = 3;
  serve_names("fe", fes);
  serve_names("be", kWorkers);
  serve_names("cn", kWorkers);
  serve_service({ip_of("fe", kNobody)});
}

void as_operator(Pod& pod) {
  const auto root = root_of(pod);
  const auto kind = role_of(pod);
  install_wrappers(root, {"_entrypoint.sh", "_prestop.sh"});
  pod.set_env("PATH", path_with_agent(root));
  pod.set_env("COMPONENT_NAME", kind);
  pod.set_env("HOST_IP", "10.0.0.1");
  pod.set_env("FE_SERVICE_NAME", service_of(kind));
  if (kind != "fe") pod.set_env("FE_QUERY_PORT", "9030");
  add_all_links(pod);
  pod.set_env("SR_AGENT_DNS__SEARCH", "ns.svc.cluster.local,svc.cluster.local,cluster.local");
}

srsim::NodeSpec warehouse_fe(PodNet& net) {
  net.fe(0).add_conf("run_mode = shared_data");
  auto spec = bare_fe(net, 0);
  spec.env["SR_SIM_WAREHOUSES"] = "1";
  return spec;
}

void install_helpers(Pod& pod) {
  install_wrappers(root_of(pod), {"register", "offline"});
  pod.set_env("PATH", path_with_agent(root_of(pod)));
}

std::string wrapper(const Pod& pod, const std::string& kind, const std::string& what) {
  return root_of(pod) + "/" + kind + "_" + what + ".sh";
}

void start_wrapper(Pod& pod, const std::string& kind, const std::vector<std::string>& arguments) {
  std::vector<std::string> words{wrapper(pod, kind, "entrypoint")};
  words.insert(words.end(), arguments.begin(), arguments.end());
  pod.start_command(words);
}

void start_as_operator(Pod& pod, const std::string& kind) {
  start_wrapper(pod, kind, {service_of(kind)});
}

std::pair<int, std::string> hook(const Pod& pod, const std::string& text) {
  return pod.command({"/bin/bash", "-c", text});
}

std::string config_map(const Pod& pod, const std::map<std::string, std::string>& files) {
  auto mount = root_of(pod) + "/etc/conf";
  fs::create_directories(mount + "/..2026_01_01");
  fs::create_symlink("..2026_01_01", mount + "/..data");
  for (const auto& [name, text] : files) {
    write_text((fs::path{mount} / "..2026_01_01" / name).string(), text);
    fs::create_symlink(fs::path{"..data"} / name, fs::path{mount} / name);
  }
  return mount;
}

std::string target_of(const std::string& path) {
  std::error_code none;
  const auto target = fs::read_symlink(path, none);
  return none ? "no link" : target.string();
}

std::string chart_conf() {
  return "LOG_DIR = ${STARROCKS_HOME}/log\nDATE = \"$(date +%Y%m%d-%H%M%S)\"\n"
         "JAVA_OPTS=\"-Dlog4j2.formatMsgNoLookups=true "
         "-Xlog:gc*:${LOG_DIR}/fe.gc.log.$DATE:time\"\n"
         "http_port = 8030\nrpc_port = 9020\nquery_port = 9030\nedit_log_port = 19010\n"
         "mysql_service_nio_enabled = true\nsys_log_level = INFO\n";
}

void note_arguments(const Pod& pod) {
  const auto kind = role_of(pod);
  const auto noted = fs::path{pod.home()} / "bin" / "start_noted.sh";
  fs::rename(fs::path{pod.home()} / "bin" / ("start_" + kind + ".sh"), noted);
  replace_script(pod,
                 kind,
                 "#!/bin/bash\necho \"$*\" >> " + root_of(pod) + "/arguments\nexec " +
                     noted.string() + " \"$@\"\n");
}

std::string noted_arguments(const Pod& pod) {
  return read_text(root_of(pod) + "/arguments");
}

std::string server_words(const Pod& pod) {
  return command_line(pod.server_pid());
}

std::string server_environment(const Pod& pod) {
  auto out = read_text("/proc/" + std::to_string(pod.server_pid()) + "/environ");
  std::replace(out.begin(), out.end(), '\0', '\n');
  return "\n" + out;
}

}  // namespace podlab
