#include "lab.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "fe_config.h"
#include "meta_dir.h"

namespace srsim {
namespace {

namespace fs = std::filesystem;

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts)
    out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

/// A child in a group of its own that dies with this thread; stdout and stderr go to `output`.
pid_t spawn(std::vector<std::string> args,
            std::vector<std::string> env,
            const std::string& output) {
  const std::vector<char*> argv = pointers(args);
  const std::vector<char*> envp = pointers(env);
  const pid_t child = fork();
  if (child != 0) return child;
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int out = open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  const int in = open("/dev/null", O_RDONLY);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  execve(argv[0], argv.data(), envp.data());
  _exit(126);
}

int status_of(int raw) {
  return WIFSIGNALED(raw) ? 1000 + WTERMSIG(raw) : WEXITSTATUS(raw);
}

int run_and_wait(const std::vector<std::string>& args,
                 const std::vector<std::string>& env,
                 const std::string& output) {
  const pid_t child = spawn(args, env, output);
  int raw = 0;
  while (waitpid(child, &raw, 0) < 0 && errno == EINTR)
    continue;
  return status_of(raw);
}

std::vector<std::string> own_environment() {
  std::vector<std::string> out;
  for (char** one = environ; *one != nullptr; ++one)
    out.emplace_back(*one);
  return out;
}

std::string make_temp_dir() {
  std::string pattern = (fs::temp_directory_path() / "srsim-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  fs::permissions(pattern, static_cast<fs::perms>(0755));
  return pattern;
}

}  // namespace

bool wait_until(const std::function<bool()>& condition, milliseconds limit) {
  const std::int64_t until = steady_ms() + limit.count();
  while (!condition()) {
    if (steady_ms() > until) return false;
    sleep_for(milliseconds(20));
  }
  return true;
}

SimDns::SimDns(std::string ip, std::string dir) : ip_(std::move(ip)), dir_(std::move(dir)) {
  write_hosts();
  start();
}

SimDns::~SimDns() {
  stop();
}

void SimDns::start() {
  if (pid_ > 0) return;
  std::vector<std::string> args{"/usr/sbin/dnsmasq",
                                "--keep-in-foreground",
                                "--no-resolv",
                                "--no-hosts",
                                "--pid-file",
                                "--bind-interfaces",
                                "--port=5353",
                                "--local-ttl=1",
                                "--log-facility=" + dir_ + "/dnsmasq.log",
                                "--addn-hosts=" + dir_ + "/hosts",
                                "--local=/lab/",
                                "--local=/local/",
                                "--local=/internal/",
                                "--listen-address=" + ip_};
  // As root it would change its user and group, which a user namespace does not permit.
  if (geteuid() == 0) args.insert(args.end(), {"--user=root", "--group="});
  pid_ = spawn(args, own_environment(), dir_ + "/dnsmasq.out");
  if (!wait_until([this] { return port_open({ip_, 5353}); }))
    throw std::runtime_error("dnsmasq did not start");
}

void SimDns::stop() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void SimDns::write_hosts() const {
  std::string text;
  for (const auto& [name, ips] : hosts_) {
    for (const std::string& ip : ips)
      text.append(ip).append(" ").append(name).append("\n");
  }
  write_file(dir_ + "/hosts", text);
}

void SimDns::set(const std::string& name, const std::vector<std::string>& ips) {
  hosts_[name] = ips;
  write_hosts();
  if (pid_ > 0) kill(pid_, SIGHUP);
}

SimNode::~SimNode() {
  kill_now();
}

std::vector<std::string> SimNode::environment(
    const std::map<std::string, std::string>& extra) const {
  std::map<std::string, std::string> values = spec_.env;
  for (const auto& [key, value] : extra)
    values[key] = value;
  std::vector<std::string> out;
  for (const std::string& one : own_environment()) {
    if (!values.contains(one.substr(0, one.find('=')))) out.push_back(one);
  }
  for (const auto& [key, value] : values)
    out.push_back(std::string{key}.append("=").append(value));
  return out;
}

void SimNode::start(const std::vector<std::string>& args,
                    const std::map<std::string, std::string>& extra_env) {
  kill_now();
  exit_.reset();
  std::vector<std::string> command{home() + "/bin/start_" + spec_.kind + ".sh"};
  const bool told = std::find(args.begin(), args.end(), "--host_type") != args.end();
  if (spec_.kind == "fe" && !told) command.insert(command.end(), {"--host_type", "FQDN"});
  command.insert(command.end(), args.begin(), args.end());
  pid_ = spawn(command, environment(extra_env), spec_.root + "/start.out");
}

bool SimNode::running() {
  return pid_ > 0 && !wait_exit(milliseconds(0));
}

void SimNode::signal(int number) const {
  if (pid_ > 0) kill(pid_, number);
}

std::optional<int> SimNode::wait_exit(milliseconds limit) {
  if (pid_ <= 0) return exit_;
  const bool over = wait_until(
      [this] {
        int raw = 0;
        if (waitpid(pid_, &raw, WNOHANG) != pid_) return false;
        exit_ = status_of(raw);
        return true;
      },
      limit);
  if (over) pid_ = -1;
  return exit_;
}

void SimNode::kill_now() {
  signal(SIGKILL);
  if (pid_ > 0 && !wait_exit()) pid_ = -1;
}

void SimNode::wipe() const {
  const std::string folder = home() + (spec_.kind == "fe" ? "/meta" : "/storage");
  for (const auto& entry : fs::directory_iterator(folder))
    fs::remove_all(entry.path());
}

bool SimNode::port(std::uint16_t number) const {
  return port_open({spec_.ip, number});
}

bool SimNode::wait_port(std::uint16_t number, milliseconds limit) const {
  return wait_until([&] { return port(number); }, limit);
}

Result<HttpReply> SimNode::http(const std::string& target, const std::string& from) const {
  return http(HttpCall{.target = target}, from);
}

Result<HttpReply> SimNode::http(const HttpCall& call, const std::string& from) const {
  const std::uint16_t number = spec_.kind == "fe" ? 8030 : 8040;
  return http_call(from.empty() ? spec_.ip : from, {spec_.ip, number}, call, milliseconds(10000));
}

std::string SimNode::http_body(const std::string& target) const {
  const auto reply = http(target);
  return reply ? reply->body : std::string();
}

std::string SimNode::control(const std::string& target) const {
  const auto reply = http_call("", {spec_.ip, 7070}, {.target = target}, milliseconds(5000));
  return reply ? reply->body : std::string();
}

std::string SimNode::log() const {
  return read_file(home() + (spec_.kind == "fe" ? "/log/fe.log" : "/log/" + spec_.kind + ".INFO"));
}

std::string SimNode::out() const {
  return read_file(home() + "/log/" + spec_.kind + ".out");
}
std::string SimNode::file(const std::string& path) const {
  return read_file(home() + "/" + path);
}

std::pair<int, std::string> SimNode::script(const std::string& name,
                                            const std::vector<std::string>& args) const {
  const std::string output = spec_.root + "/script.out";
  fs::remove(output);
  std::vector<std::string> command{home() + "/bin/" + name};
  command.insert(command.end(), args.begin(), args.end());
  const int status = run_and_wait(command, environment({{"SR_SIM_STOP_POLL", "0.05"}}), output);
  return {status, read_file(output)};
}

void SimNode::add_conf(const std::string& line) const {
  std::ofstream(home() + "/conf/" + spec_.kind + ".conf", std::ios::app) << line << "\n";
}

SimLab::SimLab(LabOptions options) : options_(std::move(options)) {
  const int pid = getpid();
  for (int attempt = 0; attempt < 500 && !claim_.valid(); ++attempt) {
    const int number = (pid + attempt * 7) % (120 * 250);
    net_ = "127." + std::to_string(64 + number / 250 % 120) + "." +
           std::to_string(1 + number % 250) + ".";
    if (auto claim = listen_on({ip(1), 5999})) claim_ = std::move(*claim);
  }
  dir_ = make_temp_dir();
  dns_ = std::make_unique<SimDns>(ip(53), dir_);
}

SimLab::~SimLab() {
  nodes_.clear();
  dns_.reset();
  std::error_code ignored;
  if (std::getenv("SR_SIM_KEEP") == nullptr) fs::remove_all(dir_, ignored);
}

std::string SimLab::ip(int last) const {
  return net_ + std::to_string(last);
}

SimNode& SimLab::node(const std::string& kind, int index, int base) {
  const std::string name = kind + "-" + std::to_string(index) + "." + kind + ".lab";
  auto& slot = nodes_[name];
  if (slot) return *slot;
  NodeSpec spec{.name = name, .ip = ip(base + index), .root = dir_ + "/" + name, .kind = kind};
  spec.env = {{"SR_SIM_IP", spec.ip},
              {"SR_SIM_HOSTNAME", name},
              {"SR_SIM_DNS", dns_->address()},
              {"SR_SIM_TIME_SCALE", std::to_string(options_.time_scale)},
              {"SR_SIM_CONTROL", spec.ip + ":7070"}};
  dns_->set(name, {spec.ip});
  const std::string roles = kind == "cn" ? "cn" : kind;
  const std::vector<std::string> command{SRSIM_BINARY,
                                         "install",
                                         "--root",
                                         spec.root,
                                         "--version",
                                         options_.version,
                                         "--roles",
                                         roles};
  if (run_and_wait(command, own_environment(), dir_ + "/install.out") != 0) {
    throw std::runtime_error("install failed: " + read_file(dir_ + "/install.out"));
  }
  slot = std::make_unique<SimNode>(spec);
  return *slot;
}

bool SimLab::join(SimNode& leader, SimNode& joiner, const std::string& role) {
  const std::string verb = joiner.spec().kind == "be"   ? "BACKEND"
                           : joiner.spec().kind == "cn" ? "COMPUTE NODE"
                                                        : role;
  const bool frontend = joiner.spec().kind == "fe";
  const std::string address = joiner.name() + (frontend ? ":9010" : ":9050");
  if (!wait_until([&] { return leader.sql("ALTER SYSTEM ADD " + verb + " '" + address + "'").ok; }))
    return false;
  if (frontend) {
    joiner.start({"--helper", leader.name() + ":9010"});
  } else {
    joiner.start();
  }
  const std::string show = frontend            ? "SHOW FRONTENDS"
                           : verb == "BACKEND" ? "SHOW BACKENDS"
                                               : "SHOW COMPUTE NODES";
  return wait_until(
      [&] { return cell(leader.sql(show).row("IP", joiner.name()), "Alive") == "true"; });
}

bool SimLab::start_frontends(int count) {
  fe(0).start();
  if (!fe(0).wait_port(8030)) return false;
  for (int i = 1; i < count; ++i) {
    if (!join(fe(0), fe(i))) return false;
  }
  return true;
}

SimNode* SimLab::leader(int count) {
  for (int i = 0; i < count; ++i) {
    if (!fe(i).running()) continue;
    if (fe(i).http_body("/metrics").find("node_info{type=\"is_master\"} 1") != std::string::npos)
      return &fe(i);
  }
  return nullptr;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

}  // namespace srsim
