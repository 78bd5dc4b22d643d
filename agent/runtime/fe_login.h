#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "io/sql.h"
#include "runtime/fe_look.h"

/// Login and statements at an FE, with what the settings say of user, passwords and TLS. Worker
/// threads; blocks up to the deadlines. Errors end with what a person can do about them.
namespace sragent {

/// Logs in at `target`, from `source` (empty: the system's choice). Tries the passwords of
/// Credentials one after the other; kAuth once all are refused, or if too many were within a
/// minute.
[[nodiscard]] SqlResult<std::unique_ptr<SqlSession>> log_in_at(const LookContext& context,
                                                               const FeTarget& target,
                                                               const std::string& source,
                                                               Deadline until);

/// Logs in with this one password, which Credentials need not know and is not told of; counted
/// against the limit of refused logins like any other.
[[nodiscard]] SqlResult<std::unique_ptr<SqlSession>> log_in_with(const LookContext& context,
                                                                 const FeTarget& target,
                                                                 const std::string& password,
                                                                 Deadline until);

/// SqlSession::query; a refusal for want of a privilege takes its feature off the list of what this
/// node can do (Credentials::features_off), and the first success puts it back.
[[nodiscard]] SqlResult<SqlTable> ask_fe(const LookContext& context,
                                         SqlSession& session,
                                         std::string_view statement,
                                         Deadline until);
/// The same for a statement that is asked for the sake of another `feature` than its own.
[[nodiscard]] SqlResult<SqlTable> ask_fe(const LookContext& context,
                                         SqlSession& session,
                                         std::string_view statement,
                                         Deadline until,
                                         std::string_view feature);

}  // namespace sragent
