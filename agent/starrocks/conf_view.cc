#include <algorithm>
#include <limits>

#include "core/printable.h"
#include "core/text.h"
#include "starrocks/conf_file.h"
#include "starrocks/memory_conf.h"

namespace sragent {
namespace {

/// Reads typed values and collects every mistake.
class View {
 public:
  View(const ConfFile& file, std::string_view name) : file_(file), name_(name) {
    for (const auto& note : file.unresolved)
      if (note.line == 0) complain(note.text);
    for (const auto& note : file.warnings)
      warn("line " + std::to_string(note.line) + ": " + note.text);
    warn_of_garbage(file.garbage);
  }

  std::uint16_t port(std::string_view key, std::uint16_t fallback) {
    return static_cast<std::uint16_t>(number(key, fallback, 1, 65535, "a port from 1 to 65535"));
  }

  int integer(std::string_view key, int fallback) {
    return static_cast<int>(
        number(key, fallback, 0, std::numeric_limits<int>::max(), "a whole number"));
  }

  std::string text(std::string_view key, std::string fallback) {
    const auto* value = file_.find(key);
    if (value == nullptr) return fallback;
    if (value->find("${") != std::string::npos)
      complain(key, "a value without unset names", *value);
    return *value;
  }

  bool flag(std::string_view key) {
    const auto* value = file_.find(key);
    if (value == nullptr) return false;
    return value->size() == 4 &&
           std::equal(value->begin(), value->end(), "true", [](char a, char b) {
             return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + ('a' - 'A')) : a) == b;
           });
  }

  [[nodiscard]] const std::string* raw(std::string_view key) const { return file_.find(key); }

  std::string exported(std::string_view key) {
    const auto it = file_.exported.find(key);
    return it == file_.exported.end() ? std::string{} : it->second;
  }

  void warn(std::string_view text) {
    warnings_.push_back(std::string(name_) + ": " + printable(text));
  }
  void complain(std::string_view what) {
    if (!errors_.empty()) errors_ += "; ";
    errors_ += std::string(name_) + ": " + printable(what);
  }

  template <typename T>
  Result<T> finish(T value) {
    for (const auto& note : file_.unresolved) {
      if (note.line == 0) continue;
      warn("line " + std::to_string(note.line) + ": " + note.text +
           "; unless the start script sets it, the server refuses to start");
    }
    if (!errors_.empty()) return tl::unexpected(Error{ErrorKind::kBadConfig, errors_});
    value.warnings = std::move(warnings_);
    return value;
  }

 private:
  /// The server takes such lines without a word; noise may have thousands.
  void warn_of_garbage(const std::vector<ConfNote>& garbage) {
    constexpr std::size_t kMostTold = 3;
    for (std::size_t i = 0; i < std::min(garbage.size(), kMostTold); ++i) {
      warn("line " + std::to_string(garbage[i].line) + ": " + garbage[i].text +
           "; expected KEY = VALUE");
    }
    if (garbage.size() > kMostTold)
      warn(std::to_string(garbage.size() - kMostTold) + " more lines like that");
  }

  void complain(std::string_view key, std::string_view expected, std::string_view got) {
    complain(std::string(key) + ": expected " + std::string(expected) + ", got \"" +
             std::string(got.substr(0, 80)) + "\"");
  }

  std::int64_t number(std::string_view key,
                      std::int64_t fallback,
                      std::int64_t min,
                      std::int64_t max,
                      std::string_view expected) {
    const auto* value = file_.find(key);
    if (value == nullptr) return fallback;
    std::string_view digits = *value;
    if (digits.size() > 1 && digits.front() == '+') digits.remove_prefix(1);  // as parseInt does
    const auto out = whole_number<std::int64_t>(digits);
    if (out && *out >= min && *out <= max) return *out;
    complain(key, expected, *value);
    return fallback;
  }

  const ConfFile& file_;
  std::string_view name_;
  std::string errors_{};
  std::vector<std::string> warnings_{};
};

/// "path1,medium:ssd;path2": the paths.
std::vector<std::string> storage_paths(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = text.find(';');
    auto part = text.substr(0, end);
    part = part.substr(0, part.find(','));
    while (!part.empty() && part.front() == ' ')
      part.remove_prefix(1);
    while (part.size() > 1 && (part.back() == ' ' || part.back() == '/'))
      part.remove_suffix(1);
    if (!part.empty()) out.emplace_back(part);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

/// Two names for one thing, which the server and others decide differently (S69).
void warn_if_both(View& view,
                  std::string_view used,
                  std::string_view other,
                  std::string_view who_uses_other) {
  const auto* first = view.raw(used);
  const auto* second = view.raw(other);
  if (first == nullptr || second == nullptr || *first == *second) return;
  view.warn(std::string(used) + " = " + *first + " is what the server uses, " + std::string(other) +
            " = " + *second + " is what " + std::string(who_uses_other) + "; make them equal");
}

}  // namespace

Result<FeConf> read_fe_conf(const ConfFile& file,
                            const ConfContext& context,
                            std::string_view name) {
  View view(file, name);
  FeConf out;
  out.http_port = view.port("http_port", out.http_port);
  out.rpc_port = view.port("rpc_port", out.rpc_port);
  out.query_port = view.port("query_port", out.query_port);
  out.edit_log_port = view.port("edit_log_port", out.edit_log_port);
  out.meta_dir = view.text("meta_dir", context.home + "/meta");
  out.run_mode = view.text("run_mode", out.run_mode);
  out.priority_networks = view.text("priority_networks", {});
  out.frontend_address = view.text("frontend_address", out.frontend_address);
  out.log_dir = view.exported("LOG_DIR");
  out.sys_log_dir = view.text("sys_log_dir", context.home + "/log");
  out.pid_dir = view.exported("PID_DIR");
  out.reset_election_group =
      view.flag("bdbje_reset_election_group") || view.flag("metadata_failure_recovery");
  if (out.reset_election_group) {
    view.warn(
        "bdbje_reset_election_group is set: each start makes a group of this FE alone; take it out "
        "once the FE leads, and let no other FE read it");
  }
  out.min_graceful_exit_s = view.integer("min_graceful_exit_time_second", out.min_graceful_exit_s);
  out.meta_reserve = host_wants(file).meta_reserve;
  out.max_graceful_exit_s = view.integer("max_graceful_exit_time_second", out.max_graceful_exit_s);
  if (!out.meta_dir.empty() && out.meta_dir.front() != '/')
    view.warn("meta_dir = " + out.meta_dir + " is relative to the server's working directory");
  return view.finish(std::move(out));
}

Result<BeConf> read_be_conf(const ConfFile& file,
                            const ConfContext& context,
                            std::string_view name) {
  View view(file, name);
  BeConf out;
  out.heartbeat_port = view.port("heartbeat_service_port", out.heartbeat_port);
  const bool old_name =
      view.raw("be_http_port") == nullptr && view.raw("webserver_port") != nullptr;
  out.http_port = view.port(old_name ? "webserver_port" : "be_http_port", out.http_port);
  warn_if_both(view, "be_http_port", "webserver_port", "the operator's probes and Services use");
  out.be_port = view.port("be_port", out.be_port);
  if (context.kind == NodeKind::kCn)
    warn_if_both(view, "be_port", "thrift_port", "a CN listens on and the operator uses");
  out.brpc_port = view.port("brpc_port", out.brpc_port);
  out.starlet_port = view.port("starlet_port", out.starlet_port);
  out.storage_roots = storage_paths(view.text("storage_root_path", context.home + "/storage"));
  out.priority_networks = view.text("priority_networks", {});
  out.log_dir = view.exported("LOG_DIR");
  out.sys_log_dir = view.text("sys_log_dir", context.home + "/log");
  out.pid_dir = view.exported("PID_DIR");
  out.loop_count_wait = view.raw("loop_count_wait_fragments_finish") == nullptr
                            ? -1
                            : view.integer("loop_count_wait_fragments_finish", -1);
  return view.finish(std::move(out));
}

std::vector<NamedPort> ports_of(const FeConf& conf) {
  return {{"http_port", conf.http_port},
          {"rpc_port", conf.rpc_port},
          {"query_port", conf.query_port},
          {"edit_log_port", conf.edit_log_port}};
}

std::vector<NamedPort> ports_of(const BeConf& conf) {
  return {{"heartbeat_service_port", conf.heartbeat_port},
          {"be_http_port", conf.http_port},
          {"be_port", conf.be_port},
          {"brpc_port", conf.brpc_port},
          {"starlet_port", conf.starlet_port}};
}

}  // namespace sragent
