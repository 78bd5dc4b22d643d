#include "starrocks_corpus.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

namespace sragent::corpus {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

std::string text_of(const Json& from, const char* key) {
  const auto it = from.find(key);
  return it != from.end() && it->is_string() ? it->get<std::string>() : std::string{};
}

template <typename Sink>
void each_line(const Sink& sink) {
  std::vector<fs::path> files;
  std::error_code code;
  for (const auto* dir : {SRAGENT_CORPUS_DIR, SRAGENT_CORPUS_DIR_2}) {
    for (const auto& entry : fs::directory_iterator(dir, code))
      if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& path : files) {
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
      const auto json = Json::parse(line, nullptr, false);
      if (json.is_object()) sink(path.filename().string(), json);
    }
  }
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return text;
}

std::vector<std::optional<std::string>> cells_of(const Json& row) {
  std::vector<std::optional<std::string>> out;
  for (const auto& cell : row)
    out.push_back(cell.is_null() ? std::nullopt : std::optional(cell.get<std::string>()));
  return out;
}

template <typename Sink>
void each_result(const Json& line, const Sink& sink) {
  const auto it = line.find("result");
  if (it == line.end()) return;
  if (it->is_object()) sink(*it);
  if (!it->is_array()) return;
  for (const auto& result : *it)
    if (result.is_object()) sink(result);
}

std::optional<std::string> optional_text(const Json& from, const char* key) {
  const auto it = from.find(key);
  if (it == from.end() || !it->is_string()) return std::nullopt;
  return it->get<std::string>();
}

void append_text(const Json& value, std::string& out) {
  if (value.is_string()) out += value.get<std::string>() + "\n";
  if (value.is_array()) {
    for (const auto& part : value)
      append_text(part, out);
  }
}

}  // namespace

bool present() {
  std::error_code code;
  return fs::exists(fs::path(SRAGENT_CORPUS_DIR) / "show.jsonl", code);
}

std::vector<RecordedError> errors() {
  std::vector<RecordedError> out;
  each_line([&](const std::string& file, const Json& line) {
    each_result(line, [&](const Json& result) {
      if (text_of(result, "kind") == "ERR")
        out.push_back({file, text_of(line, "sql"), result.at("code"), text_of(result, "message")});
    });
  });
  return out;
}

std::vector<RecordedTable> tables() {
  std::vector<RecordedTable> out;
  each_line([&](const std::string& file, const Json& line) {
    each_result(line, [&](const Json& result) {
      if (text_of(result, "kind") != "ROWS") return;
      RecordedTable table;
      table.file = file;
      table.version = text_of(line, "version");
      table.sql = lower(text_of(line, "sql"));
      for (const auto& column : result.at("columns"))
        table.columns.push_back(text_of(column, "name"));
      for (const auto& row : result.at("rows"))
        table.rows.push_back(cells_of(row));
      out.push_back(std::move(table));
    });
  });
  return out;
}

std::vector<RecordedMeta> meta_dirs() {
  std::vector<RecordedMeta> out;
  each_line([&](const std::string&, const Json& line) {
    const auto texts = line.find("texts");
    if (texts == line.end() || !texts->is_object()) return;
    out.push_back(
        {optional_text(*texts, "ROLE"), optional_text(*texts, "VERSION"), text_of(line, "note")});
  });
  return out;
}

std::vector<RecordedLog> logs() {
  std::vector<RecordedLog> out;
  each_line([&](const std::string& file, const Json& line) {
    RecordedLog log{file, text_of(line, "note") + text_of(line, "step"), {}};
    for (const auto* key : {"log", "log_tail", "out_tail"})
      if (const auto it = line.find(key); it != line.end()) append_text(*it, log.text);
    if (!log.text.empty()) out.push_back(std::move(log));
  });
  return out;
}

std::vector<std::string> bodies(const std::string& path) {
  std::vector<std::string> out;
  each_line([&](const std::string&, const Json& line) {
    if (text_of(line, "path") == path && text_of(line, "method") == "GET")
      if (auto body = text_of(line, "body"); !body.empty()) out.push_back(std::move(body));
  });
  return out;
}

}  // namespace sragent::corpus
