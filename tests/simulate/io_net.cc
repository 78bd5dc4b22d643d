#include <algorithm>

#include "here.h"
#include "io/dns.h"
#include "io/http_client.h"
#include "io/http_server.h"
#include "io/sql.h"
#include "io/tcp.h"
#include "sql_port.h"
#include "starrocks/identity_json.h"

/// io/dns, http_client, tcp and sql over the simulated network.
namespace sragent {
// io declares these functions.
// NOLINTBEGIN(readability-convert-member-functions-to-static, performance-unnecessary-value-param)

using simulate::here;
using simulate::left;
using simulate::Ms;
using simulate::Pod;
using simulate::World;

namespace simulate {

bool travel(const Pod& from, const Pod& to) {
  auto& world = World::current();
  world.kernel.sleep(world.hop());
  return world.linked(from, to) && !world.lost();
}

Contact contact(const std::string& address, std::uint16_t port, Deadline until) {
  auto& world = World::current();
  auto& me = here();
  // A BE's own health says nothing of its tries to register.
  if (me.pod.slot->kind == NodeKind::kFe || port == kQueryPort) me.last_try = world.now();
  const Ms limit = left(until);
  const Ms there_and_back = world.hop() * 2;
  auto* const pod = world.at_address(address);
  const bool silent =
      pod == nullptr || there_and_back >= limit || world.lost() || !world.linked(me.pod, *pod);
  world.kernel.sleep(silent ? limit : there_and_back);
  if (silent) return {};
  return {World::listens(*pod, port) ? Reached::kOpen : Reached::kRefused, pod};
}

}  // namespace simulate

using simulate::contact;
using simulate::Reached;

std::string_view to_string(DnsOutcome outcome) {
  return outcome == DnsOutcome::kAnswer ? "answer"
                                        : (outcome == DnsOutcome::kAbsent ? "absent" : "unknown");
}

struct Resolver::Impl {};
Resolver::Resolver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Resolver::~Resolver() = default;

Result<std::unique_ptr<Resolver>> Resolver::start(ResolverOptions /*options*/) {
  return std::unique_ptr<Resolver>(new Resolver(nullptr));
}

DnsAnswer Resolver::addresses(std::string_view name, Deadline until) {
  auto& world = World::current();
  constexpr Ms kTries = 1'500;  // 500 ms and 1 s
  DnsAnswer out;
  out.asked_at = simulate::moment_of(simulate::kBoot + world.now());
  out.name = name.substr(0, name.find_last_not_of('.') + 1);
  auto& last_try = here().last_try;
  if (world.now() < world.dns_down_until) {
    world.kernel.sleep(std::min(kTries, left(until)));
    last_try = world.now();
    out.why = "no answer from any name server";
    return out;
  }
  world.kernel.sleep(world.hop() * 2);
  const auto answer = world.look_up(out.name);
  out.ttl_s = answer.ttl_s;
  out.addresses = answer.addresses;
  out.outcome = out.addresses.empty() ? DnsOutcome::kAbsent : DnsOutcome::kAnswer;
  if (out.addresses.empty()) last_try = world.now();  // there is nobody to be tried
  if (out.addresses.empty()) out.why = "no such name";
  return out;
}

DnsAnswer Resolver::services(std::string_view name, Deadline /*until*/) {
  DnsAnswer out;
  out.name = name;
  out.why = "SRV is not simulated";
  return out;
}

TcpProbe probe_tcp(const std::string& address,
                   std::uint16_t port,
                   const std::string& /*source*/,
                   Deadline until) {
  switch (contact(address, port, until).how) {
    case Reached::kOpen:
      return TcpProbe::kOpen;
    case Reached::kRefused:
      return TcpProbe::kRefused;
    case Reached::kSilent:
      return TcpProbe::kUnknown;
  }
  return TcpProbe::kUnknown;
}

bool HttpQuery::has(const std::string& name) const {
  return std::ranges::any_of(parameters, [&](const auto& one) { return one.first == name; });
}

/// The agent's own endpoints are called without one; no hold of the simulation answers in place of
/// its server.
struct HttpServer::Impl {};

HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::start(const std::string& /*address*/,
                                                      std::uint16_t /*port*/,
                                                      Handler /*handler*/,
                                                      HttpServerLimits /*limits*/) {
  return tl::unexpected(Error{ErrorKind::kIo, "not simulated"});
}

namespace {

HttpQuery query_of(const std::string& path) {
  HttpQuery out;
  out.path = path.substr(0, path.find('?'));
  std::size_t at = path.find('?');
  while (at != std::string::npos) {
    const auto end = path.find('&', at + 1);
    const auto pair = path.substr(at + 1, end == std::string::npos ? end : end - at - 1);
    const auto equals = pair.find('=');
    out.parameters.emplace_back(pair.substr(0, equals),
                                equals == std::string::npos ? "" : pair.substr(equals + 1));
    at = end;
  }
  return out;
}

HttpResponse answer(Pod& pod, const HttpRequest& request) {
  HttpResponse out;
  out.status = 200;
  if (request.port == simulate::kAgentPort) {
    const auto query = query_of(request.path);
    auto reply = pod.agent->handler(query);
    out.status = reply.status;
    out.body = std::move(reply.body);
  } else if (request.path == "/metrics") {
    out.body = simulate::metrics_of(pod);
  } else if (request.path == "/api/bootstrap") {
    out.body = simulate::bootstrap_of(pod);
  } else if (request.path == "/api/health" && pod.server && pod.server->exits_gracefully) {
    out.status = 500;  // docs/starrocks.md section 7.2
  }
  return out;
}

/// What a person would read at the line is not needed here.
Error unreachable(const std::string& address, bool refused) {
  return {refused ? ErrorKind::kUnreachable : ErrorKind::kTimeout,
          "http: " + address + (refused ? ": connection refused" : ": no answer in time")};
}

}  // namespace

Result<HttpResponse> http_get(const HttpRequest& request, Deadline until) {
  auto& world = World::current();
  auto& me = here();
  const bool consent = request.path.find("consent") != std::string::npos;
  const Ms asked_at = world.now();
  const auto to = contact(request.address, request.port, until);
  if (to.how != Reached::kOpen)
    return tl::unexpected(unreachable(request.address, to.how == Reached::kRefused));
  auto& pod = *to.pod;
  const Ms span = world.hop();
  const bool dead = pod.agent == nullptr || world.now() < pod.agent->paused_until;
  if (request.port == simulate::kAgentPort && dead) {
    world.kernel.sleep(left(until));
    return tl::unexpected(unreachable(request.address, false));
  }
  auto out = answer(pod, request);
  if (consent && &pod != &me.pod) me.asked[request.address] = asked_at;
  const bool too_late = span >= left(until) || world.lost();
  world.kernel.sleep(too_late ? left(until) : span);
  if (too_late) return tl::unexpected(unreachable(request.address, false));
  if (consent && parse_identity(out.body).value_or(Identity{}).consents)
    world.note(&me.pod, {"has the consent of ", pod.slot->name});
  return out;
}

// --- SQL ---

std::optional<std::size_t> SqlTable::column(std::string_view name) const {
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i] == name) return i;
  return std::nullopt;
}

const std::optional<std::string>* SqlTable::cell(std::size_t row, std::string_view name) const {
  const auto at = column(name);
  return at ? &rows.at(row).at(*at) : nullptr;
}

struct SqlSession::Impl {
  std::unique_ptr<simulate::SqlPort> port{};
  std::string name{};
  bool broken = false;
};

SqlSession::SqlSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqlSession::~SqlSession() = default;

namespace {

SqlError sql_error(ErrorKind kind, int code, const std::string& name, const std::string& text) {
  SqlError out;
  out.kind = kind;
  out.code = code;
  out.text = text;
  out.what = "sql: " + name + ": " + text;
  return out;
}

}  // namespace

SqlResult<std::unique_ptr<SqlSession>> SqlSession::open(const SqlTarget& target, Deadline until) {
  const auto to = contact(target.address, target.port, until);
  if (to.how == Reached::kRefused)
    return tl::unexpected(sql_error(ErrorKind::kUnreachable, 2002, target.name, "refused"));
  if (to.how == Reached::kSilent)
    return tl::unexpected(sql_error(ErrorKind::kTimeout, 2002, target.name, "no answer"));
  World::current().on_statement(here(), "login");
  auto impl = std::make_unique<Impl>();
  impl->name = target.name;
  impl->port = simulate::open_sql(*to.pod, target.user, target.password);
  if (impl->port == nullptr) {
    World::current().on_refused_login(here(), target.address);
    return tl::unexpected(sql_error(ErrorKind::kAuth, 1045, target.name, "Access denied"));
  }
  return std::unique_ptr<SqlSession>(new SqlSession(std::move(impl)));
}

bool SqlSession::encrypted() const {
  return false;  // TLS is not simulated
}

SqlResult<SqlTable> SqlSession::query(std::string_view statement,
                                      Deadline until,
                                      const SqlLimits& /*limits*/) {
  auto& world = World::current();
  auto& me = here();
  if (impl_->broken)
    return tl::unexpected(sql_error(ErrorKind::kUnreachable, 2006, impl_->name, "it is closed"));
  world.on_statement(me, statement);
  me.last_try = world.now();
  const auto fail = [&](bool silent) {
    impl_->broken = true;
    if (silent) world.kernel.sleep(left(until));
    return tl::unexpected(sql_error(silent ? ErrorKind::kTimeout : ErrorKind::kUnreachable,
                                    2013,
                                    impl_->name,
                                    silent ? "no answer in time" : "the connection was lost"));
  };
  const bool arrived = simulate::travel(me.pod, impl_->port->pod());
  if (!arrived) return fail(true);
  if (!impl_->port->open()) return fail(false);
  Ms takes = 0;
  auto answer = impl_->port->execute(&me, statement, takes);
  if (takes + world.hop() >= left(until) || world.lost() ||
      !world.linked(me.pod, impl_->port->pod()))
    return fail(true);
  world.kernel.sleep(takes + world.hop());
  if (!impl_->port->open()) return fail(false);
  if (auto* error = std::get_if<srsim::SqlError>(&answer)) {
    world.on_failed(me);
    const auto kind = translate_sql_error(error->code, error->message);
    return tl::unexpected(sql_error(kind, error->code, impl_->name, error->message));
  }
  SqlTable out;
  if (auto* rows = std::get_if<srsim::ResultRows>(&answer)) {
    for (auto& column : rows->columns)
      out.columns.push_back(std::move(column.name));
    out.rows = std::move(rows->rows);
  }
  return out;
}

// NOLINTEND(readability-convert-member-functions-to-static, performance-unnecessary-value-param)
}  // namespace sragent
