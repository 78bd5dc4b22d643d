#include "runtime/support.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/cli.h"
#include "cli/config_text.h"
#include "cli/kind_of.h"
#include "cli/output.h"
#include "core/exit_codes.h"
#include "io/clock.h"
#include "io/files.h"

namespace sragent {
namespace {

constexpr const char* kVerb = "support";
constexpr mode_t kMode = 0600;
const std::string kNoPod = "node";

/// "/tmp/sr-agent-support-kube-be-0-20261122T101500Z.tar"
std::string usual_path(const std::string& pod, std::string time) {
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return fmt::format("/tmp/sr-agent-support-{}-{}Z.tar", pod, time.substr(0, time.find('.')));
}

std::string mistakes(const LoadedConfig& loaded) {
  std::string out;
  for (const auto& line : loaded.errors)
    out += line + "\n";
  for (const auto& line : loaded.warnings)
    out += "warning: " + line + "\n";
  return out;
}

int print_written(const Invocation& call,
                  const std::string& path,
                  const std::vector<TarEntry>& entries,
                  std::size_t bytes) {
  if (call.output == OutputFormat::kJson) {
    std::vector<std::string> names;
    for (const auto& entry : entries)
      names.push_back(entry.name);
    print_out(JsonObject{}.text("path", path).raw("files", json_list(names)).str() + "\n");
    return kExitDone;
  }
  print_out(
      fmt::format("{}\n{} files, {} bytes; secrets were taken out, but look before you send "
                  "it: logs hold what people wrote into statements\n",
                  path,
                  entries.size(),
                  bytes));
  return kExitDone;
}

}  // namespace

int run_support(const Invocation& call) {
  const auto loaded = load_to_find_agent(call);  // a mistake in it is why people ask
  const auto& config = loaded.config;
  auto kind = kind_of(config.node.role);
  if (!kind) kind = kind_of_agent(config);
  const auto time = Clock::wall();
  auto entries = gather_support(config, kind);
  entries.push_back({"agent/config.toml", config_text(loaded, true)});
  entries.push_back({"agent/config-mistakes.txt", mistakes(loaded)});
  entries.push_back({"agent/version.txt", "sr-agent " SRAGENT_VERSION "\n" + time + "\n"});
  const auto redactor = known_secrets(config, kind);
  for (auto& entry : entries)
    entry.text = redactor.clean(entry.text);
  std::ranges::sort(entries, {}, &TarEntry::name);
  const auto archive = tar_archive(entries, Clock::unix_ms() / 1'000);
  auto path = call.value("--write");
  if (path == "-") {
    print_out(archive);
    return kExitDone;
  }
  const auto& pod = config.node.pod_name.empty() ? kNoPod : config.node.pod_name;
  if (path.empty()) path = usual_path(pod, time);
  if (const auto written = write_atomic(path, archive, kMode); !written) {
    return complain(
        kVerb, written.error().what + "; '--write -' writes it to standard output", kExitNo);
  }
  return print_written(call, path, entries, archive.size());
}

}  // namespace sragent
