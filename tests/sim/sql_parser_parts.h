#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sql_cursor.h"
#include "sql_parser.h"

// Parts of the statement parser, one per statement family. Each starts behind the word that names
// it and throws SyntaxError. Private to the parser.

namespace srsim {

void parse_show(SqlCursor& in, Statement& out);
void parse_select(SqlCursor& in, Statement& out);
void parse_set(SqlCursor& in, Statement& out);
void parse_create(SqlCursor& in, Statement& out);
void parse_drop(SqlCursor& in, Statement& out);
void parse_grant(SqlCursor& in, bool grant, Statement& out);
/// CREATE USER and ALTER USER behind the word USER.
void parse_user_statement(SqlCursor& in, StatementKind kind, Statement& out);

/// ('key' = 'value', ...)
[[nodiscard]] std::vector<std::pair<std::string, std::string>> parse_properties(SqlCursor& in);
/// name, 'name' or 'name'@'%'
[[nodiscard]] std::string parse_user_name(SqlCursor& in);

}  // namespace srsim
