#include "config/load.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "config/nearest.h"
#include "config/sources.h"
#include "core/printable.h"

namespace sragent {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20U;
constexpr std::size_t kMaxFound = 60;  ///< Characters of a wrong value that a message repeats.

std::string errno_text(int number) {
  return std::generic_category().message(number);
}

class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      // O_NONBLOCK: a FIFO at this path must not hang the start.
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  OpenFile(OpenFile&&) = delete;
  OpenFile& operator=(OpenFile&&) = delete;

  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

Error file_error(int number) {
  const bool absent = number == ENOENT || number == ENOTDIR;
  return {absent ? ErrorKind::kNotFound : ErrorKind::kIo, errno_text(number)};
}

void check_roles(const Findings& findings, LoadedConfig& out) {
  const Candidate* first = nullptr;
  for (const auto& candidate : findings.candidates) {
    if (full_name(*candidate.key) != "node.role") continue;
    if (candidate.value == ConfigValue{std::string{}}) continue;
    if (first != nullptr && first->value != candidate.value) {
      out.errors.push_back(fmt::format("node.role: expected one role: {} says {}, {} says {}",
                                       to_text(candidate.origin),
                                       to_toml(candidate.value),
                                       to_text(first->origin),
                                       to_toml(first->value)));
      return;
    }
    first = &candidate;
  }
}

}  // namespace

std::string to_text(const Origin& origin) {
  switch (origin.kind) {
    case OriginKind::kDefault:
      return origin.place.empty() ? "default" : fmt::format("default ({})", origin.place);
    case OriginKind::kEnvironment:
      return fmt::format("env {}", origin.place);
    case OriginKind::kFile:
    case OriginKind::kFlag:
      return origin.place;
  }
  return {};
}

std::string message_place(const Origin& origin, std::string_view key) {
  switch (origin.kind) {
    case OriginKind::kDefault:
      return std::string{key};
    case OriginKind::kEnvironment:
      return fmt::format("environment {}", origin.place);
    case OriginKind::kFile:
      return fmt::format("{}: {}", origin.place, key);
    case OriginKind::kFlag:
      return origin.place;
  }
  return {};
}

bool is_table(std::string_view name) {
  const auto keys = config_keys();
  return std::any_of(
      keys.begin(), keys.end(), [name](const ConfigKey& key) { return key.table == name; });
}

std::string unknown_key_text(std::string_view wanted) {
  std::vector<std::string> names;
  for (const auto& key : config_keys()) {
    names.push_back(full_name(key));
    // The right key in the wrong table is nearer than any spelling.
    const auto dot = wanted.find('.');
    if (dot != std::string_view::npos && key.name == wanted.substr(dot + 1))
      return fmt::format("expected a known key; the nearest is {}", names.back());
  }
  const auto nearest = nearest_word(wanted, names);
  return "expected a known key" + (nearest ? "; the nearest is " + *nearest : std::string{});
}

std::string found_text(const ConfigKey& key, std::string_view text) {
  if (key.spec.secret) return {};
  if (text.size() <= kMaxFound) return ", found " + to_toml(std::string{text});
  return fmt::format(", found {} and {} more characters",
                     to_toml(std::string{text.substr(0, kMaxFound)}),
                     text.size() - kMaxFound);
}

void read_flags(const ConfigSources& sources, Findings& out) {
  for (const auto& flag : sources.flags) {
    const auto* key = find_key(flag.key);
    if (key == nullptr) {
      out.errors.push_back(fmt::format("{}: {}", flag.origin, unknown_key_text(flag.key)));
      continue;
    }
    if (auto value = parse_text(*key, flag.value)) {
      out.candidates.push_back({key, *std::move(value), {OriginKind::kFlag, flag.origin}});
    } else {
      out.errors.push_back(fmt::format(
          "{}: expected {}{}", flag.origin, expected_text(*key), found_text(*key, flag.value)));
    }
  }
}

LoadedConfig load_config(const ConfigSources& sources) {
  Findings findings;
  read_toml(sources, findings);
  read_environment(sources, findings);
  read_flags(sources, findings);

  LoadedConfig out;
  std::map<std::string, Origin, std::less<>> origins;
  for (const auto& key : config_keys())
    origins[full_name(key)] = {};
  for (const auto& candidate : findings.candidates) {
    candidate.key->store(out.config, candidate.value);
    origins[full_name(*candidate.key)] = candidate.origin;
  }
  out.config.probes = findings.probes;
  out.errors = findings.errors;
  out.warnings = findings.warnings;
  check_roles(findings, out);
  complete(sources, out, origins);
  for (auto* messages : {&out.errors, &out.warnings}) {
    for (auto& message : *messages)
      message = printable(message);
  }
  for (const auto& [name, origin] : origins)
    out.origins[name] = to_text(origin);
  out.config.sql.password_origin = out.origins["sql.password"];
  return out;
}

Result<std::string> read_config_file(const std::string& path) {
  const OpenFile file{path};
  if (file.fd() < 0) return tl::unexpected(file_error(errno));
  struct stat about {};
  if (::fstat(file.fd(), &about) != 0) return tl::unexpected(file_error(errno));
  if (!S_ISREG(about.st_mode)) return tl::unexpected(Error{ErrorKind::kIo, "not a regular file"});
  std::string text;
  std::array<char, 4096> chunk{};
  while (true) {
    const auto got = ::read(file.fd(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::unexpected(file_error(errno));
    if (got == 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(got));
    if (text.size() > kMaxFileBytes)
      return tl::unexpected(Error{ErrorKind::kIo, "larger than 1 MiB"});
  }
}

std::string config_file_name(const std::string& path,
                             const std::map<std::string, std::string, std::less<>>& environment) {
  if (!path.empty()) return path;
  const auto asked = environment.find("SR_AGENT_CONFIG");
  if (asked != environment.end() && !asked->second.empty()) return asked->second;
  return std::string{kDefaultConfigFile};
}

void add_config_file(const std::string& path, ConfigSources& sources) {
  auto name = config_file_name(path, sources.environment);
  auto text = read_config_file(name);
  const auto asked = sources.environment.find("SR_AGENT_CONFIG");
  const bool optional =
      path.empty() && (asked == sources.environment.end() || asked->second.empty());
  if (!text && optional && text.error().kind == ErrorKind::kNotFound) return;
  sources.file_name = std::move(name);
  if (text) {
    sources.file_text = *std::move(text);
  } else {
    sources.file_error = text.error().what;
  }
}

std::optional<MountedLogin> mounted_login(const std::string& dir) {
  const auto password = dir + "/password";
  if (dir.empty() || ::access(password.c_str(), F_OK) != 0) return std::nullopt;
  const auto name = dir + "/username";
  auto user = read_config_file(name);
  if (!user && user.error().kind != ErrorKind::kNotFound)
    return MountedLogin{{}, password, fmt::format("{}: {}", name, user.error().what)};
  auto text = std::move(user).value_or(std::string{});
  text.erase(text.find_last_not_of("\r\n") + 1);
  return MountedLogin{std::move(text), password, {}};
}

std::map<std::string, std::string, std::less<>> process_environment() {
  std::map<std::string, std::string, std::less<>> out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    const auto equals = text.find('=');
    if (equals != std::string_view::npos)
      out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

}  // namespace sragent
