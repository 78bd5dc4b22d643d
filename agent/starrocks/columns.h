#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "starrocks/rows.h"

/// Inside of rows and drain_rows: cells of a result set by column name.
namespace sragent::starrocks_detail {

inline char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

inline bool same_name(std::string_view a, std::string_view b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

/// Columns of one table by name; remembers the first thing that was wrong.
class Columns {
 public:
  explicit Columns(const TableView& table) : table_(table) {}

  /// Index of a needed column.
  std::size_t need(std::string_view name) {
    const auto index = find(name);
    if (!index) fail("no column " + std::string(name));
    return index.value_or(0);
  }

  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const {
    const auto& all = table_.columns;
    const auto it = std::find_if(
        all.begin(), all.end(), [&](const std::string& column) { return same_name(column, name); });
    if (it == all.end()) return std::nullopt;
    return static_cast<std::size_t>(it - all.begin());
  }

  void fail(std::string what) {
    if (error_.empty()) error_ = std::move(what);
  }
  [[nodiscard]] bool bad() const { return !error_.empty(); }
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  const TableView& table_;
  std::string error_{};
};

using Cells = std::vector<std::optional<std::string>>;

/// One row's values by column index; what is no value is told to the Columns.
class RowReader {
 public:
  RowReader(Columns& columns, const Cells& cells) : columns_(columns), cells_(cells) {}

  /// Empty for SQL NULL.
  std::string text(std::size_t column) {
    if (column < cells_.size()) return cells_[column].value_or("");
    columns_.fail("a row with fewer cells than columns");
    return {};
  }

  std::string needed(std::size_t column, std::string_view name) {
    auto out = text(column);
    if (out.empty()) columns_.fail(std::string(name) + " is empty");
    return out;
  }

  bool flag(std::size_t column, std::string_view name) {
    const auto value = text(column);
    if (value == "true") return true;
    if (value != "false") wrong(name, value, "true or false");
    return false;
  }

  /// `zero`: what the table writes for "never heard of" (0, -1, NULL) becomes 0.
  std::uint16_t port(std::size_t column, std::string_view name, bool zero) {
    const auto value = text(column);
    if (zero && (value.empty() || value == "-1" || value == "0")) return 0;
    const auto out = whole_number<std::uint16_t>(value);
    if (out && *out > 0) return *out;
    wrong(name, value, "a port");
    return 0;
  }

  RowRole role(std::size_t column) {
    const auto value = text(column);
    if (value == "LEADER" || value == "MASTER") return RowRole::kLeader;  // MASTER: old builds
    if (value == "FOLLOWER") return RowRole::kFollower;
    if (value == "OBSERVER") return RowRole::kObserver;
    wrong("Role", value, "LEADER, FOLLOWER or OBSERVER");
    return RowRole::kFollower;
  }

 private:
  void wrong(std::string_view name, const std::string& value, std::string_view expected) {
    columns_.fail(std::string(name) + " is \"" + value.substr(0, 60) + "\", expected " +
                  std::string(expected));
  }

  Columns& columns_;
  const Cells& cells_;
};

}  // namespace sragent::starrocks_detail
