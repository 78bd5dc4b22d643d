// sr-sim: plays a StarRocks FE, BE or CN. The stock-named scripts that `sr-sim install` lays out
// start it under the names `java` and `starrocks_be`.
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "be_node.h"
#include "control.h"
#include "fe_exit.h"
#include "fe_node.h"
#include "scripts_install.h"
#include "sim_log.h"

namespace {

using srsim::Msg;

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1})
    sigaddset(&set, signal);
  return set;
}

int wait_signal() {
  const sigset_t set = watched_signals();
  int signal = 0;
  sigwait(&set, &signal);
  return signal;
}

/// The default action of a signal that this process keeps blocked.
[[noreturn]] void die_of(int number) {
  signal(number, SIG_DFL);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, number);
  kill(getpid(), number);
  pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  pause();
  std::_Exit(255);
}

/// A JVM that gets TERM, INT or HUP runs its shutdown hook and exits with 128 + signal.
void fe_signals(srsim::FeNode& node) {
  for (;;) {
    const int signal = wait_signal();
    if (signal != SIGUSR1) {
      srsim::log_info("StarRocksFE.lambda$addShutdownHook$3():528",
                      "start to execute shutdown hook");
      srsim::log_info("StarRocksFE.lambda$addShutdownHook$3():548", "shutdown hook end");
      srsim::fe_exit(128 + signal);
    }
    if (!node.handles_usr1()) die_of(signal);
    std::thread([&node] { node.graceful_exit(); }).detach();
  }
}

std::string set_tablets(srsim::FeNode& node, const Msg& query) {
  const auto known = node.catalog();
  const std::int64_t id = srsim::get_int(query, "node");
  if (!known->nodes.contains(id)) return "no such node id";
  srsim::Table table{.db = "sim", .name = "load_" + std::to_string(id)};
  table.replication_num =
      static_cast<int>(query.contains("replicas") ? srsim::get_int(query, "replicas") : 1);
  for (std::int64_t i = 0; i < srsim::get_int(query, "tablets"); ++i)
    table.tablets.push_back({id});
  const auto error =
      node.commit_all({srsim::entry::put_database("sim"), srsim::entry::put_table(table)});
  return error ? error->message : std::string();
}

std::string refuse_port(srsim::FeNode& node, const Msg& query) {
  const std::string& port = srsim::get(query, "port");
  if (port == "http") node.http().stop_listening();
  if (port == "sql" && node.mysql() != nullptr)
    std::thread([&node] { node.mysql()->stop(); }).detach();
  if (port == "greeting" && node.mysql() != nullptr) node.mysql()->set_mute(true);
  return port == "http" || port == "sql" || port == "greeting" ? "" : "port=http, sql or greeting";
}

int run_fe(const std::vector<std::string>& args) {
  srsim::FeConfig config = srsim::read_fe_config(args);
  std::error_code ignored;
  std::filesystem::create_directories(config.log_dir, ignored);
  srsim::open_log(config.log_dir + "/fe.log", config.log_to_console);
  srsim::open_audit_log(config.log_dir + "/fe.audit.log");
  static srsim::FeNode node(std::move(config));
  std::thread([] { fe_signals(node); }).detach();
  srsim::start_control({.sql = &node.faults(),
                        .http = &node.http_faults(),
                        .state = [] { return node.state_text(); },
                        .set = [](const Msg& query) { return set_tablets(node, query); },
                        .refuse = [](const Msg& query) { return refuse_port(node, query); }});
  node.start();
  for (;;)
    pause();
}

std::string set_load(srsim::BeNode& node, const Msg& query) {
  if (query.contains("running"))
    node.set_running(static_cast<int>(srsim::get_int(query, "running")));
  if (query.contains("linger")) node.set_lingering(srsim::get_int(query, "linger") != 0);
  if (query.contains("disk_used")) {
    node.set_disk(srsim::get_int(query, "disk_used"), srsim::get_int(query, "disk_total"));
  }
  return {};
}

int run_be(const std::vector<std::string>& args) {
  bool cn = false;
  for (const std::string& arg : args)
    cn = cn || arg == "--cn";
  static srsim::BeNode node(cn ? srsim::BeNode::Kind::kComputeNode : srsim::BeNode::Kind::kBackend);
  srsim::start_control({.http = &node.faults(),
                        .state = [] { return node.state_text(); },
                        .set = [](const Msg& query) { return set_load(node, query); },
                        .refuse =
                            [](const Msg&) {
                              node.http().stop_listening();
                              return std::string();
                            }});
  std::thread([] {
    int signal = wait_signal();
    while (signal == SIGHUP)
      signal = wait_signal();
    if (signal == SIGUSR1) die_of(signal);
    node.stop();
  }).detach();
  node.start();
  for (;;)
    pause();
}

int usage() {
  std::cerr << "usage: sr-sim install --root DIR [--version V] [--roles fe,be,cn] [--copy]\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  const std::string name = std::filesystem::path(argv[0]).filename().string();
  bool fe = false;
  for (const std::string& arg : args)
    fe = fe || arg == "com.starrocks.StarRocksFE";
  if (fe || name == "starrocks_be") {
    const sigset_t set = watched_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    signal(SIGPIPE, SIG_IGN);
    return fe ? run_fe(args) : run_be(args);
  }
  if (args.empty() || args[0] != "install") return usage();
  return srsim::install({args.begin() + 1, args.end()}) ? 0 : usage();
}
