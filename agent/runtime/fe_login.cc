#include "runtime/fe_login.h"

#include "core/words.h"
#include "runtime/log.h"
#include "starrocks/privileges.h"

namespace sragent {
namespace {

constexpr int kInsecureTransport = 5205;
constexpr int kPluginNotAllowed = 5010;

TlsMode mode_of(TlsSetting setting) {
  switch (setting) {
    case TlsSetting::kDisabled:
      return TlsMode::kDisabled;
    case TlsSetting::kPreferred:
      return TlsMode::kPreferred;
    case TlsSetting::kRequired:
      return TlsMode::kRequired;
    case TlsSetting::kVerifyCa:
      return TlsMode::kVerifyCa;
    case TlsSetting::kVerifyIdentity:
      return TlsMode::kVerifyIdentity;
  }
  return TlsMode::kRequired;
}

SqlTarget sql_target(const SqlConfig& config, const FeTarget& target, const std::string& source) {
  SqlTarget out;
  out.name = target.name;
  out.address = target.address;
  out.port = target.port;
  out.source_address = source;
  out.tls.mode = mode_of(config.tls_mode);
  out.tls.ca = config.tls_ca;
  out.tls.name = config.tls_name.empty() ? target.tls_name : config.tls_name;
  return out;
}

std::string advice_on_tls(const SqlError& error, const SqlConfig& config) {
  if (error.code == kInsecureTransport)
    return "set sql.tls_mode to preferred, required, verify-ca or verify-identity; it is disabled";
  if (error.code == 0 && config.tls_mode < TlsSetting::kVerifyCa)
    return "give the FE a certificate (ssl_keystore_location in fe.conf) or change sql.tls_mode";
  if (config.tls_mode == TlsSetting::kVerifyIdentity)
    return "see sql.tls_ca, the names and dates in the FE's certificate, and sql.tls_name";
  return "see sql.tls_ca, the FE's certificate and its ssl_keystore_location";
}

std::string advice_on(const SqlError& error, const SqlConfig& config) {
  if (error.kind == ErrorKind::kTls) return advice_on_tls(error, config);
  if (error.kind == ErrorKind::kAuth && error.code == kPluginNotAllowed)
    return "give sql.user another: ALTER USER ... IDENTIFIED WITH mysql_native_password BY ...";
  if (error.kind != ErrorKind::kPrivilege) return {};
  const auto missing = missing_privilege(error.text);
  if (!missing) return {};
  return "missing privilege " + to_text(*missing) + "; run " +
         grant_statement(*missing, config.user);
}

SqlError with_advice(SqlError error, const SqlConfig& config) {
  const auto advice = advice_on(error, config);
  if (!advice.empty()) error.what += "; " + advice;
  return error;
}

SqlError too_many_failures() {
  SqlError out;
  out.kind = ErrorKind::kAuth;
  out.what = "sql: not tried: " + std::to_string(LoginLimit::kMostFailures) +
             " logins or TLS handshakes failed here within the last minute";
  return out;
}

SqlError no_password(const Credentials::Login& login) {
  SqlError out;
  out.kind = ErrorKind::kAuth;
  out.what = "sql: not tried: sql.password_file: " + login.unreadable;
  return out;
}

}  // namespace

SqlResult<std::unique_ptr<SqlSession>> log_in_at(const LookContext& context,
                                                 const FeTarget& target,
                                                 const std::string& source,
                                                 Deadline until) {
  auto& credentials = *context.credentials;
  const auto& config = context.config->sql;
  const auto fe = host_port(target.address, target.port);
  auto sql = sql_target(config, target, source);
  const auto login = credentials.login(config);
  sql.user = login.user;
  if (login.passwords.empty()) return tl::unexpected(no_password(login));
  SqlError last = too_many_failures();
  std::vector<std::string> refused;
  for (std::size_t i = 0; i < login.passwords.size(); ++i) {
    const auto& password = login.passwords[i];
    const auto now = context.clock.now();
    if (!credentials.limit().begin(fe, now)) break;
    sql.password = password;
    auto session = SqlSession::open(sql, until);
    if (session) {
      credentials.limit().forget(fe, now);
      credentials.accepted(password);
      credentials.connected(fe, (*session)->encrypted());
      return session;
    }
    last = with_advice(std::move(session).error(), config);
    if (last.kind != ErrorKind::kAuth && last.kind != ErrorKind::kTls)
      credentials.limit().forget(fe, now);
    // A plugin that is not spoken says nothing of the password.
    if (last.kind != ErrorKind::kAuth || last.code == kPluginNotAllowed) break;
    credentials.refused(password);
    refused.push_back(login.from[i]);
  }
  if (!refused.empty()) last.what += "; password tried: " + joined(refused);
  if (last.kind == ErrorKind::kAuth && !login.unreadable.empty())
    last.what += "; sql.password_file: " + login.unreadable;
  return tl::unexpected(std::move(last));
}

SqlResult<std::unique_ptr<SqlSession>> log_in_with(const LookContext& context,
                                                   const FeTarget& target,
                                                   const std::string& password,
                                                   Deadline until) {
  auto& limit = context.credentials->limit();
  const auto& config = context.config->sql;
  const auto fe = host_port(target.address, target.port);
  const auto now = context.clock.now();
  if (!limit.begin(fe, now)) return tl::unexpected(too_many_failures());
  auto sql = sql_target(config, target, {});
  sql.user = config.user;
  sql.password = password;
  auto session = SqlSession::open(sql, until);
  const bool counts = !session && (session.error().kind == ErrorKind::kAuth ||
                                   session.error().kind == ErrorKind::kTls);
  if (!counts) limit.forget(fe, now);
  if (!session) return tl::unexpected(with_advice(std::move(session).error(), config));
  return session;
}

SqlResult<SqlTable> ask_fe(const LookContext& context,
                           SqlSession& session,
                           std::string_view statement,
                           Deadline until) {
  return ask_fe(context, session, statement, until, feature_of(statement));
}

SqlResult<SqlTable> ask_fe(const LookContext& context,
                           SqlSession& session,
                           std::string_view statement,
                           Deadline until,
                           std::string_view feature) {
  auto table = session.query(statement, until);
  log_debug(
      "sql_asked",
      {{"statement", std::string{statement}},
       {"answer", table ? std::to_string(table->rows.size()) + " rows" : table.error().what}});
  if (table) {
    context.credentials->allowed(feature);
    return table;
  }
  const auto& config = context.config->sql;
  auto error = with_advice(std::move(table).error(), config);
  const auto missing = missing_privilege(error.text);
  if (error.kind == ErrorKind::kPrivilege && missing) {
    context.credentials->denied(
        {std::string{feature}, to_text(*missing), grant_statement(*missing, config.user)});
  }
  return tl::unexpected(std::move(error));
}

}  // namespace sragent
