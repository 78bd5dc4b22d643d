#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "fake_view.h"

namespace srsim::testing {

/// Names the tests' statements with one line each: run(fe, sql) gives "OK", "ROWS n" or the error
/// as "code/state text".
class Cluster {
 public:
  explicit Cluster(std::string_view profile, RunMode mode = RunMode::kSharedNothing) : fe(profile) {
    fe.change(entry::found(4711, "token", mode));
    fe.own = {.node_name = "fe-0.lab_9010_1", .host = "fe-0.lab"};
    fe.names = {{"fe-0.lab", "10.0.0.10"},
                {"fe-1.lab", "10.0.0.11"},
                {"fe-2.lab", "10.0.0.12"},
                {"fe-1", "10.0.0.11"},
                {"be-0.lab", "10.0.0.20"},
                {"be-1.lab", "10.0.0.21"}};
    fe.change(entry::put_frontend(
        {.id = 1, .name = "fe-0.lab_9010_1", .host = "fe-0.lab", .edit_log_port = 9010}));
    fe.change(entry::frontend_health("fe-0.lab_9010_1",
                                     {.alive = true,
                                      .last_heartbeat = fe.time,
                                      .start_time = fe.time,
                                      .version = fe.profile().build}));
    fe.group_view = {.members = {{.host = "fe-0.lab", .port = 9010}},
                     .master = GroupView::Member{.host = "fe-0.lab", .port = 9010}};
    session = open_session(*fe.catalog(), "root");
  }

  std::string run(std::string_view sql) { return describe(execute(session, fe, sql)); }

  ResultRows rows(std::string_view sql) {
    const SqlResult result = execute(session, fe, sql);
    const auto* found = std::get_if<ResultRows>(&result.results.back());
    return found == nullptr ? ResultRows{} : *found;
  }

  /// A cell by column name and row number; "(NULL)" for SQL NULL, "(none)" if absent.
  std::string cell(std::string_view sql, std::size_t row, std::string_view column) {
    return cell_of(rows(sql), row, column);
  }

  static std::string cell_of(const ResultRows& all, std::size_t row, std::string_view column) {
    for (std::size_t i = 0; i < all.columns.size(); ++i) {
      if (all.columns[i].name == column && row < all.rows.size())
        return all.rows[row][i].value_or("(NULL)");
    }
    return "(none)";
  }

  std::string columns(std::string_view sql) {
    std::string out;
    for (const Column& column : rows(sql).columns)
      out += (out.empty() ? "" : ",") + column.name;
    return out;
  }

  void become(const std::string& user) { session = open_session(*fe.catalog(), user); }

  /// A BE or CN that has answered heartbeats.
  void alive(std::int64_t id) {
    fe.change(entry::node_health(id,
                                 {.alive = true,
                                  .status = NodeStatus::kOk,
                                  .be_port = 9060,
                                  .http_port = 8040,
                                  .brpc_port = 8060,
                                  .starlet_port = 9070,
                                  .worker_id = 1,
                                  .last_start = fe.time,
                                  .last_heartbeat = fe.time,
                                  .version = "3.5.7-d2da301",
                                  .cpu_cores = 8,
                                  .mem_limit_bytes = 65536000000}));
    fe.change(entry::node_disk(
        id,
        {.data_used_bytes = 1048576, .available_bytes = 96636764160, .total_bytes = 107374182400}));
  }

  static std::string describe(const SqlResult& result) {
    const StatementResult& last = result.results.back();
    if (const auto* error = std::get_if<SqlError>(&last))
      return std::to_string(error->code) + "/" + error->sqlstate + " " + error->message;
    if (const auto* table = std::get_if<ResultRows>(&last))
      return "ROWS " + std::to_string(table->rows.size());
    return "OK";
  }

  FakeView fe;
  Session session{};
};

}  // namespace srsim::testing
