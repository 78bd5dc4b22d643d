#include <csignal>

#include "here.h"
#include "io/command.h"
#include "io/disk_space.h"
#include "io/files.h"
#include "io/listeners.h"
#include "io/process.h"
#include "io/random.h"
#include "io/supervise.h"
#include "runtime/log.h"
#include "starrocks/small_file.h"
#include "starrocks/state_file.h"

/// io/files, process, random, supervise, the small files of starrocks/ and the log, in simulated
/// pods.
namespace sragent {
// io declares these functions.
// NOLINTBEGIN(readability-convert-member-functions-to-static)

using simulate::Disk;
using simulate::here;
using simulate::World;

namespace {

constexpr std::string_view kFeConf = "meta_dir = /data\nhttp_port = 8030\n";
constexpr std::string_view kBeConf = "storage_root_path = /data\nbe_http_port = 8040\n";

Disk& disk_of(const std::string& path) {
  auto& pod = here().pod;
  return path.starts_with(simulate::kDataDir) ? *pod.data : pod.own;
}

tl::unexpected<Error> absent(const std::string& path) {
  return tl::unexpected(Error{ErrorKind::kNotFound, path + ": no such file"});
}

Result<std::string> text_of(const std::string& path) {
  auto& world = World::current();
  if (path == simulate::kPasswordFile) return world.secret;
  if (path == simulate::kNextPasswordFile && world.next_secret) return *world.next_secret;
  if (path.ends_with("/conf/fe.conf")) return std::string{kFeConf};
  if (path.ends_with("/conf/be.conf") || path.ends_with("/conf/cn.conf"))
    return std::string{kBeConf};
  const auto* text = disk_of(path).find(path);
  if (text == nullptr) return absent(path);
  return *text;
}

void changes(const char* what, const std::string& path) {
  World::current().on_side_effect(here(), std::string(what) + " " + path);
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t /*max_bytes*/) {
  return text_of(path);
}

Result<std::string> read_tail(const std::string& path, std::size_t /*max_bytes*/) {
  return text_of(path);
}

Result<void> write_atomic(const std::string& path, std::string_view text, mode_t /*mode*/) {
  changes("write", path);
  disk_of(path).write(path, std::string{text});
  return {};
}

/// The journal is written and never read by the agent: its last line will do.
Result<void> append_line_fsync(const std::string& path, std::string_view line) {
  changes("append", path);
  disk_of(path).write(path, std::string{line});
  return {};
}

Result<void> rename_aside(const std::string& from, const std::string& to) {
  if (!disk_of(from).exists(from)) return absent(from);
  changes("rename", from);
  disk_of(from).rename(from, to);
  return {};
}

/// No ConfigMap is linked here, and a server writes no files that show how far its start is.
Result<std::vector<DirEntry>> list_dir(const std::string& path, std::size_t /*max_entries*/) {
  return absent(path);
}

Result<PathEntry> entry_at(const std::string& path) {
  return PathEntry{file_kind(path).value_or(FileKind::kAbsent), false, {}};
}

Result<void> put_link(const std::string& text, const std::string& path) {
  changes("link", path);
  disk_of(path).write(path, text);
  return {};
}

Result<void> remove_file(const std::string& path) {
  if (disk_of(path).find(path) == nullptr) return absent(path);
  changes("remove", path);
  disk_of(path).remove(path);
  return {};
}

bool executable(const std::string& /*path*/) {
  return true;
}

Result<FileKind> file_kind(const std::string& path) {
  auto& disk = disk_of(path);
  if (disk.find(path) != nullptr) return FileKind::kRegular;
  if (path == simulate::kDataDir || disk.is_folder(path)) return FileKind::kDirectory;
  return FileKind::kAbsent;
}

Result<void> mkdir_p(const std::string& path, mode_t /*mode*/) {
  disk_of(path).make_folder(path);
  return {};
}

void remove_unfinished(const std::string& /*dir*/, std::string_view /*name*/) {
  // A write is whole or not at all here.
}

// No pod here has probes that start programs.
Result<Child> ChildDesk::start(const SpawnSpec& spec) {
  return spawn(spec);
}
std::vector<Reaped> ChildDesk::take(const std::vector<Reaped>& reaped) {
  return reaped;
}
Result<CommandOutcome> run_command(ChildDesk& /*desk*/,
                                   const CommandSpec& spec,
                                   Deadline /*until*/) {
  return absent(spec.argv.front());
}

Result<FileStamp> file_stamp(const std::string& path) {
  if (disk_of(path).find(path) == nullptr) return absent(path);
  return FileStamp{};
}

/// A volume here is never full.
Result<FileSystemSpace> disk_space(const std::string& path) {
  constexpr std::uint64_t kRoom = std::uint64_t{1} << 40U;
  if (file_kind(path).value_or(FileKind::kAbsent) == FileKind::kAbsent) return absent(path);
  return FileSystemSpace{kRoom, kRoom, 0, 0};
}

namespace starrocks_detail {

Result<std::string> read_small_file(const std::string& path, std::size_t /*max_bytes*/) {
  return text_of(path);
}

TreeScan scan_tree(const std::string& root) {
  TreeScan out;
  const auto& files = disk_of(root).files();
  const auto prefix = root + "/";
  for (auto it = files.lower_bound(prefix); it != files.end() && it->first.starts_with(prefix);
       ++it) {
    out.any = true;
    const auto rest = std::string_view{it->first}.substr(prefix.size());
    if (rest.ends_with(".jdb") && rest.find('/') == std::string_view::npos) out.jdb = true;
  }
  return out;
}

bool entry_exists(const std::string& path) {
  return disk_of(path).exists(path);
}

}  // namespace starrocks_detail

std::uint64_t random_bits() {
  return World::current().rng.next();
}

ExitStatus decode_wait_status(int status) {
  return {ExitStatus::How::kExited, status};
}

std::string to_string(const ExitStatus& status) {
  return status.how == ExitStatus::How::kExited
             ? "exited with " + std::to_string(status.value)
             : "killed by signal " + std::to_string(status.value);
}

Result<Child> spawn(const SpawnSpec& spec) {
  auto& agent = here();
  auto& world = agent.world;
  changes("spawn", spec.argv.front());
  world.on_spawn(agent, spec.argv);
  auto& pod = agent.pod;
  if (pod.server) world.old_servers.push_back(std::move(pod.server));
  const int pid = ++world.next_pid;
  pod.server = simulate::make_server(world, pod, pid, spec.argv);
  world.processes[pid] = pod.server.get();
  auto* const server = pod.server.get();
  world.kernel.spawn(*server, [server] { server->run(); });
  Child out;
  out.pid = pid;
  return out;
}

std::vector<Reaped> reap_all() {
  return std::exchange(here().reaped, {});
}

namespace {

Result<void> signal_to(pid_t pid, int number) {
  auto& world = World::current();
  const auto it = world.processes.find(pid);
  if (it == world.processes.end() || it->second->over)
    return tl::unexpected(Error{ErrorKind::kNotFound, "no such process"});
  auto& server = *it->second;
  changes("signal", std::to_string(number));
  const bool graceful = number == SIGUSR1;  // sent only where it is an exit
  if (number == SIGKILL) {
    server.end(SIGKILL, true);
  } else if ((number == SIGTERM || number == SIGINT || graceful) && !server.terminating) {
    server.terminating = true;
    server.exits_gracefully = graceful;
    world.kernel.after(world.rng.between(200, 8'000), [&server, graceful] {
      if (!server.over) server.end(graceful ? 0 : 143);
    });
  }
  return {};
}

}  // namespace

Result<void> kill_process(pid_t pid, int signal) {
  return signal_to(pid, signal);
}
Result<void> kill_group(pid_t pgid, int signal) {
  return signal_to(pgid, signal);
}
Result<ProcessInfo> process_info(pid_t pid) {
  const auto& all = World::current().processes;
  const auto it = all.find(pid);
  if (it == all.end() || it->second->over)
    return tl::unexpected(Error{ErrorKind::kNotFound, "no such process"});
  ProcessInfo out;
  out.pid = pid;
  out.pgid = pid;
  out.state = 'S';
  const bool fe = it->second->pod.slot->kind == NodeKind::kFe;
  out.comm = fe ? "java" : "starrocks_be";
  out.argv = {fe ? "java" : "/opt/starrocks/be/lib/starrocks_be"};
  if (fe) out.argv.emplace_back("com.starrocks.StarRocksFE");
  if (it->second->pod.slot->kind == NodeKind::kCn) out.argv.emplace_back("--cn");
  return out;
}

bool listens(std::string_view /*address*/, std::span<const std::uint16_t> /*ports*/) {
  return false;  // no simulated agent is a sidecar
}
std::optional<bool> shares_network(pid_t /*pid*/) {
  return std::nullopt;
}
std::string pid_namespace() {
  return {};
}
std::chrono::milliseconds age_of(const ProcessInfo& /*process*/) {
  return {};
}
bool is_locked(const std::string& /*path*/) {
  return false;
}

std::vector<pid_t> process_ids() {
  return {};  // nobody runs a stop script in a simulated pod
}

std::vector<ProcessInfo> descendants(pid_t /*ancestor*/) {
  return {};
}

std::vector<std::string> open_files(pid_t /*pid*/, std::string_view /*suffix*/) {
  return {};  // a simulated server has no descriptors
}

std::string real_path(const std::string& path) {
  return path;
}

std::optional<ProcessInfo> find_server(const std::string& /*pid_file*/,
                                       pid_t child,
                                       const std::function<bool(const ProcessInfo&)>& is_server) {
  const auto info = process_info(child);
  if (!info || !is_server(*info)) return std::nullopt;
  return *info;
}

Result<void> set_subreaper() {
  return {};
}
bool is_pid1() {
  return true;
}
std::string pid1_comm() {
  return {};
}

namespace {

void log_line(std::string_view event, std::initializer_list<LogField> fields) {
  std::string text{event};
  for (const auto& [name, value] : fields)
    text.append(" ").append(name).append("=").append(value);
  World::current().note(&here().pod, {"agent:", text});
}

}  // namespace

void set_up_log(LogLevelSetting /*level*/, LogFormatSetting /*format*/) {}
void set_log_level(LogLevelSetting /*level*/) {}
void log_debug(std::string_view /*event*/, std::initializer_list<LogField> /*fields*/) {}
void log_info(std::string_view event, std::initializer_list<LogField> fields) {
  log_line(event, fields);
}
void log_warn(std::string_view event, std::initializer_list<LogField> fields) {
  log_line(event, fields);
}
void log_error(std::string_view event, std::initializer_list<LogField> fields) {
  log_line(event, fields);
}

// NOLINTEND(readability-convert-member-functions-to-static)
}  // namespace sragent
