#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace srsim {

/// Wire types that StarRocks answers use (MySQL protocol, column definition).
enum class WireType : std::uint8_t {
  kTiny = 1,
  kShort = 2,
  kLong = 3,
  kLongLong = 8,
  kVarString = 253,
  kString = 254,
};

/// One column of a result set. The defaults are those of every SHOW column.
struct Column {
  std::string name{};
  WireType type{WireType::kVarString};
  std::uint16_t charset{33};
  std::uint32_t length{192};
  std::uint16_t flags{};
  std::uint8_t decimals{};
};

/// SQL NULL is an empty optional; the four characters NULL are a value.
using Row = std::vector<std::optional<std::string>>;

struct ResultRows {
  std::vector<Column> columns{};
  std::vector<Row> rows{};
};

struct ResultOk {
  std::uint64_t affected{};
  std::string info{};
};

/// An ERR packet. The default code and state are those of every membership error.
struct SqlError {
  std::string message{};
  std::uint16_t code{1064};
  std::string sqlstate{"HY000"};
};

using StatementResult = std::variant<ResultOk, ResultRows, SqlError>;

/// What one COM_QUERY is answered with, in order: one result a statement; after an SqlError there
/// is nothing more. Never empty once execute() returned.
struct SqlResult {
  std::vector<StatementResult> results{};
};

[[nodiscard]] SqlResult ok_result();
[[nodiscard]] SqlResult error_result(std::string message);
[[nodiscard]] SqlResult to_result(StatementResult one);

/// Error of the last statement, or null.
[[nodiscard]] const SqlError* first_error(const SqlResult& result);

/// Text form for the FE-to-FE forwarding connection: binary safe, self-delimiting.
[[nodiscard]] std::string serialise(const SqlResult& result);
/// Empty if `text` is not what serialise() wrote.
[[nodiscard]] std::optional<SqlResult> parse_sql_result(std::string_view text);

}  // namespace srsim
