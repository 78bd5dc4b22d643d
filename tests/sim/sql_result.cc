#include "sql_result.h"

#include <utility>

#include "text_codec.h"

namespace srsim {

SqlResult ok_result() {
  return to_result(ResultOk{});
}

SqlResult error_result(std::string message) {
  return to_result(SqlError{.message = std::move(message)});
}

SqlResult to_result(StatementResult one) {
  SqlResult result;
  result.results.push_back(std::move(one));
  return result;
}

const SqlError* first_error(const SqlResult& result) {
  return result.results.empty() ? nullptr : std::get_if<SqlError>(&result.results.back());
}

namespace {

void write(std::string& out, const ResultOk& ok) {
  put_text(out, "ok");
  put_text(out, std::to_string(ok.affected));
  put_text(out, ok.info);
}

void write(std::string& out, const SqlError& error) {
  put_text(out, "error");
  put_text(out, error.message);
  put_text(out, std::to_string(error.code));
  put_text(out, error.sqlstate);
}

std::string write_columns(const std::vector<Column>& columns) {
  std::string out;
  for (const Column& column : columns) {
    put_text(out, column.name);
    put_text(out, std::to_string(static_cast<int>(column.type)));
    put_text(out, std::to_string(column.charset));
    put_text(out, std::to_string(column.length));
    put_text(out, std::to_string(column.flags));
    put_text(out, std::to_string(column.decimals));
  }
  return out;
}

void write(std::string& out, const ResultRows& rows) {
  put_text(out, "rows");
  put_text(out, write_columns(rows.columns));
  std::string cells;
  for (const Row& row : rows.rows) {
    std::string line;
    for (const auto& cell : row)
      put_text(line, cell ? "v" + *cell : "n");
    put_text(cells, line);
  }
  put_text(out, cells);
}

using Parts = std::vector<std::string>;

template <typename Int>
Int to(const std::string& text) {
  return static_cast<Int>(parse_number(text).value_or(0));
}

std::optional<StatementResult> read_rows(const Parts& parts, std::size_t at) {
  const auto columns = split_texts(parts[at + 1]);
  const auto rows = split_texts(parts[at + 2]);
  if (!columns || !rows || columns->size() % 6 != 0) return std::nullopt;
  ResultRows made;
  for (std::size_t i = 0; i < columns->size(); i += 6) {
    made.columns.push_back({.name = (*columns)[i],
                            .type = static_cast<WireType>(to<int>((*columns)[i + 1])),
                            .charset = to<std::uint16_t>((*columns)[i + 2]),
                            .length = to<std::uint32_t>((*columns)[i + 3]),
                            .flags = to<std::uint16_t>((*columns)[i + 4]),
                            .decimals = to<std::uint8_t>((*columns)[i + 5])});
  }
  for (const std::string& line : *rows) {
    const auto cells = split_texts(line);
    if (!cells) return std::nullopt;
    Row& row = made.rows.emplace_back();
    for (const std::string& cell : *cells)
      row.push_back(cell == "n" ? std::nullopt : std::optional(cell.substr(1)));
  }
  return made;
}

}  // namespace

std::string serialise(const SqlResult& result) {
  std::string out;
  for (const StatementResult& one : result.results)
    std::visit([&out](const auto& value) { write(out, value); }, one);
  return out;
}

std::optional<SqlResult> parse_sql_result(std::string_view text) {
  const auto parts = split_texts(text);
  if (!parts) return std::nullopt;
  SqlResult result;
  for (std::size_t at = 0; at < parts->size();) {
    const std::string& kind = (*parts)[at];
    const std::size_t size = kind == "error" ? 4 : 3;
    if (at + size > parts->size()) return std::nullopt;
    if (kind == "ok") {
      result.results.emplace_back(
          ResultOk{.affected = to<std::uint64_t>((*parts)[at + 1]), .info = (*parts)[at + 2]});
    } else if (kind == "error") {
      result.results.emplace_back(SqlError{.message = (*parts)[at + 1],
                                           .code = to<std::uint16_t>((*parts)[at + 2]),
                                           .sqlstate = (*parts)[at + 3]});
    } else {
      auto rows = kind == "rows" ? read_rows(*parts, at) : std::nullopt;
      if (!rows) return std::nullopt;
      result.results.push_back(std::move(*rows));
    }
    at += size;
  }
  return result;
}

}  // namespace srsim
