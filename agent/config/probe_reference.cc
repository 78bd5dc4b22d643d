#include <fmt/format.h>

#include "config/probe_keys.h"

namespace sragent {
namespace {

constexpr std::string_view kMarkdown = R"(
### [[probe]]

Up to 64 tables in the file, since each has threads of its own; there is neither flag nor variable for them. A change is taken up live; a probe that changed
begins anew. `sr-agent probe NAME` runs one by hand and shows what it saw.

    [[probe]]
    name = "warehouse_rows"
    kind = "sql"
    query = "SELECT count(*) FROM ops.heartbeat WHERE ts > now() - INTERVAL 5 MINUTE"
    compare = ">"
    value = "0"
    counts_for = "ready"

| key | kinds | meaning | value | default |
|---|---|---|---|---|
)";

std::string value_text(const ProbeKey& key) {
  switch (key.type) {
    case ProbeType::kText:
      return key.format == TextFormat::kAny ? "a text" : std::string{format_text(key.format)};
    case ProbeType::kChoice:
      return "one of " + listed(key.choices, "`");
    case ProbeType::kInteger:
      return fmt::format("{} to {}", key.min, key.max);
    case ProbeType::kBool:
      return "true or false";
    case ProbeType::kList:
      return "list of texts";
  }
  return {};
}

std::string usual_text(const ProbeKey& key) {
  if (!key.usual.empty()) return std::string{key.usual};
  return key.needed.empty() ? "none" : "must be said";
}

}  // namespace

std::string probes_markdown() {
  std::string out{kMarkdown};
  for (const auto& key : probe_keys()) {
    out += fmt::format("| `{}` | {} | {} | {} | {} |\n",
                       key.name,
                       key.kinds.empty() ? "all" : key.kinds,
                       key.help,
                       value_text(key),
                       usual_text(key));
  }
  return out;
}

std::string probes_toml() {
  return R"(
# A probe of your own: any number of [[probe]] tables; docs/configuration.md lists their keys.
# [[probe]]
# name = "spill_disk"
# kind = "exec"
# command = ["/bin/sh", "-c", "test $(df --output=pcent /spill | tail -1 | tr -dc 0-9) -lt 90"]
# counts_for = "ready"
)";
}

}  // namespace sragent
