#include <algorithm>
#include <memory>

#include <mysql.h>

#include "lab.h"

namespace srsim {
namespace {

struct CloseMysql {
  void operator()(MYSQL* handle) const { mysql_close(handle); }
};
struct FreeResult {
  void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};

SqlAnswer failed(MYSQL* handle) {
  return {.ok = false, .code = mysql_errno(handle), .error = mysql_error(handle)};
}

}  // namespace

SqlAnswer SimNode::sql(const std::string& statement, unsigned read_limit_s) const {
  const std::unique_ptr<MYSQL, CloseMysql> handle(mysql_init(nullptr));
  const unsigned connect_limit_s = std::min(5U, read_limit_s);
  mysql_options(handle.get(), MYSQL_OPT_CONNECT_TIMEOUT, &connect_limit_s);
  mysql_options(handle.get(), MYSQL_OPT_READ_TIMEOUT, &read_limit_s);
  if (mysql_real_connect(handle.get(), spec_.ip.c_str(), "root", "", nullptr, 9030, nullptr, 0) ==
      nullptr) {
    return failed(handle.get());
  }
  if (mysql_real_query(handle.get(), statement.data(), statement.size()) != 0)
    return failed(handle.get());
  SqlAnswer answer{.ok = true};
  const std::unique_ptr<MYSQL_RES, FreeResult> result(mysql_store_result(handle.get()));
  if (!result) return mysql_errno(handle.get()) == 0 ? answer : failed(handle.get());
  const unsigned count = mysql_num_fields(result.get());
  const MYSQL_FIELD* fields = mysql_fetch_fields(result.get());
  while (MYSQL_ROW row = mysql_fetch_row(result.get())) {
    auto& out = answer.rows.emplace_back();
    for (unsigned i = 0; i < count; ++i) {
      out[fields[i].name] = row[i] == nullptr ? std::nullopt : std::optional<std::string>(row[i]);
    }
  }
  return answer;
}

std::map<std::string, std::optional<std::string>> SqlAnswer::row(const std::string& column,
                                                                 const std::string& value) const {
  for (const auto& one : rows) {
    const auto found = one.find(column);
    if (found != one.end() && found->second == value) return one;
  }
  return {};
}

std::string cell(const std::map<std::string, std::optional<std::string>>& row,
                 const std::string& column) {
  const auto found = row.find(column);
  if (found == row.end()) return "<none>";
  return found->second.value_or("<null>");
}

}  // namespace srsim
