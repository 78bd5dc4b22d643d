#include "corpus_lines.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace srsim::testing {

using nlohmann::json;

std::string Line::text(const char* key) const {
  const auto found = record.find(key);
  return found == record.end() || !found->is_string() ? "" : found->get<std::string>();
}

std::string lower(std::string text) {
  std::ranges::transform(
      text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::vector<Line> read_lines() {
  static constexpr std::array kFiles{"show",
                                     "users",
                                     "privileges",
                                     "ddl",
                                     "ddl_ipmode",
                                     "heartbeat",
                                     "heartbeat_ddl",
                                     "blacklist",
                                     "decommission",
                                     "shared_data",
                                     "join",
                                     "drop_running",
                                     "founder_trap",
                                     "failover",
                                     "leaderless",
                                     "restart",
                                     "ip_change",
                                     "slow_show",
                                     "bootstrap_experiments"};
  std::vector<Line> lines;
  for (const char* file : kFiles) {
    std::ifstream in(std::string(CORPUS_DIR) + "/" + file + ".jsonl");
    if (!in.good()) throw std::runtime_error(std::string("cannot read corpus file ") + file);
    for (std::string text; std::getline(in, text);) {
      json record = json::parse(text);
      if (!record.contains("sql")) continue;
      const double time = record.at("t");
      lines.push_back({.file = file, .record = std::move(record), .time = time});
    }
  }
  // Two lines of one stamp: the watcher asked before the statement ran.
  std::ranges::stable_sort(lines, {}, [](const Line& line) {
    return std::pair(line.time, !line.record.contains("since_s"));
  });
  return lines;
}

namespace {

std::optional<std::string> cell_of(const json& value) {
  if (value.is_null()) return std::nullopt;
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

std::vector<RecordedRow> recorded_rows(const Line& line) {
  std::vector<RecordedRow> rows;
  const json* source = &line.record;
  if (line.record.contains("result")) source = &line.record["result"].front();
  if (!source->contains("rows") || !(*source)["rows"].is_array()) return rows;
  for (const json& row : (*source)["rows"]) {
    RecordedRow& out = rows.emplace_back();
    if (row.is_object()) {
      for (const auto& [name, value] : row.items())
        out[name] = cell_of(value);
      continue;
    }
    for (std::size_t i = 0; i < row.size(); ++i) {
      const json& column = (*source)["columns"][i];
      out[column.is_object() ? column["name"] : column] = cell_of(row[i]);
    }
  }
  return rows;
}

bool has_rows(const Line& line) {
  if (line.record.contains("result")) {
    return line.record["result"].is_array() &&
           line.record["result"].front().value("kind", "") == "ROWS";
  }
  return line.record.contains("rows") && line.record["rows"].is_array() &&
         (!line.record.contains("error") || line.record["error"].is_null());
}

// Experiments write "1064 text".
std::string recorded_error(const Line& line) {
  if (line.experiment()) {
    const std::string text = line.text("error");
    return text.starts_with("1064 ") ? text.substr(5) : "";
  }
  if (!line.record.contains("result")) return "";
  const json& last = line.record["result"].back();
  return last.value("kind", "") == "ERR" ? last["message"].get<std::string>() : "";
}

std::string not_an_answer(const Line& line) {
  if (line.record.contains("polls")) return "polled";
  if (line.record.contains("result") && line.record["result"].front().value("kind", "") == "IOERR")
    return "no answer: " + line.record["result"].front().value("message", "");
  if (line.record.contains("rows") && line.record["rows"].is_object()) return "no answer: watched";
  if (line.experiment() && line.record.contains("error") && line.record["error"].is_string() &&
      recorded_error(line).empty()) {
    return "no answer: " + line.text("error");
  }
  return "";
}

namespace {

std::string type_name(WireType type) {
  switch (type) {
    case WireType::kTiny:
      return "TINY";
    case WireType::kShort:
      return "SHORT";
    case WireType::kLong:
      return "LONG";
    case WireType::kLongLong:
      return "LONGLONG";
    case WireType::kVarString:
      return "VAR_STRING";
    case WireType::kString:
      return "STRING";
  }
  return "";
}

std::string show(const std::optional<std::string>& value) {
  return value ? "'" + *value + "'" : "NULL";
}

std::string show(const Row& row) {
  std::string out;
  for (const auto& value : row)
    out += show(value) + " ";
  return out;
}

/// Times of blacklist entries and start times of connections are the replay's own.
std::string normalised_sql(const std::string& sql) {
  return lower(sql);
}

bool volatile_column(const std::string& sql, const std::string& column) {
  if (sql.find("blacklist") != std::string::npos) return column == "LostConnectionTime";
  return false;
}

std::string compare_columns(const json& expected, const ResultRows& actual) {
  if (expected.size() != actual.columns.size()) {
    return "columns: expected " + std::to_string(expected.size()) + ", got " +
           std::to_string(actual.columns.size());
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const json& want = expected[i];
    const Column& got = actual.columns[i];
    if (want["name"] != got.name)
      return "column " + want["name"].get<std::string>() + " is " + got.name;
    if (want["type"] != type_name(got.type) || want["charset"] != got.charset ||
        want["length"] != got.length || want["flags"] != got.flags ||
        want["decimals"] != got.decimals) {
      return "column type of " + got.name + ": expected " + want.dump() + ", got " +
             type_name(got.type) + " length " + std::to_string(got.length);
    }
  }
  return "";
}

std::vector<Row> recorded_values(const Line& line, const ResultRows& actual) {
  std::vector<Row> rows;
  for (const RecordedRow& recorded : recorded_rows(line)) {
    Row& row = rows.emplace_back();
    for (const Column& column : actual.columns) {
      const auto found = recorded.find(column.name);
      row.push_back(found == recorded.end() ? "(not recorded)" : found->second);
    }
  }
  return rows;
}

std::string compare_values(const Line& line, const ResultRows& actual) {
  const std::string sql = normalised_sql(line.text("sql"));
  auto want = recorded_values(line, actual);
  auto got = actual.rows;
  for (std::size_t i = 0; i < actual.columns.size(); ++i) {
    const bool recorded = !want.empty() && want.front()[i] != "(not recorded)";
    if (!volatile_column(sql, actual.columns[i].name) && (recorded || want.empty())) continue;
    for (Row& row : want)
      row[i] = "*";
    for (Row& row : got)
      row[i] = "*";
  }
  if (sql.find("frontends") != std::string::npos) {  // a hash map orders them
    std::ranges::sort(want);
    std::ranges::sort(got);
  }
  if (want == got) return "";
  std::string out = "rows differ\n";
  for (const Row& row : want)
    out += "      want " + show(row) + "\n";
  for (const Row& row : got)
    out += "      got  " + show(row) + "\n";
  return out;
}

std::string compare_error(const json& expected, const SqlError& actual) {
  if (expected["code"] == actual.code && expected["sqlstate"] == actual.sqlstate &&
      expected["message"] == actual.message) {
    return "";
  }
  return "error: expected " + std::to_string(expected["code"].get<int>()) + "/" +
         expected["sqlstate"].get<std::string>() + " " + expected["message"].get<std::string>() +
         "\n      got " + std::to_string(actual.code) + "/" + actual.sqlstate + " " +
         actual.message;
}

std::string kind_of(const StatementResult& result) {
  if (std::holds_alternative<ResultOk>(result)) return "OK";
  return std::holds_alternative<ResultRows>(result) ? "ROWS" : "ERR";
}

std::string describe(const StatementResult& result) {
  const auto* error = std::get_if<SqlError>(&result);
  return kind_of(result) + (error != nullptr ? " " + error->message : "");
}

std::string compare_recorded(const Line& line, const StatementResult& actual) {
  const json& expected = line.record["result"].front();
  const std::string kind = expected["kind"];
  if (kind != kind_of(actual)) return "expected " + kind + ", got " + describe(actual);
  if (kind == "ERR") return compare_error(expected, std::get<SqlError>(actual));
  if (kind == "OK") return "";
  const auto& rows = std::get<ResultRows>(actual);
  const std::string columns = compare_columns(expected["columns"], rows);
  return columns.empty() ? compare_values(line, rows) : columns;
}

/// Watched rows and experiments: no wire types on record.
std::string compare_short(const Line& line, const StatementResult& actual) {
  const std::string error = recorded_error(line);
  if (!error.empty()) {
    return describe(actual) == "ERR " + error
               ? ""
               : "expected ERR " + error + ", got " + describe(actual);
  }
  if (line.record.value("ok", false))
    return kind_of(actual) == "OK" ? "" : "expected OK, got " + describe(actual);
  if (kind_of(actual) != "ROWS") return "expected ROWS, got " + describe(actual);
  const auto& rows = std::get<ResultRows>(actual);
  for (const RecordedRow& recorded : recorded_rows(line)) {
    for (const auto& [name, value] : recorded) {
      const auto named = [&name = name](const Column& column) { return column.name == name; };
      if (std::ranges::none_of(rows.columns, named)) return "no column " + name;
    }
  }
  return compare_values(line, rows);
}

}  // namespace

std::string compare(const Line& line, const StatementResult& actual) {
  return line.record.contains("result") ? compare_recorded(line, actual)
                                        : compare_short(line, actual);
}

}  // namespace srsim::testing
