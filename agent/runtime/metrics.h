#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/status.h"

/// What the agent tells Prometheus at `/metrics`: one table of families, from which the answer and
/// docs/metrics.md are made. Everything is read from the published copy, nothing is asked.
namespace sragent {

/// What samples are made of.
struct MetricView {
  const NodeStatus& status;
  const std::vector<ReadyCheck>& checks;
  Instant now{};
  Instant beat{};  ///< Main's last.
};

using MetricLabels = std::vector<std::pair<std::string_view, std::string_view>>;

/// Collects the samples of one family after the other in the text format 0.0.4 of Prometheus.
class MetricWriter {
 public:
  explicit MetricWriter(std::string_view family) : family_(family) {}
  void add(double value, const MetricLabels& labels = {});
  void add_seconds(Millis span, const MetricLabels& labels = {});
  void add_bool(bool value, const MetricLabels& labels = {}) { add(value ? 1.0 : 0.0, labels); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string_view family_;
  std::string text_{};
};

enum class MetricType : std::uint8_t { kGauge, kCounter };

/// One row of the table.
struct MetricFamily {
  std::string_view name{};
  MetricType type = MetricType::kGauge;
  std::string_view unit{};    ///< Base unit of Prometheus; empty: a count, or 0 and 1.
  std::string_view labels{};  ///< With commas; empty: none.
  std::string_view help{};
  std::string_view absent{};   ///< When there is no series; empty: there always is one.
  std::string_view example{};  ///< A query or the condition of an alert.
  void (*sample)(const MetricView& view, MetricWriter& out) = nullptr;
};

/// Every family, in the order of the answer.
[[nodiscard]] std::span<const MetricFamily> metric_families();

inline constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

/// The answer to a scrape. A fact that is not known has no series; a family without one is left
/// out. `beat`: main's last turn. Any thread.
[[nodiscard]] std::string metrics_text(const NodeStatus& status, Instant now, Instant beat);

/// docs/metrics.md.
[[nodiscard]] std::string metrics_markdown();

}  // namespace sragent
