#include "be_node.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <thread>

#include "fe_exit.h"
#include "meta_dir.h"
#include "sim_log.h"

namespace srsim {
namespace {

[[noreturn]] void be_exit(int code) {
  log_info("starrocks_main.cpp:1", "exit " + std::to_string(code));
  fe_exit(code);
}

}  // namespace

BeNode::BeNode(Kind kind) : kind_(kind), home_(env_or("STARROCKS_HOME", ".")) {
  const auto profile = parse_profile(wanted_version(home_));
  if (!profile) {
    std::cerr << "sr-sim: unknown version\n";
    std::_Exit(255);
  }
  profile_ = *profile;
  const bool cn = kind == Kind::kComputeNode;
  conf_ = read_conf(home_ + (cn ? "/conf/cn.conf" : "/conf/be.conf"));
  const std::string log_dir = env_or("LOG_DIR", home_ + "/log");
  open_log(log_dir + (cn ? "/cn.INFO" : "/be.INFO"), env_or("GLOG_logtostderr", "") == "1");
}

void BeNode::start() {
  const std::string pid =
      env_or("PID_DIR", home_ + "/bin") + (kind_ == Kind::kBackend ? "/be.pid" : "/cn.pid");
  write_file(pid, std::to_string(getpid()) + "\n");
  ip_ = own_ip(resolver_);
  sleep_for(env_delay("SR_SIM_BE_START_MS", 300));
  load_storage();
  std::thread([this] { report_loop(); }).detach();
  if (profile_.be_heartbeat_port_first) open_heartbeat();
  open_ports();
  if (!profile_.be_heartbeat_port_first) open_heartbeat();
  log_info("starrocks_be.cpp:1",
           kind_ == Kind::kBackend ? "BE started successfully" : "CN started successfully");
}

void BeNode::load_storage() {
  if (kind_ == Kind::kComputeNode) return;
  std::string paths =
      conf_.contains("storage_root_path") ? conf_["storage_root_path"] : home_ + "/storage";
  const std::string variable = "${STARROCKS_HOME}";
  std::istringstream items(paths);
  for (std::string path; std::getline(items, path, ';');) {
    path = path.substr(0, path.find(','));
    if (path.rfind(variable, 0) == 0) path = home_ + path.substr(variable.size());
    if (!std::filesystem::is_directory(path)) {
      log_error("starrocks_main.cpp:1", "storage path " + path + " does not exist");
      be_exit(255);
    }
    storage_.push_back(path);
  }
  if (!storage_.empty()) cluster_id_ = read_file(storage_.front() + "/cluster_id");
}

void BeNode::listen_silently(std::uint16_t port) {
  auto listener = listen_on({ip_, port});
  if (!listener) {
    log_error("starrocks_main.cpp:1", "fail to listen: " + listener.error().what);
    be_exit(1);
  }
  silent_.push_back(std::move(*listener));
}

void BeNode::open_ports() {
  const auto port = [&](const char* key, std::uint16_t fallback) {
    const auto found = conf_.find(key);
    if (found == conf_.end()) return fallback;
    return static_cast<std::uint16_t>(std::strtoul(found->second.c_str(), nullptr, 10));
  };
  listen_silently(port("be_port", 9060));
  log_info("starrocks_be.cpp:1", "BE start step 1: thrift server started");
  listen_silently(port("brpc_port", 8060));
  log_info("starrocks_be.cpp:1", "BE start step 2: brpc server started");
  auto http = http_.start({ip_, port("be_http_port", 8040)},
                          [this](const HttpRequest& r) { return answer_http(r); });
  if (!http) be_exit(1);
  log_info("starrocks_be.cpp:1", "BE start step 3: http server started");
}

void BeNode::open_heartbeat() {
  const auto found = conf_.find("heartbeat_service_port");
  const auto port =
      found == conf_.end() ? 9050UL : std::strtoul(found->second.c_str(), nullptr, 10);
  auto listener = listen_on({ip_, static_cast<std::uint16_t>(port)});
  if (!listener) {
    log_error("starrocks_main.cpp:1", "fail to start heartbeat server: " + listener.error().what);
    be_exit(1);
  }
  heartbeat_listener_ = std::move(*listener);
  std::thread([this] { heartbeat_loop(); }).detach();
}

void BeNode::heartbeat_loop() {
  for (;;) {
    std::string peer;
    auto fd = std::make_shared<Fd>(accept_from(heartbeat_listener_, peer));
    if (!fd->valid()) return;
    std::thread([this, fd] { serve_heartbeat(*fd); }).detach();
  }
}

void BeNode::serve_heartbeat(const Fd& fd) {
  set_io_limit(fd, milliseconds(30000));
  const auto question = recv_msg(fd);
  if (!question) return;
  Msg answer = answer_heartbeat(*question);
  if (const auto fault = faults_.take("heartbeat")) {
    if (fault->kind == FaultKind::kDrop) return;
    if (fault->kind == FaultKind::kDelay) sleep_for(fault->delay);
    if (fault->kind == FaultKind::kError) answer = {{"status", "ERROR"}, {"error", fault->text}};
    if (fault->kind == FaultKind::kHang) {
      while (recv_msg(fd))
        continue;
      return;
    }
  }
  if (!send_msg(fd, answer)) log_warn("heartbeat_server.cpp:1", "the FE closed before the answer");
}

std::string BeNode::refusal(const Msg& question) {
  const bool as_backend = get(question, "node_type") == "BE";
  const std::string& cluster = get(question, "cluster_id");
  if (kind_ == Kind::kBackend && !cluster_id_.empty() && cluster_id_ != cluster)
    return "Unmatched cluster id";
  if (kind_ == Kind::kComputeNode && !cluster_id_.empty() && cluster_id_ != cluster)
    return "Unmatched cluster id";
  if (!token_.empty() && token_ != get(question, "token")) return "Unmatched token";
  if (get_int(question, "epoch") < epoch_) return "Out-dated epoch";
  const std::string& host = get(question, "backend_ip");
  if (is_ipv4(host)) {
    if (host != ip_) return "FE saved address not match backend address";
  } else {
    const auto resolved = resolver_.resolve(host);
    if (!resolved) return "Can not get ip address by fqdn: " + host;
    if (std::find(resolved->begin(), resolved->end(), ip_) == resolved->end())
      return "Unmatched backend ip";
  }
  if (as_backend && kind_ == Kind::kComputeNode)
    return "expect to be BE but actually CN,Unmatched node type!";
  if (!as_backend && kind_ == Kind::kBackend)
    return "expect to be CN but actually BE,Unmatched node type!";
  return {};
}

void BeNode::remember_master(const Msg& question) {
  if (cluster_id_.empty()) {
    cluster_id_ = get(question, "cluster_id");
    if (kind_ == Kind::kBackend) {
      for (const std::string& path : storage_)
        write_file(path + "/cluster_id", cluster_id_);
    }
  }
  token_ = get(question, "token");
  epoch_ = get_int(question, "epoch");
  node_id_ = get(question, "node_id");
  leader_ = {get(question, "fe_ip"), static_cast<std::uint16_t>(get_int(question, "rpc_port"))};
  if (reboot_ms_ == 0) reboot_ms_ = unix_ms();
}

Msg BeNode::answer_heartbeat(const Msg& question) {
  if (stopping_) {
    told_shutdown_ = true;
    return {{"status", "SHUTDOWN"}, {"error", "BE is shutting down"}};
  }
  const std::lock_guard lock(mutex_);
  const std::string reason = refusal(question);
  if (!reason.empty()) {
    log_warn("heartbeat_server.cpp:1", reason);
    return {{"status", "ERROR"}, {"error", reason}};
  }
  remember_master(question);
  Msg answer{{"status", "OK"},
             {"be_port", "9060"},
             {"http_port", "8040"},
             {"brpc_port", "8060"},
             {"version", profile_.build},
             {"cores", "4"},
             {"mem_limit", std::to_string(8LL << 30U)},
             {"storage", kind_ == Kind::kBackend ? "1" : "0"},
             {"reboot_ms", std::to_string(reboot_ms_)}};
  if (get(question, "run_mode") == "shared_data") answer["starlet_port"] = "9070";
  if (kind_ == Kind::kBackend) {
    answer["disk_used"] = std::to_string(disk_used_);
    answer["disk_total"] = std::to_string(disk_total_);
    answer["disk_free"] = std::to_string(disk_total_ - disk_used_);
  }
  return answer;
}

void BeNode::report_loop() {
  for (;;) {
    sleep_for(scaled_at_least(milliseconds(1000), milliseconds(100)));
    Endpoint to;
    Msg report;
    {
      const std::lock_guard lock(mutex_);
      to = leader_;
      const Msg one{
          {"id", node_id_}, {"running", std::to_string(running_)}, {"mem", "0.31"}, {"cpu", "1.0"}};
      report = {{"op", "report"}, {"nodes", join_list({encode(one)})}};
    }
    if (to.port != 0 &&
        !ask(ip_, to, report, scaled_at_least(milliseconds(5000), milliseconds(400))))
      continue;
  }
}

void BeNode::set_disk(std::int64_t used, std::int64_t total) {
  const std::lock_guard lock(mutex_);
  disk_used_ = used;
  disk_total_ = total;
}

std::string BeNode::state_text() const {
  const std::lock_guard lock(mutex_);
  return encode({{"cluster_id", cluster_id_},
                 {"running", std::to_string(running_)},
                 {"stopping", stopping_ ? "true" : "false"},
                 {"node_id", node_id_}});
}

std::string BeNode::metrics_text() const {
  const std::string running = std::to_string(running_);
  return "# TYPE starrocks_be_pip_query_ctx_cnt gauge\nstarrocks_be_pip_query_ctx_cnt " + running +
         "\n# TYPE starrocks_be_plan_fragment_count gauge\nstarrocks_be_plan_fragment_count 0\n"
         "starrocks_be_process_thread_num 42\nstarrocks_be_load_channel_count 0\n";
}

HttpAnswer BeNode::answer_http(const HttpRequest& request) {
  HttpAnswer answer{.content_type = "application/json"};
  const auto fault = faults_.take(request.path);
  if (fault && fault->kind == FaultKind::kDelay) sleep_for(fault->delay);
  if (fault && fault->kind == FaultKind::kHang) answer.fate = HttpAnswer::Fate::kHang;
  if (fault && fault->kind == FaultKind::kDrop) answer.fate = HttpAnswer::Fate::kClose;
  if (fault && fault->kind == FaultKind::kError) return {.status = 500, .body = fault->text};
  if (request.path == "/api/health") {
    answer.body = R"({"status": "OK","msg": "To Be Added"})";
  } else if (request.path == "/api/_stop_be") {
    answer.body = stopping_ ? R"({"status": "Be is shutting down"})" : R"({"status": "OK"})";
    if (!stopping_) kill(getpid(), SIGTERM);
  } else if (request.path == "/metrics") {
    answer.content_type = "text/plain; version=0.0.4";
    answer.body = metrics_text();
  } else {
    answer.status = 404;
  }
  return answer;
}

void BeNode::stop() {
  stopping_ = true;
  const auto found = conf_.find("loop_count_wait_fragments_finish");
  const int loops = found == conf_.end()
                        ? profile_.be_default_exit_loops
                        : static_cast<int>(std::strtol(found->second.c_str(), nullptr, 10));
  const std::int64_t limit = steady_ms() + scaled(milliseconds(loops * 10000LL)).count();
  sleep_for(scaled(milliseconds(1000)));  // the main thread polls the flag
  while (profile_.be_waits_for_pipeline && running_ > 0 && steady_ms() < limit) {
    log_info("exec_env.cpp:1", std::to_string(running_) + " fragment(s) are still running...");
    sleep_for(scaled(milliseconds(1000)));
  }
  while (lingers_)
    sleep_for(scaled_at_least(milliseconds(100), milliseconds(10)));
  log_info("starrocks_be.cpp:1", "BE exit step 1: heartbeat server exit successfully");
  log_info("starrocks_be.cpp:1", "BE exited successfully");
  be_exit(0);
}

}  // namespace srsim
