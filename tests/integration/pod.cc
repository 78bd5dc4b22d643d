#include "pod.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "sim_http.h"

namespace podlab {
namespace {

namespace fs = std::filesystem;

constexpr std::uint16_t kAgentPort = 8099;

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size());
  for (auto& text : texts)
    out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

/// Child in a group of its own, output appended to `output`, gone with the test.
pid_t spawn(std::vector<std::string> args,
            std::vector<std::string> env,
            const std::string& output) {
  const auto argv = pointers(args);
  const auto envp = pointers(env);
  const pid_t child = fork();
  if (child != 0) return child;
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int out = open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  execve(argv[0], argv.data(), envp.data());
  _exit(126);
}

int status_of(int raw) {
  return WIFSIGNALED(raw) ? 1000 + WTERMSIG(raw) : WEXITSTATUS(raw);
}

constexpr int kNarrow = 30;    ///< Ordinals of one kind in the lab's own range.
constexpr int kWideBase = 60;  ///< Last part of an address in the second range, above its .53.

int base_of(const std::string& kind) {
  if (kind == "fe") return 10;
  return kind == "be" ? 40 : 70;
}

/// Orphans of a start script, and servers that were about to write their pid file: by a pod's
/// folder in their words or environment.
void end_what_is_left(const std::string& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const auto pid = static_cast<pid_t>(std::strtol(entry.path().filename().c_str(), nullptr, 10));
    if (pid <= 1 || pid == getpid()) continue;
    const auto path = entry.path().string();
    const bool ours = read_text(path + "/cmdline").find(folder + "/") != std::string::npos ||
                      read_text(path + "/environ").find("=" + folder + "/") != std::string::npos;
    if (ours) ::kill(pid, SIGKILL);
  }
}

}  // namespace

Pod::Pod(Spec spec) : spec_(std::move(spec)) {
  std::ofstream{spec_.root + "/termination-log"};
}

Pod::~Pod() {
  kill_container();
}

std::string Pod::name() const {
  return spec_.cluster + "-" + spec_.kind + "-" + std::to_string(spec_.ordinal);
}

std::vector<std::string> Pod::environment() const {
  std::map<std::string, std::string> all;
  for (char** one = environ; *one != nullptr; ++one) {
    const std::string entry = *one;
    const auto equals = entry.find('=');
    all[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  for (const auto& [name, value] : spec_.env)
    all[name] = value;
  std::vector<std::string> out;
  out.reserve(all.size());
  for (const auto& [name, value] : all)
    out.push_back(std::string{name}.append("=").append(value));
  return out;
}

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string agent_program() {
  const char* other = std::getenv("SRAGENT_TEST_AGENT");
  return other != nullptr && *other != '\0' ? other : SRAGENT_BINARY;
}

std::vector<std::string> process_words(pid_t pid, const std::string& name) {
  std::istringstream words{read_text("/proc/" + std::to_string(pid) + "/" + name)};
  std::vector<std::string> out;
  for (std::string word; std::getline(words, word, '\0');)
    out.push_back(word);
  return out;
}

std::string command_line(pid_t pid) {
  std::string out;
  for (const auto& word : process_words(pid, "cmdline"))
    out += word + " ";
  return out;
}

void Pod::start(const std::vector<std::string>& args) {
  std::vector<std::string> words{agent_program()};
  if (args.empty()) {
    words.insert(words.end(), {"run", spec_.kind, spec_.service});
  } else {
    words.insert(words.end(), args.begin(), args.end());
  }
  start_command(words);
}

void Pod::start_command(const std::vector<std::string>& words) {
  std::ofstream(spec_.root + "/termination-log", std::ios::trunc).close();
  exit_.reset();
  pid_ = spawn(words, environment(), spec_.root + "/console");
}

pid_t Pod::start_beside(const std::vector<std::string>& words) const {
  return spawn(words, environment(), spec_.root + "/console-beside");
}

bool Pod::running() {
  return !wait_exit(milliseconds(0)).has_value() && pid_ > 0;
}

void Pod::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

std::optional<int> Pod::wait_exit(milliseconds limit) {
  if (pid_ <= 0) return exit_;
  wait_until(
      [this] {
        int raw = 0;
        if (waitpid(pid_, &raw, WNOHANG) != pid_) return false;
        exit_ = status_of(raw);
        return true;
      },
      limit);
  if (exit_) pid_ = -1;
  return exit_;
}

pid_t Pod::server_pid() const {
  const auto text = read_text(home() + "/bin/" + spec_.kind + ".pid");
  const auto pid = static_cast<pid_t>(std::strtol(text.c_str(), nullptr, 10));
  // Pids come again within seconds where hundreds of tests run: this one may be another test's.
  return pid > 0 && command_line(pid).find(spec_.root) != std::string::npos ? pid : 0;
}

void Pod::kill_server() const {
  if (const pid_t server = server_pid(); server > 0) ::kill(server, SIGKILL);
}

void Pod::kill_container() {
  const pid_t server = server_pid();
  if (pid_ > 0) ::kill(pid_, SIGKILL);
  if (pid_ > 0) ::kill(-pid_, SIGKILL);  // of a script: what it began; an agent is alone there
  if (server > 0) ::kill(server, SIGKILL);
  if (pid_ > 0) static_cast<void>(wait_exit());
  if (server > 0) wait_until([this, server] { return server_pid() != server; });
}

void Pod::lose_volume() const {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(volume(), ignored))
    fs::remove_all(entry.path(), ignored);
}

SqlAnswer Pod::sql(const std::string& statement) const {
  return srsim::SimNode({fqdn(), spec_.ip, spec_.root, spec_.kind, {}}).sql(statement);
}

std::string Pod::agent(const std::string& path, int* status) const {
  const auto reply =
      srsim::http_call(spec_.ip, {spec_.ip, kAgentPort}, {"GET", path, {}, {}}, milliseconds(5000));
  if (status != nullptr) *status = reply ? reply->status : 0;
  return reply ? reply->body : std::string{};
}

std::string Pod::status(const std::string& field) const {
  const auto json = nlohmann::json::parse(agent("/v1/status"), nullptr, false);
  if (!json.is_object() || !json.contains(field) || !json[field].is_string()) return {};
  return json[field].get<std::string>();
}

bool Pod::wait_reason(const std::string& word) const {
  return wait_until([&] { return status("reason") == word; }, milliseconds(60000));
}

std::string Pod::console() const {
  return read_text(spec_.root + "/console");
}

std::string Pod::termination_message() const {
  return read_text(spec_.root + "/termination-log");
}

std::string Pod::file(const std::string& path_below_home) const {
  return read_text(home() + "/" + path_below_home);
}

void Pod::add_conf(const std::string& line) const {
  std::ofstream(home() + "/conf/" + spec_.kind + ".conf", std::ios::app) << line << "\n";
}

std::pair<int, std::string> Pod::verb(const std::vector<std::string>& words) const {
  std::vector<std::string> args{agent_program()};
  args.insert(args.end(), words.begin(), words.end());
  return command(args);
}

std::pair<int, std::string> Pod::command(const std::vector<std::string>& words) const {
  auto output = spec_.root + "/verb-output.XXXXXX";  // one each: several may run at once
  close(mkstemp(output.data()));
  const pid_t child = spawn(words, environment(), output);
  int raw = 0;
  while (waitpid(child, &raw, 0) < 0 && errno == EINTR)
    continue;
  const auto said = read_text(output);
  std::error_code ignored;
  fs::remove(output, ignored);
  return {status_of(raw), said};
}

PodNet::PodNet(NetOptions options)
    : options_(std::move(options)), lab_({options_.time_scale, options_.version}) {
  if (!options_.all_names) return;
  for (const std::string kind : {"fe", "be", "cn"}) {
    for (int ordinal = 0; ordinal < 3; ++ordinal)
      serve_name(kind, ordinal, true);
  }
}

PodNet::~PodNet() {
  pods_.clear();
  end_what_is_left(lab_.dir());
}

std::string PodNet::ip_of(const std::string& kind, int ordinal) const {
  if (ordinal < kNarrow) return lab_.ip(base_of(kind) + ordinal);
  return wide_.at(kind)->ip(kWideBase + ordinal - kNarrow);
}

void PodNet::widen(const std::string& kind) {
  wide_[kind] = std::make_unique<srsim::SimLab>();
}

void PodNet::serve_names(const std::string& kind, int count) {
  auto& set = headless_ips_[kind];
  set.clear();
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    set.push_back(ip_of(kind, ordinal));
    const auto host = "kube-" + kind + "-" + std::to_string(ordinal) + "." + headless(kind);
    lab_.dns().set(host, {set.back()});
  }
  serve_headless(kind);
}

std::string PodNet::headless(const std::string& kind) const {
  if (kind == "fe") return options_.fe_set + "." + options_.suffix;
  return "kube-" + kind + "-search." + options_.suffix;
}

void PodNet::serve_headless(const std::string& kind) {
  lab_.dns().set(headless(kind), headless_ips_[kind]);
}

void PodNet::serve_name(const std::string& kind, int ordinal, bool served) {
  const auto ip = ip_of(kind, ordinal);
  auto& set = headless_ips_[kind];
  std::erase(set, ip);
  if (served) set.push_back(ip);
  const auto host = "kube-" + kind + "-" + std::to_string(ordinal) + "." + headless(kind);
  lab_.dns().set(host, served ? std::vector{ip} : std::vector<std::string>{});
  serve_headless(kind);
}

void PodNet::serve_service(const std::vector<std::string>& ips) {
  lab_.dns().set("kube-fe-service." + options_.suffix, ips);
}

Pod& PodNet::pod(const std::string& kind, int ordinal) {
  auto& slot = pods_[kind + std::to_string(ordinal)];
  if (!slot) {
    slot = make_pod(
        {"kube", options_.suffix, headless(kind), {}}, kind, ordinal, ip_of(kind, ordinal));
  }
  return *slot;
}

Pod& PodNet::other_fe(int ordinal) {
  auto& slot = pods_["other" + std::to_string(ordinal)];
  if (slot) return *slot;
  constexpr int kOtherBase = 110;
  const auto ip = lab_.ip(kOtherBase + ordinal);
  const auto& cluster = options_.other_cluster;
  const auto& suffix = options_.other_suffix.empty() ? options_.suffix : options_.other_suffix;
  const auto set_name = cluster + "-fe-search." + suffix;
  slot = make_pod({cluster, suffix, set_name, "second"}, "fe", ordinal, ip);
  auto& set = headless_ips_["other"];
  set.push_back(ip);
  lab_.dns().set(slot->fqdn(), {ip});
  lab_.dns().set(set_name, set);
  return *slot;
}

std::unique_ptr<Pod> PodNet::make_pod(const Place& place,
                                      const std::string& kind,
                                      int ordinal,
                                      const std::string& ip) {
  const auto name = place.cluster + "-" + kind + "-" + std::to_string(ordinal);
  const auto& set_name = place.headless;
  const auto root = lab_.dir() + "/" + place.folder + name;
  Pod::Spec spec;
  spec.cluster = place.cluster;
  spec.kind = kind;
  spec.ordinal = ordinal;
  spec.ip = ip;
  spec.headless = set_name;
  spec.root = root;
  spec.service = place.cluster + "-fe-service." + place.suffix;
  const auto scale = std::to_string(static_cast<int>(options_.time_scale));
  spec.env = {{"SR_SIM_IP", ip},
              {"SR_SIM_HOSTNAME", name + "." + set_name},
              {"SR_SIM_HOSTS", ip + " " + name + "." + set_name},
              {"SR_SIM_DNS", lab_.dns().address()},
              {"SR_SIM_TIME_SCALE", scale},
              {"SR_SIM_CONTROL", ip + ":7070"},
              {"STARROCKS_ROOT", root},
              {"POD_NAME", name},
              {"POD_NAMESPACE", place.suffix.substr(0, place.suffix.find('.'))},
              {"POD_IP", ip},
              {"POD_FQDN", name + "." + set_name},
              {"HOST_TYPE", "FQDN"},
              {"SR_AGENT_DNS__SERVERS", lab_.dns().address()},
              {"SR_AGENT_HTTP__LISTEN", ip + ":8099"},
              {"SR_AGENT_NODE__RUNTIME_DIR", root + "/run"},
              {"SR_AGENT_NODE__TERMINATION_LOG", root + "/termination-log"},
              {"SR_AGENT_LOG__FORMAT", "text"},
              {"SR_AGENT_SIMULATION__TIME_SCALE", scale}};
  if (options_.fe_count > 0) spec.env["SR_AGENT_FE_COUNT"] = std::to_string(options_.fe_count);
  const std::string install = std::string{SRSIM_BINARY} + " install --root " + root +
                              " --version " + options_.version + " --roles " + kind + " >/dev/null";
  if (std::system(install.c_str()) != 0) throw std::runtime_error("cannot run: " + install);
  return std::make_unique<Pod>(std::move(spec));
}

bool PodNet::start_frontends(int count) {
  for (int i = 0; i < count; ++i)
    fe(i).start();
  return wait_frontends(count);
}

SqlAnswer PodNet::frontends(int at) {
  if (at >= 0) return fe(at).sql("SHOW FRONTENDS");
  SqlAnswer answer;
  for (const auto& [name, pod] : pods_) {
    if (name.substr(0, 2) != "fe" || pod->server_pid() == 0) continue;
    answer = pod->sql("SHOW FRONTENDS");
    if (answer.ok) return answer;
  }
  return answer;
}

bool PodNet::wait_frontends(int count, int at, milliseconds limit) {
  return wait_until(
      [&] {
        const auto answer = frontends(at);
        if (!answer.ok || static_cast<int>(answer.rows.size()) != count) return false;
        int leaders = 0;
        for (const auto& row : answer.rows) {
          if (srsim::cell(row, "Join") != "true" || srsim::cell(row, "Alive") != "true")
            return false;
          if (srsim::cell(row, "Role") == "LEADER") ++leaders;
        }
        return leaders == 1;
      },
      limit);
}

std::vector<std::string> PodNet::cluster_ids_on_disk() {
  std::vector<std::string> out;
  for (const auto& [name, pod] : pods_) {
    if (name.substr(0, 2) != "fe") continue;
    const auto text = pod->file("meta/image/VERSION");
    const auto at = text.find("clusterId=");
    if (at == std::string::npos) continue;
    const auto id = text.substr(at + 10, text.find('\n', at) - at - 10);
    if (std::find(out.begin(), out.end(), id) == out.end()) out.push_back(id);
  }
  return out;
}

bool PodNet::wait_worker(const std::string& kind, int ordinal, milliseconds limit) {
  const auto host = pod(kind, ordinal).fqdn();
  const std::string statement = kind == "be" ? "SHOW BACKENDS" : "SHOW COMPUTE NODES";
  return wait_until(
      [&] {
        for (int i = 0; i < 3; ++i) {
          const auto answer = fe(i).sql(statement);
          if (answer.ok) return srsim::cell(answer.row("IP", host), "Alive") == "true";
        }
        return false;
      },
      limit);
}

}  // namespace podlab
