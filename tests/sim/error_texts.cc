#include <utility>

#include "dialect.h"

namespace srsim {

SqlError plain_error(std::string text) {
  return {.message = std::move(text)};
}

SqlError analysing_error(const std::string& text) {
  return {.message = "Getting analyzing error. Detail message: " + text + "."};
}

SqlError ddl_error(const Profile& profile, const std::string& text) {
  return {.message = profile.ddl_prefix == DdlPrefix::kUnexpected ? "Unexpected exception: " + text
                                                                  : text};
}

SqlError runtime_error(const Profile& profile, const std::string& text) {
  return {.message =
              profile.ddl_prefix == DdlPrefix::kBare ? text : "Unexpected exception: " + text};
}

SqlError unknown_warehouse(const Profile& profile, const std::string& name) {
  return {.message = "Warehouse name: " + name + " not exist.",
          .code = static_cast<std::uint16_t>(profile.unknown_warehouse_code),
          .sqlstate = "42000"};
}

SqlError unknown_database(const Profile& profile, const std::string& name) {
  const std::string text = "Unknown database '" + name + "'";
  if (profile.unknown_db_5501) return {.message = text, .code = 5501, .sqlstate = "3F000"};
  return {.message = text, .code = 1049, .sqlstate = "42000"};
}

SqlError backend_not_found(const Context& context) {
  std::string text = "Backend node not found. Check if any backend node is down.backend: ";
  const auto catalog = context.view.catalog();
  for (const NodeRow* row : catalog->nodes_of(NodeKind::kBackend)) {
    text += "[" + row->host + " alive: " + (row->health.alive ? "true" : "false") +
            " inBlacklist: " + (context.view.blacklist().contains(row->id) ? "true" : "false") +
            "] ";
  }
  return plain_error(text);
}

std::optional<SqlError> commit(Context& context, const JournalEntry& change) {
  return context.view.commit(change);
}

}  // namespace srsim
