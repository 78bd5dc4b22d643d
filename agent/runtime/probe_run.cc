#include "runtime/probe_run.h"

#include <chrono>

#include <fmt/format.h>

#include "config/probe_keys.h"
#include "core/printable.h"
#include "io/files.h"
#include "io/http_client.h"
#include "io/tcp.h"
#include "runtime/fe_login.h"
#include "runtime/node_tools.h"
#include "starrocks/conf_files.h"

namespace sragent {
namespace {

constexpr std::size_t kShown = 200;  ///< Of somebody else's text in a line for people.
constexpr std::size_t kBodyBytes = std::size_t{256} << 10U;
constexpr std::size_t kScrapeBytes = std::size_t{8} << 20U;
constexpr std::size_t kFileBytes = std::size_t{1} << 20U;

std::string shown(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.remove_suffix(1);
  const bool cut = text.size() > kShown;
  return printable(text.substr(0, kShown)) + (cut ? " ..." : "");
}

ProbeSeen good(std::string saw) {
  return {true, std::move(saw), {}};
}

ProbeSeen bad(std::string saw) {
  return {false, std::move(saw), {}};
}

Compare compare_of(const ProbeConfig& probe) {
  return static_cast<Compare>(probe.compare);
}

std::string host_of(const ProbePlace& place, const ProbeTools& tools) {
  return place.host == "self" ? tools.self : place.host;
}

/// "5, which is not > 7", or what it is where it holds.
ProbeSeen compared(std::string_view what, std::string_view actual, const ProbeConfig& probe) {
  const auto& wanted = *probe.value;
  const auto relation = to_string(compare_of(probe));
  if (holds(actual, compare_of(probe), wanted))
    return good(fmt::format("{} is {} ({} {})", what, shown(actual), relation, shown(wanted)));
  return bad(fmt::format("{} is {}, expected {} {}", what, shown(actual), relation, shown(wanted)));
}

ProbeSeen judge_table(const SqlTable& table, const ProbeConfig& probe) {
  const auto count = table.rows.size();
  if (probe.rows && count != *probe.rows)
    return bad(fmt::format("{} rows, expected {}", count, *probe.rows));
  if (!probe.value) return good(fmt::format("{} rows", count));
  if (count == 0 || table.rows.front().empty()) return bad("no row, expected a value");
  const auto& cell = table.rows.front().front();
  if (!cell) return bad("the first cell is NULL, expected a value");
  return compared("the first cell", *cell, probe);
}

std::uint16_t own_query_port(const ProbeTools& tools) {
  const auto conf = load_fe_conf(server_conf_context(*tools.look.config, NodeKind::kFe));
  return conf ? conf->query_port : FeConf{}.query_port;
}

ProbeSeen run_sql(const ProbeConfig& probe, const ProbeTools& tools, Deadline until) {
  const auto place = parse_probe_address(probe.address);
  if (!place && tools.look.kind != NodeKind::kFe)
    return bad("no address: a BE or CN has no MySQL port of its own");
  FeTarget target;
  target.address = place ? host_of(*place, tools) : tools.self;
  target.port = place ? place->port : own_query_port(tools);
  target.name = target.address;
  const auto session = log_in_at(tools.look, target, source_address(tools.look), until);
  if (!session) return bad(session.error().what);
  const auto table = (*session)->query(probe.query, until);
  if (!table) return bad(table.error().what);
  return judge_table(*table, probe);
}

Result<HttpResponse> get(const ProbePlace& place,
                         const ProbeConfig& probe,
                         const ProbeTools& tools,
                         std::size_t max_bytes,
                         Deadline until) {
  HttpRequest request;
  request.address = host_of(place, tools);
  request.port = place.port;
  request.path = place.path;
  request.tls = place.tls;
  request.tls_ca = probe.tls_ca;
  request.tls_verify = probe.tls_verify;
  request.max_bytes = max_bytes;
  return http_get(request, until);
}

ProbeSeen run_http(const ProbeConfig& probe, const ProbeTools& tools, Deadline until) {
  const auto reply = get(*parse_probe_url(probe.url), probe, tools, kBodyBytes, until);
  if (!reply) return bad(reply.error().what);
  const auto told = fmt::format("status {}, body {}", reply->status, shown(reply->body));
  if (reply->status != static_cast<int>(probe.status))
    return bad(fmt::format("{}; expected status {}", told, probe.status));
  if (!probe.body.empty() && reply->body.find(probe.body) == std::string::npos)
    return bad(fmt::format("{}; expected {} in the body", told, shown(probe.body)));
  return good(told);
}

ProbeSeen run_exec(const ProbeConfig& probe, const ProbeTools& tools, Deadline until) {
  const auto ended = run_command(*tools.children, {.argv = probe.command, .env = tools.env}, until);
  if (!ended) return bad(ended.error().what);
  const auto said = ended->output.empty() ? std::string{} : ": " + shown(ended->output);
  if (!ended->status) return bad("killed at the deadline" + said);
  const bool ok = *ended->status == ExitStatus{};
  return {ok, to_string(*ended->status) + said, {}};
}

ProbeSeen run_tcp(const ProbeConfig& probe, const ProbeTools& tools, Deadline until) {
  const auto place = *parse_probe_address(probe.address);
  const auto host = host_of(place, tools);
  const auto where = host_port(host, place.port);
  switch (probe_tcp(host, place.port, source_address(tools.look), until)) {
    case TcpProbe::kOpen:
      return good(where + " accepts");
    case TcpProbe::kRefused:
      return bad(where + " refuses the connection");
    case TcpProbe::kUnknown:
      break;
  }
  return bad(where + " does not answer a connect");
}

/// Seconds since the file was written to; the clock of its file system may be ahead.
std::int64_t age_of(const FileStamp& stamp) {
  using std::chrono::system_clock;
  const auto now =
      std::chrono::duration_cast<std::chrono::nanoseconds>(system_clock::now().time_since_epoch());
  constexpr std::int64_t kNanos = 1'000'000'000;
  return (now.count() - stamp.mtime_ns) / kNanos;
}

ProbeSeen judge_content(const ProbeConfig& probe, std::string told) {
  if (probe.body.empty()) return good(std::move(told));
  const auto text = read_file(probe.path, kFileBytes);
  if (!text) return bad(text.error().what);
  if (text->find(probe.body) == std::string::npos)
    return bad(fmt::format("{}; expected {} in it", told, shown(probe.body)));
  return good(std::move(told));
}

ProbeSeen run_file(const ProbeConfig& probe, const ProbeTools& /*tools*/, Deadline /*until*/) {
  const auto kind = file_kind(probe.path);
  if (!kind) return bad(kind.error().what);
  if (*kind == FileKind::kAbsent) return {!probe.present, probe.path + " is not there", {}};
  if (!probe.present) return bad(probe.path + " is there, expected none");
  // A pipe or a device would hold up who reads it.
  if (*kind == FileKind::kOther) return bad(probe.path + " is no regular file");
  const auto stamp = file_stamp(probe.path);
  if (!stamp) return bad(stamp.error().what);
  const auto told =
      fmt::format("{}: {} bytes, written {} s ago", probe.path, stamp->size, age_of(*stamp));
  if (probe.max_age.count() > 0 && age_of(*stamp) > probe.max_age.count())
    return bad(fmt::format("{}; expected at most {} s", told, probe.max_age.count()));
  return judge_content(probe, told);
}

std::uint16_t own_http_port(const ProbeTools& tools) {
  const auto kind = tools.look.kind;
  const auto where = server_conf_context(*tools.look.config, kind);
  if (kind == NodeKind::kFe) {
    const auto conf = load_fe_conf(where);
    return conf ? conf->http_port : FeConf{}.http_port;
  }
  const auto conf = load_be_conf(where);
  return conf ? conf->http_port : BeConf{}.http_port;
}

ProbePlace own_metrics(const ProbeTools& tools) {
  ProbePlace out;
  out.host = "self";
  out.port = own_http_port(tools);
  out.path = "/metrics";
  return out;
}

ProbeSeen run_metric(const ProbeConfig& probe, const ProbeTools& tools, Deadline until) {
  const auto place = parse_probe_url(probe.url).value_or(own_metrics(tools));
  const auto reply = get(place, probe, tools, kScrapeBytes, until);
  if (!reply) return bad(reply.error().what);
  if (reply->status != 200) return bad(fmt::format("status {}, expected 200", reply->status));
  const auto values = metric_values(reply->body, probe.metric);
  if (values.empty()) return bad(fmt::format("no series {} in the answer", probe.metric));
  ProbeSeen last;
  for (const auto& value : values) {
    last = compared(probe.metric, value, probe);
    if (!last.ok) break;
  }
  return last;
}

ProbeSeen run_kind(const ProbeConfig& probe, const ProbeTools& tools, Deadline until) {
  switch (probe.kind) {
    case ProbeKindSetting::kSql:
      return run_sql(probe, tools, until);
    case ProbeKindSetting::kHttp:
      return run_http(probe, tools, until);
    case ProbeKindSetting::kExec:
      return run_exec(probe, tools, until);
    case ProbeKindSetting::kTcp:
      return run_tcp(probe, tools, until);
    case ProbeKindSetting::kFile:
      return run_file(probe, tools, until);
    case ProbeKindSetting::kMetric:
      return run_metric(probe, tools, until);
  }
  return bad("no such kind");
}

}  // namespace

ProbeSeen run_probe(const ProbeConfig& probe, const ProbeTools& tools, Deadline until) {
  const auto began = std::chrono::steady_clock::now();
  auto out = run_kind(probe, tools, until);
  out.saw = printable(out.saw);
  out.took = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - began);
  return out;
}

ProbeThresholds thresholds_of(const ProbeConfig& probe) {
  return {static_cast<int>(probe.success_threshold),
          static_cast<int>(probe.failure_threshold),
          probe.initial_ok};
}

}  // namespace sragent
