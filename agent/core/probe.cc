#include "core/probe.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace sragent {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// The whole text as a number. "+Inf" and "NaN" of a scrape are none.
std::optional<double> number_of(std::string_view text) {
  const auto bare = trimmed(text);
  double out = 0;
  const auto [end, error] = std::from_chars(bare.data(), bare.data() + bare.size(), out);
  const bool whole = error == std::errc{} && end == bare.data() + bare.size() && !bare.empty();
  return whole && !std::isnan(out) ? std::optional{out} : std::nullopt;
}

template <typename T>
bool compared(const T& actual, Compare compare, const T& wanted) {
  switch (compare) {
    case Compare::kEqual:
      return actual == wanted;
    case Compare::kNotEqual:
      return actual != wanted;
    case Compare::kLess:
      return actual < wanted;
    case Compare::kLessOrEqual:
      return actual <= wanted;
    case Compare::kMore:
      return actual > wanted;
    case Compare::kMoreOrEqual:
      return actual >= wanted;
    case Compare::kContains:
      return false;
  }
  return false;
}

bool orders(Compare compare) {
  return compare != Compare::kEqual && compare != Compare::kNotEqual;
}

/// End of the series' name and labels; a blank inside of a label's quotes does not end it.
std::size_t series_end(std::string_view line) {
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (quoted && line[i] == '\\') {
      ++i;
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && line[i] == '}') {
      return i + 1;
    } else if (!quoted && line[i] == ' ' && line.substr(0, i).find('{') == std::string_view::npos) {
      return i;
    }
  }
  return line.size();
}

bool is_wanted(std::string_view series, std::string_view wanted) {
  const bool whole = wanted.find('{') != std::string_view::npos;
  return whole ? series == wanted : series.substr(0, series.find('{')) == wanted;
}

}  // namespace

std::string_view to_string(ProbeKind kind) {
  switch (kind) {
    case ProbeKind::kSql:
      return "sql";
    case ProbeKind::kHttp:
      return "http";
    case ProbeKind::kExec:
      return "exec";
    case ProbeKind::kTcp:
      return "tcp";
    case ProbeKind::kFile:
      return "file";
    case ProbeKind::kMetric:
      return "metric";
  }
  return "invalid";
}

std::string_view to_string(ProbeCounts counts) {
  switch (counts) {
    case ProbeCounts::kReport:
      return "report";
    case ProbeCounts::kReady:
      return "ready";
    case ProbeCounts::kStartup:
      return "startup";
    case ProbeCounts::kLive:
      return "live";
  }
  return "invalid";
}

std::string_view to_string(Compare compare) {
  switch (compare) {
    case Compare::kEqual:
      return "==";
    case Compare::kNotEqual:
      return "!=";
    case Compare::kLess:
      return "<";
    case Compare::kLessOrEqual:
      return "<=";
    case Compare::kMore:
      return ">";
    case Compare::kMoreOrEqual:
      return ">=";
    case Compare::kContains:
      return "contains";
  }
  return "invalid";
}

bool holds(std::string_view actual, Compare compare, std::string_view wanted) {
  if (compare == Compare::kContains) return actual.find(wanted) != std::string_view::npos;
  const auto left = number_of(actual);
  const auto right = number_of(wanted);
  if (left && right) return compared(*left, compare, *right);
  return !orders(compare) && compared(trimmed(actual), compare, trimmed(wanted));
}

std::vector<std::string> metric_values(std::string_view scrape, std::string_view wanted) {
  std::vector<std::string> out;
  while (!scrape.empty()) {
    const auto line_end = std::min(scrape.find('\n'), scrape.size());
    const auto line = scrape.substr(0, line_end);
    scrape.remove_prefix(std::min(line_end + 1, scrape.size()));
    if (line.empty() || line.front() == '#') continue;
    const auto end = series_end(line);
    if (!is_wanted(line.substr(0, end), wanted)) continue;
    const auto rest = trimmed(line.substr(end));
    out.emplace_back(rest.substr(0, rest.find(' ')));  // a time stamp may follow
  }
  return out;
}

ProbeState initial_state(const ProbeThresholds& thresholds) {
  ProbeState out;
  out.ok = thresholds.initial;
  return out;
}

bool add_result(ProbeState& state, const ProbeThresholds& thresholds, ProbeSeen seen, Instant at) {
  ++state.runs;
  if (!seen.ok) {
    ++state.failures;
    state.last_error = seen.saw;
  }
  state.at = at;
  state.streak = seen.ok == state.ok ? 0 : state.streak + 1;
  state.last = std::move(seen);
  const int needed = state.ok ? thresholds.failure : thresholds.success;
  if (state.streak < needed) return false;
  state.ok = !state.ok;
  state.streak = 0;
  return true;
}

Millis first_delay(std::string_view name, Millis period) {
  constexpr std::uint32_t kOffset = 2166136261U;  // FNV-1a
  constexpr std::uint32_t kPrime = 16777619U;
  std::uint32_t hash = kOffset;
  for (const char c : name)
    hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  constexpr std::int64_t kParts = 1000;
  const auto most = std::min(period, Millis{1'000});  // nobody waits long for the first word
  return most * (hash % kParts) / kParts;
}

}  // namespace sragent
