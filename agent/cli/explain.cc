#include <fmt/format.h>

#include "cli/agent_views.h"
#include "cli/output.h"
#include "core/exit_codes.h"
#include "io/files.h"
#include "runtime/observation_json.h"

namespace sragent {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{16} << 20U;

/// Needs neither configuration nor agent: the file holds all that the decision was made of.
int replay(const Invocation& call, const std::string& path) {
  const auto text = read_file(path, kMaxBytes);
  if (!text) return complain("explain", path + ": " + text.error().what, kExitNo);
  const auto made_of = parse_start_case(*text);
  if (!made_of) return complain("explain", path + ": " + made_of.error().what, kExitNo);
  const bool json = call.output == OutputFormat::kJson;
  print_out(json ? explain_json(*made_of) : explain_text(*made_of));
  return kExitDone;
}

}  // namespace

int run_explain(const Invocation& call) {
  if (call.has("--from")) return replay(call, call.value("--from"));
  return print_agent_view(call, "explain");
}

}  // namespace sragent
