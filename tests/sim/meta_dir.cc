#include "meta_dir.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>

#include "sim_clock.h"

namespace srsim {
namespace {

namespace fs = std::filesystem;

std::mutex held_mutex;
std::string held;
std::atomic<bool> released{false};

bool env_is(const char* name, std::string_view value) {
  const char* text = std::getenv(name);
  return text != nullptr && value == text;
}

void hold_at(std::string_view stage) {
  released = false;
  {
    const std::lock_guard lock(held_mutex);
    held = stage;
  }
  const char* file = std::getenv("SR_SIM_RESUME_FILE");
  while (!released && (file == nullptr || !fs::exists(file)))
    sleep_for(milliseconds(5));
  const std::lock_guard lock(held_mutex);
  held.clear();
}

std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == ':' || c == '=' || c == '#' || c == '!' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

std::size_t find_separator(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '=' || line[i] == ':') {
      return i;
    }
  }
  return std::string_view::npos;
}

std::int64_t image_number(const fs::path& file) {
  const std::string name = file.filename().string();
  if (name.rfind("image.", 0) != 0) return 0;
  const std::string digits = name.substr(6);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos) return 0;
  return std::strtoll(digits.c_str(), nullptr, 10);
}

}  // namespace

std::string write_properties(const Properties& values, std::int64_t at_ms) {
  std::string text = "#" + java_date(at_ms) + "\n";
  for (const auto& [key, value] : values)
    text += key + "=" + escaped(value) + "\n";
  return text;
}

Properties read_properties(std::string_view text) {
  Properties values;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#' || line[0] == '!') continue;
    const std::size_t at = find_separator(line);
    if (at == std::string_view::npos) continue;
    values.emplace_back(unescaped(line.substr(0, at)), unescaped(line.substr(at + 1)));
  }
  return values;
}

const std::string& value_of(const Properties& values, std::string_view key) {
  static const std::string empty;
  for (const auto& [name, value] : values) {
    if (name == key) return value;
  }
  return empty;
}

void hit_stage(std::string_view stage) {
  if (env_is("SR_SIM_CRASH_AT", stage)) {
    kill(getpid(), SIGKILL);
    pause();
  }
  if (env_is("SR_SIM_PAUSE_AT", stage)) hold_at(stage);
}

void release_stage() {
  released = true;
}

std::string held_stage() {
  const std::lock_guard lock(held_mutex);
  return held;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_file(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
}

bool MetaDir::exists() const {
  return fs::is_directory(path_);
}
bool MetaDir::has_role() const {
  return fs::exists(image() + "/ROLE");
}
bool MetaDir::has_version() const {
  return fs::exists(image() + "/VERSION");
}

bool MetaDir::has_jdb() const {
  std::error_code failed;
  return std::ranges::any_of(fs::directory_iterator(bdb(), failed),
                             [](const auto& file) { return file.path().extension() == ".jdb"; });
}

void MetaDir::make_image_dirs() const {
  fs::create_directories(image_files());
  hit_stage("image_dir");
}

std::optional<RoleFile> MetaDir::role() const {
  const Properties values = read_properties(read_file(image() + "/ROLE"));
  RoleFile role{.role = value_of(values, "role"),
                .name = value_of(values, "name"),
                .host_type = value_of(values, "hostType")};
  if (role.role.empty() || role.name.empty()) return std::nullopt;
  return role;
}

std::optional<VersionFile> MetaDir::version() const {
  const Properties values = read_properties(version_text());
  const std::string& id = value_of(values, "clusterId");
  if (id.empty()) return std::nullopt;
  return VersionFile{.cluster_id = static_cast<std::int32_t>(std::strtol(id.c_str(), nullptr, 10)),
                     .token = value_of(values, "token"),
                     .run_mode = value_of(values, "runMode")};
}

std::string MetaDir::version_text() const {
  return read_file(image() + "/VERSION");
}

void MetaDir::write_role(const RoleFile& role, std::string_view stage_prefix) const {
  const std::string path = image() + "/ROLE";
  const Properties values{{"role", role.role}, {"hostType", role.host_type}, {"name", role.name}};
  const std::string text = write_properties(values, unix_ms());
  if (stage_prefix.empty()) {
    write_file(path, text);
    return;
  }
  write_file(path, "");  // FileOutputStream truncates first: an empty ROLE is seen for up to 40 ms
  hit_stage(std::string(stage_prefix) + "_empty");
  write_file(path, text);
  hit_stage(std::string(stage_prefix) + "_written");
}

void MetaDir::write_version(const VersionFile& version) const {
  write_version_text(write_properties({{"clusterId", std::to_string(version.cluster_id)},
                                       {"runMode", version.run_mode},
                                       {"token", version.token}},
                                      unix_ms()));
}

void MetaDir::write_version_text(const std::string& text) const {
  write_file(image() + "/VERSION", "");
  hit_stage("version_empty");
  write_file(image() + "/VERSION", text);
  hit_stage("version_written");
}

void MetaDir::remove_identity() const {
  std::error_code ignored;
  fs::remove(image() + "/ROLE", ignored);
  fs::remove(image() + "/VERSION", ignored);
}

std::int64_t MetaDir::newest_image() const {
  std::int64_t newest = 0;
  std::error_code failed;
  for (const auto& file : fs::directory_iterator(image_files(), failed)) {
    newest = std::max(newest, image_number(file.path()));
  }
  return newest;
}

std::string MetaDir::image_text(std::int64_t number) const {
  return read_file(image_files() + "/image." + std::to_string(number));
}

void MetaDir::write_image(std::int64_t number, const std::string& text) const {
  const std::string path = image_files() + "/image." + std::to_string(number);
  write_file(path + ".part", text);
  std::error_code ignored;
  if (v2_)
    write_file(image_files() + "/checksum." + std::to_string(number), std::to_string(text.size()));
  fs::rename(path + ".part", path, ignored);
}

}  // namespace srsim
