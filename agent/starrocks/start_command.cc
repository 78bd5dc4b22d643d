#include "starrocks/start_command.h"

#include <algorithm>

#include "core/text.h"

namespace sragent {
namespace {

std::string_view base_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string in_dir(std::string_view dir, std::string_view name) {
  std::string out{dir};
  while (out.size() > 1 && out.back() == '/')
    out.pop_back();
  out += '/';
  out += name;
  return out;
}

}  // namespace

std::string server_home(std::string_view root, NodeKind kind) {
  return in_dir(root, to_string(kind));
}

std::string start_script(std::string_view root, NodeKind kind) {
  return server_home(root, kind) + "/bin/start_" + std::string(to_string(kind)) + ".sh";
}

std::vector<std::string> start_argv(std::string_view root,
                                    NodeKind kind,
                                    const StartOptions& options) {
  std::vector<std::string> out{start_script(root, kind)};
  if (kind == NodeKind::kFe && options.host_type) {
    out.emplace_back("--host_type");
    out.emplace_back(to_string(*options.host_type));
  }
  if (kind == NodeKind::kFe && !options.helper.empty()) {
    out.emplace_back("--helper");
    out.push_back(options.helper);
  }
  if (options.log_console) out.emplace_back("--logconsole");
  return out;
}

std::string pid_file_path(std::string_view root, NodeKind kind, std::string_view pid_dir) {
  const auto name = std::string(to_string(kind)) + ".pid";
  return pid_dir.empty() ? in_dir(server_home(root, kind) + "/bin", name) : in_dir(pid_dir, name);
}

std::optional<int> parse_pid(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '\r'))
    text.remove_suffix(1);
  const auto out = whole_number<int>(text);
  return out && *out > 0 ? out : std::nullopt;
}

bool is_server_process(NodeKind kind,
                       std::string_view comm,
                       const std::vector<std::string>& cmdline) {
  if (kind == NodeKind::kFe) {  // an argument of its own: a script that names the class is another
    return std::any_of(cmdline.begin(), cmdline.end(), [](const std::string& argument) {
      return argument == "com.starrocks.StarRocksFE" ||
             argument == "com.starrocks.StarRocksFEServer";
    });
  }
  constexpr std::string_view kBinary = "starrocks_be";
  return comm == kBinary || (!cmdline.empty() && base_name(cmdline.front()) == kBinary);
}

LogFiles log_files(NodeKind kind, std::string_view sys_log_dir, std::string_view log_dir) {
  const auto node = std::string(to_string(kind));
  const auto main = node + (kind == NodeKind::kFe ? ".log" : ".INFO");
  return {in_dir(sys_log_dir, main), in_dir(log_dir, node + ".out")};
}

}  // namespace sragent
