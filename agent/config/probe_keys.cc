#include "config/probe_keys.h"

#include <algorithm>
#include <array>

namespace sragent {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;
constexpr auto kChoice = ProbeType::kChoice;
constexpr auto kInteger = ProbeType::kInteger;
constexpr auto kBool = ProbeType::kBool;

const std::string& text_of(const ConfigValue& value) {
  return std::get<std::string>(value);
}

std::int64_t count_of(const ConfigValue& value) {
  return std::get<std::int64_t>(value);
}

constexpr std::array<std::string_view, 7> kKinds{"sql", "http", "exec", "tcp", "file", "metric"};
constexpr std::array<std::string_view, 7> kCounts{"report", "ready", "startup", "live"};
constexpr std::array<std::string_view, 7> kInitial{"failed", "ok"};
constexpr std::array<std::string_view, 7> kCompare{"==", "!=", "<", "<=", ">", ">=", "contains"};

/// The enumerator that stands where the choice does.
template <typename T>
T choice_of(const std::array<std::string_view, 7>& choices, const ConfigValue& value) {
  const auto* const at = std::find(choices.begin(), choices.end(), text_of(value));
  return static_cast<T>(at - choices.begin());
}

constexpr std::array kKeys{
    ProbeKey{.name = "name",
             .needed = "all",
             .help = "Its name in `/readyz?verbose`, metrics and `sr-agent probe NAME`: small "
                     "letters, digits, `_` and `-`, at most 40.",
             .store = [](ProbeConfig& p, const ConfigValue& v) { p.name = text_of(v); }},
    ProbeKey{
        .name = "kind",
        .type = kChoice,
        .needed = "all",
        .help = "How it is asked.",
        .choices = kKinds,
        .store = [](ProbeConfig& p,
                    const ConfigValue& v) { p.kind = choice_of<ProbeKindSetting>(kKinds, v); }},
    ProbeKey{.name = "counts_for",
             .type = kChoice,
             .usual = "report",
             .help = "What a failed one makes fail besides being told: nothing, `/readyz`, "
                     "`/startupz`, or `/livez` (once the server has come up).",
             .choices = kCounts,
             .store =
                 [](ProbeConfig& p, const ConfigValue& v) {
                   p.counts_for = choice_of<ProbeCountsSetting>(kCounts, v);
                 }},
    ProbeKey{
        .name = "period_ms",
        .type = kInteger,
        .usual = "10000",
        .help = "From the begin of one run to that of the next; a run that still goes on is waited "
                "for.",
        .min = 100,
        .max = kDaySeconds * 1000,
        .store = [](ProbeConfig& p,
                    const ConfigValue& v) { p.period = std::chrono::milliseconds{count_of(v)}; }},
    ProbeKey{
        .name = "deadline_ms",
        .type = kInteger,
        .usual = "1000",
        .help = "Time for one run, whatever the other side does.",
        .min = 10,
        .max = 60'000,
        .store = [](ProbeConfig& p,
                    const ConfigValue& v) { p.deadline = std::chrono::milliseconds{count_of(v)}; }},
    ProbeKey{.name = "success_threshold",
             .type = kInteger,
             .usual = "1",
             .help = "Good results in a row that make a failed probe ok.",
             .min = 1,
             .max = 1000,
             .store =
                 [](ProbeConfig& p, const ConfigValue& v) {
                   p.success_threshold = static_cast<std::uint32_t>(count_of(v));
                 }},
    ProbeKey{.name = "failure_threshold",
             .type = kInteger,
             .usual = "3",
             .help = "Bad results in a row that make an ok probe failed.",
             .min = 1,
             .max = 1000,
             .store =
                 [](ProbeConfig& p, const ConfigValue& v) {
                   p.failure_threshold = static_cast<std::uint32_t>(count_of(v));
                 }},
    ProbeKey{
        .name = "initial",
        .type = kChoice,
        .usual = "failed",
        .help = "What it is before its first result.",
        .choices = kInitial,
        .store = [](ProbeConfig& p, const ConfigValue& v) { p.initial_ok = text_of(v) == "ok"; }},
    ProbeKey{.name = "query",
             .kinds = "sql",
             .needed = "sql",
             .help = "One statement, sent with `sql.user` and its password. It is good if the FE "
                     "answers it and `rows` and `value` hold.",
             .store = [](ProbeConfig& p, const ConfigValue& v) { p.query = text_of(v); }},
    ProbeKey{
        .name = "rows",
        .type = kInteger,
        .kinds = "sql",
        .help = "Rows that the answer must have.",
        .min = 0,
        .max = 100'000,
        .store = [](ProbeConfig& p,
                    const ConfigValue& v) { p.rows = static_cast<std::uint32_t>(count_of(v)); }},
    ProbeKey{.name = "address",
             .kinds = "sql tcp",
             .needed = "tcp",
             .usual = "sql: `self` at the FE's query port",
             .help = "`ADDRESS:PORT` or `self:PORT`; names are not looked up.",
             .store = [](ProbeConfig& p, const ConfigValue& v) { p.address = text_of(v); }},
    ProbeKey{.name = "url",
             .kinds = "http metric",
             .needed = "http",
             .usual = "metric: `/metrics` of the own server",
             .help = "`http[s]://ADDRESS:PORT/PATH`, or `self` in place of the address.",
             .store = [](ProbeConfig& p, const ConfigValue& v) { p.url = text_of(v); }},
    ProbeKey{
        .name = "status",
        .type = kInteger,
        .kinds = "http",
        .usual = "200",
        .help = "HTTP status that the answer must have.",
        .min = 100,
        .max = 599,
        .store = [](ProbeConfig& p,
                    const ConfigValue& v) { p.status = static_cast<std::uint32_t>(count_of(v)); }},
    ProbeKey{.name = "body",
             .kinds = "http file",
             .help = "A text that the answer or the file must contain.",
             .store = [](ProbeConfig& p, const ConfigValue& v) { p.body = text_of(v); }},
    ProbeKey{.name = "tls_ca",
             .kinds = "http metric",
             .help = "PEM file of the authority that must have signed the certificate; else those "
                     "of the system.",
             .format = TextFormat::kPath,
             .store = [](ProbeConfig& p, const ConfigValue& v) { p.tls_ca = text_of(v); }},
    ProbeKey{
        .name = "tls_verify",
        .type = kBool,
        .kinds = "http metric",
        .usual = "true",
        .help = "Whether the certificate is checked at all; its name must be the address.",
        .store = [](ProbeConfig& p, const ConfigValue& v) { p.tls_verify = std::get<bool>(v); }},
    ProbeKey{
        .name = "command",
        .type = ProbeType::kList,
        .kinds = "exec",
        .needed = "exec",
        .help =
            "Program by its full path, and its arguments; it is good if it ends with 0. It gets no "
            "password, and its process group is killed at the deadline and after its end.",
        .store = [](ProbeConfig& p,
                    const ConfigValue& v) { p.command = std::get<std::vector<std::string>>(v); }},
    ProbeKey{.name = "path",
             .kinds = "file",
             .needed = "file",
             .help = "A file.",
             .format = TextFormat::kPath,
             .store = [](ProbeConfig& p, const ConfigValue& v) { p.path = text_of(v); }},
    ProbeKey{.name = "present",
             .type = kBool,
             .kinds = "file",
             .usual = "true",
             .help = "Whether it must be there, or must not.",
             .store = [](ProbeConfig& p, const ConfigValue& v) { p.present = std::get<bool>(v); }},
    ProbeKey{.name = "max_age_s",
             .type = kInteger,
             .kinds = "file",
             .help = "It must have been written to within this time.",
             .min = 1,
             .max = 366 * kDaySeconds,
             .store = [](ProbeConfig& p,
                         const ConfigValue& v) { p.max_age = std::chrono::seconds{count_of(v)}; }},
    ProbeKey{
        .name = "metric",
        .kinds = "metric",
        .needed = "metric",
        .help = "A series in Prometheus' text format: a name, or a name with its labels exactly as "
                "the server writes them. Each series of the name must hold, and there must be one.",
        .store = [](ProbeConfig& p, const ConfigValue& v) { p.metric = text_of(v); }},
    ProbeKey{
        .name = "compare",
        .type = kChoice,
        .kinds = "sql metric",
        .usual = "==",
        .help = "How the first cell of the first row, or the metric, stands to `value`: as numbers "
                "if both are.",
        .choices = kCompare,
        .store = [](ProbeConfig& p,
                    const ConfigValue& v) { p.compare = choice_of<CompareSetting>(kCompare, v); }},
    ProbeKey{.name = "value",
             .kinds = "sql metric",
             .needed = "metric",
             .help = "What it is compared with; a text, also for a number.",
             .store = [](ProbeConfig& p, const ConfigValue& v) { p.value = text_of(v); }},
};

}  // namespace

std::span<const ProbeKey> probe_keys() {
  return kKeys;
}

}  // namespace sragent
