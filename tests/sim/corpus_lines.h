#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "corpus_cluster.h"

namespace srsim::testing {

/// A recorded line that has a statement. Fields: corpus/README.md.
struct Line {
  std::string file{};
  nlohmann::json record{};
  double time{};  ///< Unix seconds

  /// The field as text; empty if it is absent or no text.
  [[nodiscard]] std::string text(const char* key) const;
  /// A line of bootstrap_experiments, which has fields of its own.
  [[nodiscard]] bool experiment() const { return record.contains("experiment"); }
  [[nodiscard]] std::string note() const { return text(experiment() ? "step" : "note"); }
};

/// All lines with statements, in the order of time.
[[nodiscard]] std::vector<Line> read_lines();

/// Rows by column name, of a full answer, a watched answer or an experiment's answer.
[[nodiscard]] std::vector<RecordedRow> recorded_rows(const Line& line);
[[nodiscard]] bool has_rows(const Line& line);
/// Text of a recorded ERR, else empty.
[[nodiscard]] std::string recorded_error(const Line& line);
/// Why there is no answer to compare with, else empty.
[[nodiscard]] std::string not_an_answer(const Line& line);
/// How `actual` differs from what is on record; empty if it does not.
[[nodiscard]] std::string compare(const Line& line, const StatementResult& actual);

[[nodiscard]] std::string lower(std::string text);

}  // namespace srsim::testing
