#include "io/supervise.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <map>
#include <memory>
#include <string_view>

#include <dirent.h>

#include "core/text.h"
#include "io/errno.h"
#include "io/files.h"

namespace sragent {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kProcFileLimit = std::size_t{1} << 20U;
constexpr std::size_t kPidFileLimit = 64;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

/// /proc/PID/stat: "pid (comm) state ppid pgrp ... starttime(22)". The comm may itself hold blanks
/// and parentheses, so it ends at the last one.
std::optional<ProcessInfo> parse_stat(std::string_view text) {
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
  if (close + 2 > text.size()) return {};
  const auto fields = split(text.substr(close + 2), ' ');
  constexpr std::size_t kStartTime = 22 - 3;  // Fields are counted from 1; ours begin at 3.
  if (fields.size() <= kStartTime || fields[0].empty()) return {};
  ProcessInfo info;
  info.pid = whole_number<pid_t>(text.substr(0, open - 1)).value_or(0);
  info.comm = text.substr(open + 1, close - open - 1);
  info.state = fields[0].front();
  info.ppid = whole_number<pid_t>(fields[1]).value_or(0);
  info.pgid = whole_number<pid_t>(fields[2]).value_or(0);
  info.start_ticks = whole_number<std::uint64_t>(fields[kStartTime]).value_or(0);
  if (info.pid <= 0) return {};
  return info;
}

std::string proc_path(pid_t pid, const char* file) {
  return "/proc/" + std::to_string(pid) + "/" + file;
}

Result<ProcessInfo> read_stat(pid_t pid) {
  auto text = read_file(proc_path(pid, "stat"), kProcFileLimit);
  if (!text) return tl::unexpected(text.error());
  auto info = parse_stat(*text);
  if (!info) {
    return tl::unexpected(
        Error{.kind = ErrorKind::kGarbled, .what = proc_path(pid, "stat") + ": not as in proc(5)"});
  }
  return *info;
}

std::vector<std::string> read_argv(pid_t pid) {
  std::vector<std::string> argv;
  const auto text = read_file(proc_path(pid, "cmdline"), kProcFileLimit);
  if (!text) return argv;
  for (const std::string_view part : split(*text, '\0'))
    argv.emplace_back(part);
  return argv;
}

/// `known` processes below `ancestor`, breadth first.
std::vector<ProcessInfo> below(pid_t ancestor, const std::multimap<pid_t, ProcessInfo>& by_parent) {
  std::vector<ProcessInfo> found;
  std::vector<pid_t> parents{ancestor};
  for (std::size_t i = 0; i < parents.size(); ++i) {
    const auto [first, last] = by_parent.equal_range(parents[i]);
    for (auto it = first; it != last; ++it) {
      found.push_back(it->second);
      parents.push_back(it->second.pid);
    }
  }
  return found;
}

/// "net:[4026531840]"; empty: there is none, or it may not be looked at.
std::string namespace_of(const std::string& process, const std::string& kind) {
  std::error_code failed;
  const auto name = fs::read_symlink("/proc/" + process + "/ns/" + kind, failed);
  return failed ? std::string{} : name.string();
}

std::optional<pid_t> pid_in_file(const std::string& path) {
  const auto text = read_file(path, kPidFileLimit);
  if (!text) return std::nullopt;
  std::string_view digits = *text;
  while (!digits.empty() && (digits.back() == '\n' || digits.back() == ' '))
    digits.remove_suffix(1);
  return whole_number<pid_t>(digits);
}

/// The child and all below it; below ourselves instead once the child is gone, because its orphans
/// are ours then (we are PID 1 or a subreaper).
std::vector<ProcessInfo> family_of(pid_t child) {
  auto own = process_info(child);
  if (!own || own->state == 'Z') return descendants(::getpid());
  std::vector<ProcessInfo> family{*std::move(own)};
  for (auto& below : descendants(child))
    family.push_back(std::move(below));
  return family;
}

}  // namespace

std::vector<pid_t> process_ids() {
  std::vector<pid_t> pids;
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), &::closedir);
  if (!proc) return pids;
  while (const dirent* entry = ::readdir(proc.get())) {
    if (const auto pid = whole_number<pid_t>(entry->d_name)) pids.push_back(*pid);
  }
  return pids;
}

Result<ProcessInfo> process_info(pid_t pid) {
  auto info = read_stat(pid);
  if (info && info->state != 'Z') info->argv = read_argv(pid);
  return info;
}

std::chrono::milliseconds age_of(const ProcessInfo& process) {
  timespec up{};
  const auto ticks = ::sysconf(_SC_CLK_TCK);
  if (ticks <= 0 || ::clock_gettime(CLOCK_BOOTTIME, &up) != 0) return {};
  const auto now = std::chrono::seconds{up.tv_sec} + std::chrono::nanoseconds{up.tv_nsec};
  const auto began =
      std::chrono::milliseconds{static_cast<std::int64_t>(process.start_ticks) * 1'000 / ticks};
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now) - began;
  return std::max(age, std::chrono::milliseconds{0});
}

std::vector<ProcessInfo> descendants(pid_t ancestor) {
  std::multimap<pid_t, ProcessInfo> by_parent;
  for (const pid_t pid : process_ids()) {
    if (auto info = read_stat(pid)) by_parent.emplace(info->ppid, *info);
  }
  std::vector<ProcessInfo> found = below(ancestor, by_parent);
  for (ProcessInfo& process : found) {
    if (process.state != 'Z') process.argv = read_argv(process.pid);
  }
  return found;
}

std::optional<ProcessInfo> find_server(const std::string& pid_file,
                                       pid_t child,
                                       const std::function<bool(const ProcessInfo&)>& is_server) {
  std::vector<ProcessInfo> family = family_of(child);
  std::erase_if(family, [&](const ProcessInfo& process) {
    return process.state == 'Z' || !is_server(process);
  });
  const auto named = pid_in_file(pid_file);
  const auto by_file = std::find_if(family.begin(), family.end(), [&](const ProcessInfo& process) {
    return named && process.pid == *named;
  });
  if (by_file != family.end()) return *by_file;
  if (family.empty()) return std::nullopt;
  return family.front();
}

std::vector<std::string> open_files(pid_t pid, std::string_view suffix) {
  std::vector<std::string> out;
  std::error_code failed;
  const fs::directory_iterator all(proc_path(pid, "fd"), failed);
  if (failed) return out;
  for (const auto& link : all) {
    const auto target = fs::read_symlink(link.path(), failed).string();
    if (!failed && target.ends_with(suffix)) out.push_back(target);
  }
  return out;
}

Result<void> set_subreaper() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0) return {};
  return tl::unexpected(errno_error(errno, "prctl(PR_SET_CHILD_SUBREAPER)"));
}

bool is_pid1() {
  return ::getpid() == 1;
}

std::string pid1_comm() {
  const auto info = read_stat(1);
  return info ? info->comm : std::string{};
}

std::optional<bool> shares_network(pid_t pid) {
  const auto own = namespace_of("self", "net");
  const auto other = namespace_of(std::to_string(pid), "net");
  return own.empty() || other.empty() ? std::nullopt : std::optional{own == other};
}

std::string pid_namespace() {
  return namespace_of("self", "pid");
}

}  // namespace sragent
