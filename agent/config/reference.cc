#include "config/reference.h"

#include <fmt/format.h>

#include "config/keys.h"
#include "config/probe_keys.h"

namespace sragent {
namespace {

constexpr std::size_t kWidth = 100;

constexpr std::string_view kTomlHead = R"(# sr-agent: every key with its default, commented out.
# Read from /etc/sr-agent/sr-agent.toml, or from --config or SR_AGENT_CONFIG.
# Each key is also an environment variable (SR_AGENT_<TABLE>__<KEY>) and, secrets apart, a flag
# (--<table>-<key>); docs/configuration.md has the other names and the precedence.
# Printed by: sr-agent config show --default
)";

constexpr std::string_view kMarkdownHead = R"(# Configuration

*Printed by `sr-agent config show --reference`; a test holds this page equal to the key table of the code.*

The agent needs no configuration file. It reads `/etc/sr-agent/sr-agent.toml` if there is one, or the file that `--config` or
`SR_AGENT_CONFIG` names, which must then be readable. `config/sr-agent.toml` lists every key with its default.

## Precedence

From the highest: flag (or argument of `run`), `SR_AGENT_<TABLE>__<KEY>` (two underscores between table and key), the aliases of the key from
left to right, the file, the default. `sr-agent config show --origin` prints where each value came from; secrets are shown as `***`.

- Values in the environment and in flags: numbers in the unit of the key's name, `true`/`false` (or `1`/`0`), lists with commas, choices in any case of letters.
- A secret has no flag: arguments are seen by everyone on the node.
- `node.role` may be said in several places, but all must agree.

## Mistakes

`sr-agent config check` is the start's own check. Every mistake is reported at once, before anything is started, and the exit code is 2:

    /etc/sr-agent/sr-agent.toml:7: sql.pasword_file: expected a known key; the nearest is sql.password_file
    environment SR_AGENT_LOOP__TICK_MS: expected an integer from 10 to 60000 (milliseconds), found "fast"

All sources are checked, also those that a higher one overrides. Only these are no errors:

- an unknown `SR_AGENT_*` variable: a warning, and none at all if it has the shape of a Kubernetes service link (a Service `sr-agent-fe-service` makes
  `SR_AGENT_FE_SERVICE_PORT_9030_TCP_ADDR` and the like in every pod of the namespace);
- an alias marked *lenient* whose value does not fit, for example `FE_QUERY_PORT=tcp://10.96.0.7:9030` made by a Service `fe-query`: ignored with a warning;
- an alias that is empty: unset.

Errors that concern more than one key: `membership.connect_probe_ms` above `membership.slow_connect_probe_ms`; `membership.backoff_min_ms` above `membership.backoff_max_s`;
`sql.connect_timeout_ms` above `sql.statement_timeout_ms` or `sql.show_timeout_ms`; `loop.live_limit_ms` below twice `loop.tick_ms`; `stop.reserve_s` not below `stop.grace_s`;
`sql.tls_mode` that verifies without `sql.tls_ca`; `sql.tls_name` with another mode than `verify-identity`; `sql.next_password_file` without `sql.password_file`;
`http.listen` on `fe.query_port`; `fe.observer` with another role than fe; `node.cn_group` without `node.warehouse`; `simulation.time_scale` above 1 without a `node.pod_ip` in 127.0.0.0/8.

Some names of other tools cannot be followed yet. `RESTORE_CLUSTER_SNAPSHOT` and the `PROBE_LEADER_*` time-outs are ignored with a warning.

## Reload

SIGHUP, or a change of the file that was seen twice 2 s apart, reads file and environment again and checks them completely; after a mistake the last good values stay. Keys marked *live* are applied, the others are listed as
"restart needed". A running process's environment cannot be changed from outside, so in practice a reload takes up the file.

## Keys

Alias rules: *lenient*: a value that does not fit is ignored with a warning; *1*: only `1` counts, as true; *true*: `true`, anything else is false; *true/1*: either, anything
else is false; *IP?*: anything but `IP` is FQDN; *seconds*: whole seconds, lenient; *discouraged*: works with a warning; *dashes*: `_` counts as `-`.
)";

std::string wrapped_comment(std::string_view text) {
  std::string out;
  std::string line{"#"};
  while (!text.empty()) {
    const auto blank = text.find(' ');
    const auto word = text.substr(0, blank);
    if (line.size() + 1 + word.size() > kWidth) {
      out += line + "\n";
      line = "#";
    }
    line += fmt::format(" {}", word);
    text = blank == std::string_view::npos ? std::string_view{} : text.substr(blank + 1);
  }
  return out + line + "\n";
}

std::string range_text(const ConfigKey& key, std::string_view quote) {
  const auto& spec = key.spec;
  switch (key.type) {
    case KeyType::kBool:
      return "true or false";
    case KeyType::kInteger:
      return fmt::format("{} to {}", spec.min, spec.max);
    case KeyType::kChoice:
      return "one of " + listed(spec.choices, quote);
    case KeyType::kText:
      return std::string{format_text(spec.format)};
    case KeyType::kList:
      return fmt::format("list of {}", format_text(spec.format));
  }
  return {};
}

std::string type_and_unit(const ConfigKey& key, std::string_view quote) {
  const auto range = range_text(key, quote);
  return key.unit.empty() ? range : fmt::format("{}, {}", range, key.unit);
}

std::string upper_first(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string toml_row(const ConfigKey& key) {
  auto meaning = fmt::format("{} {}.", key.spec.help, upper_first(type_and_unit(key, "\"")));
  if (!key.spec.default_note.empty())
    meaning += fmt::format(" Default: {}.", key.spec.default_note);
  if (key.spec.reloadable) meaning += " Live.";
  return fmt::format(
      "\n{}# {} = {}\n", wrapped_comment(meaning), key.name, to_toml(key.fetch(Config{})));
}

std::string_view rule_text(AliasRule rule) {
  switch (rule) {
    case AliasRule::kSame:
      return "";
    case AliasRule::kIgnoreBad:
      return " (lenient)";
    case AliasRule::kOne:
      return " (1)";
    case AliasRule::kTrue:
      return " (true)";
    case AliasRule::kTrueOrOne:
      return " (true/1)";
    case AliasRule::kHostType:
      return " (IP?)";
    case AliasRule::kSeconds:
      return " (seconds)";
    case AliasRule::kDiscouraged:
      return " (discouraged)";
    case AliasRule::kDashes:
      return " (dashes)";
  }
  return "";
}

std::string names_text(const ConfigKey& key) {
  auto out = fmt::format("`{}`", env_name(key));
  for (const auto& alias : key.spec.aliases)
    if (!alias.name.empty()) out += fmt::format(", `{}`{}", alias.name, rule_text(alias.rule));
  return out;
}

std::string markdown_row(const ConfigKey& key) {
  const auto flag = key.spec.secret ? std::string{"none"} : fmt::format("`{}`", flag_name(key));
  const auto usual = key.spec.default_note.empty()
                         ? fmt::format("`{}`", to_toml(key.fetch(Config{})))
                         : std::string{key.spec.default_note};
  return fmt::format("| `{}` | {} | {} | {} | {} | {} | {} |\n",
                     key.name,
                     key.spec.help,
                     type_and_unit(key, "`"),
                     usual,
                     names_text(key),
                     flag,
                     key.spec.reloadable ? "live" : "restart");
}

}  // namespace

std::string reference_toml() {
  std::string out{kTomlHead};
  std::string_view table;
  for (const auto& key : config_keys()) {
    if (key.table != table) out += fmt::format("\n[{}]\n", key.table);
    table = key.table;
    out += toml_row(key);
  }
  return out + probes_toml();
}

std::string reference_markdown() {
  std::string out{kMarkdownHead};
  std::string_view table;
  for (const auto& key : config_keys()) {
    if (key.table != table) {
      out += fmt::format(
          "\n### [{}]\n\n| key | meaning | value | default | environment | flag | change |\n"
          "|---|---|---|---|---|---|---|\n",
          key.table);
    }
    table = key.table;
    out += markdown_row(key);
  }
  return out + probes_markdown();
}

}  // namespace sragent
