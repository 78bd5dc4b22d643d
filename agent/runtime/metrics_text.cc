#include <cmath>

#include <fmt/format.h>

#include "core/printable.h"
#include "runtime/metrics.h"

namespace sragent {
namespace {

std::string_view type_word(MetricType type) {
  return type == MetricType::kCounter ? "counter" : "gauge";
}

/// A label's value: one line of text, and what Prometheus wants escaped.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

std::string label_list(const MetricLabels& labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    if (!value.empty())
      out += fmt::format("{}{}=\"{}\"", out.empty() ? "" : ",", name, escaped(value));
  }
  return out.empty() ? out : "{" + out + "}";
}

/// Whole numbers as such: a start time in seconds has more digits than %g keeps.
std::string number_text(double value) {
  return std::floor(value) == value ? fmt::format("{:.0f}", value) : fmt::format("{:.3f}", value);
}

constexpr std::string_view kMarkdownHead = R"(# Metrics

*Printed by `sr-agent --help-metrics`; a test holds this page equal to the table of metrics in the code.*

Every agent answers `GET /metrics` at `http.listen` (port 8099) in the text format of Prometheus, from its last published copy: a scrape asks
nobody, so it is as quick while FEs hang. Durations are in seconds. A fact that is not known has no series, so write alerts with
`absent()` or on what must be there; a phase or reason word has one series for each word, 1 for the present one.

`config/prometheus/alerts.yml` has alerts and `config/prometheus/alerts_test.yml` their tests (`promtool test rules`);
`config/prometheus/dashboard.json` is a Grafana dashboard. Reason words are explained in [operations.md](operations.md).

    scrape_configs:
      - job_name: sr-agent
        kubernetes_sd_configs: [{ role: pod }]
        relabel_configs:
          - { source_labels: [__meta_kubernetes_pod_container_port_number], regex: "8099", action: keep }
          - { source_labels: [__meta_kubernetes_namespace], target_label: namespace }
          - { source_labels: [__meta_kubernetes_pod_name], target_label: pod }

Pods of the official operator do not declare the port. For them keep by its labels instead of by the first rule; each declared port then gives the
same target, which Prometheus scrapes once:

          - { source_labels: [__meta_kubernetes_pod_labelpresent_app_starrocks_ownerreference_name], regex: "true", action: keep }
          - { source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_component], regex: "fe|be|cn", action: keep }
          - { source_labels: [__meta_kubernetes_pod_ip], replacement: "${1}:8099", target_label: __address__ }
          - { source_labels: [__meta_kubernetes_pod_ip], regex: '(.*:.*)', replacement: "[${1}]:8099", target_label: __address__ }

| metric | type | unit | labels | meaning | no series while | example |
|---|---|---|---|---|---|---|
)";

std::string code(std::string_view text) {
  return text.empty() ? std::string{} : fmt::format("`{}`", text);
}

}  // namespace

void MetricWriter::add(double value, const MetricLabels& labels) {
  text_ += fmt::format("{}{} {}\n", family_, label_list(labels), number_text(value));
}

void MetricWriter::add_seconds(Millis span, const MetricLabels& labels) {
  constexpr double kMillis = 1000;
  add(static_cast<double>(span.count()) / kMillis, labels);
}

std::string metrics_text(const NodeStatus& status, Instant now, Instant beat) {
  const auto checks = judge_readiness(status.ready, now);
  const MetricView view{status, checks, now, beat};
  std::string out;
  for (const auto& family : metric_families()) {
    MetricWriter writer{family.name};
    family.sample(view, writer);
    if (writer.text().empty()) continue;
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n",
                       family.name,
                       family.help,
                       family.name,
                       type_word(family.type));
    out += writer.text();
  }
  return out;
}

std::string metrics_markdown() {
  std::string out{kMarkdownHead};
  for (const auto& family : metric_families()) {
    out += fmt::format("| `{}` | {} | {} | {} | {} | {} | {} |\n",
                       family.name,
                       type_word(family.type),
                       family.unit,
                       family.labels,
                       family.help,
                       family.absent,
                       code(family.example));
  }
  return out;
}

}  // namespace sragent
