#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "runtime/worker_look.h"
#include "starrocks/rows.h"

/// The lists of members as one FE tells them, for what a BE or CN does when it leaves. Worker
/// threads; blocks up to the deadlines.
namespace sragent::worker_lists {

using Session = std::unique_ptr<SqlSession>;

[[nodiscard]] Result<Session> log_in(const LookContext& look,
                                     const FeTarget& target,
                                     Deadline until);
[[nodiscard]] Result<SqlTable> ask(const LookContext& look,
                                   SqlSession& sql,
                                   std::string_view statement,
                                   Deadline until);
[[nodiscard]] inline TableView view(const SqlTable& table) {
  return {table.columns, table.rows};
}

struct Lists {
  std::vector<WorkerRow> rows{};
  FeList fes{};  ///< Empty where `rows` were enough.
  std::vector<FeAddress> addresses{};
};
/// `enough`: the own row alone tells what is wanted.
using Enough = std::function<bool(const WorkerRow* own)>;
[[nodiscard]] Result<Lists> read_lists(const WorkerContext& context,
                                       SqlSession& sql,
                                       const Enough& enough,
                                       Deadline until);

}  // namespace sragent::worker_lists
