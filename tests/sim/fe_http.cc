#include <unistd.h>

#include <csignal>
#include <thread>

#include "fe_exit.h"
#include "fe_node.h"
#include "sim_log.h"

namespace srsim {
namespace {

HttpAnswer text_answer(int status, const std::string& body) {
  return {.status = status, .body = body};
}

HttpAnswer json_answer(const std::string& body) {
  return {.status = 200, .content_type = "application/json", .body = body};
}

HttpAnswer rest_failure(int status, const std::string& text) {
  HttpAnswer answer = text_answer(
      status,
      R"({"status":"FAILED","code":"1","msg":")" + text + R"(","message":")" + text + "\"}");
  if (status == 401) answer.headers.emplace_back("www-authenticate", R"(Basic realm="")");
  return answer;
}

/// Whatever path or method has no handler: 401, never 404.
HttpAnswer no_handler() {
  HttpAnswer answer = text_answer(401, "Authentication Failed. <br/> Need auth information.");
  answer.headers.emplace_back("www-authenticate", R"(Basic realm="")");
  return answer;
}

std::string quoted(const std::optional<std::string>& value) {
  std::string out = "\"";
  for (const char c : value.value_or("\\N")) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string rows_as_json(const ResultRows& rows) {
  std::string out = "[";
  for (const Row& row : rows.rows) {
    out += out.size() > 1 ? ",{" : "{";
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += (i > 0 ? "," : "") + quoted(rows.columns[i].name) + ":" + quoted(row[i]);
    }
    out += "}";
  }
  return out + "]";
}

HttpAnswer struck(const Fault& fault, HttpAnswer answer) {
  switch (fault.kind) {
    case FaultKind::kDelay:
      sleep_for(fault.delay);
      return answer;
    case FaultKind::kHang:
    case FaultKind::kHangInRow:
    case FaultKind::kBadLength:
      answer.fate = HttpAnswer::Fate::kHang;
      return answer;
    case FaultKind::kDrop:
    case FaultKind::kTruncated:
      answer.fate = HttpAnswer::Fate::kClose;
      return answer;
    case FaultKind::kError:
      return text_answer(fault.code == 1064 ? 500 : fault.code, fault.text);
    case FaultKind::kWrongAnswer:
    case FaultKind::kGarbled:
      answer.body = fault.text;
      return answer;
    case FaultKind::kEmptyRows:
    case FaultKind::kMissingColumn:
    case FaultKind::kRenamedColumn:
    case FaultKind::kReplacedCell:
    case FaultKind::kShortRows:
      answer.body.clear();
      return answer;
  }
  return answer;
}

}  // namespace

HttpAnswer FeNode::answer_http(const HttpRequest& request) {
  ++requests_;
  const auto fault = http_faults_.take(request.path);
  if (!fault) return route(request);
  return struck(*fault, route(request));
}

HttpAnswer FeNode::route(const HttpRequest& request) {
  const std::string& path = request.path;
  if (request.method != "GET") return no_handler();
  if (path == "/api/health") return health_answer();
  if (path == "/api/bootstrap") return bootstrap_answer(request);
  if (path == "/metrics") return {.content_type = "text/plain", .body = metrics_text()};
  for (const char* meta :
       {"/role", "/check", "/version", "/info", "/image", "/put", "/journal_id"}) {
    if (path == meta) return meta_answer(request);
  }
  for (const char* admin :
       {"/api/stop", "/api/show_proc", "/api/check_decommission", "/api/_meta_replay_state"}) {
    if (path == admin) return admin_answer(request);
  }
  return no_handler();
}

HttpAnswer FeNode::health_answer() const {
  if (leaving_ && config_.profile.health_500_in_drain) return {.status = 500};
  int online = 0;
  int total = 0;
  const auto known = catalog();
  for (const auto& [id, row] : known->nodes) {
    if (row.kind != NodeKind::kBackend) continue;
    ++total;
    online += row.health.alive ? 1 : 0;
  }
  return {.content_type = "application/json; charset=UTF-8",
          .body = "{\"online_backend_num\":" + std::to_string(online) +
                  ",\"total_backend_num\":" + std::to_string(total) + R"(,"status":"OK"})"};
}

HttpAnswer FeNode::bootstrap_answer(const HttpRequest& request) {
  const auto known = catalog();
  const std::string& token = get(request.query, "token");
  const std::string& cluster = get(request.query, "cluster_id");
  const bool by_id = config_.profile.bootstrap_needs_cluster_id;
  const bool asked = !token.empty() && (!by_id || !cluster.empty());
  std::string failure;
  if (!ready()) {
    failure = "not ready";
  } else if (asked &&
             (token != known->token || (by_id && cluster != std::to_string(known->cluster_id)))) {
    failure = "invalid parameter";
  }
  const bool real = failure.empty() && asked;
  const auto number = [&](std::int64_t value) { return std::to_string(real ? value : 0); };
  std::string body = "{\"replayedJournalId\":" + number(bootstrap_id_) +
                     ",\"queryPort\":" + number(config_.query_port) +
                     ",\"rpcPort\":" + number(config_.rpc_port) +
                     ",\"feStartTime\":" + number(start_time_);
  if (real) body += R"(,"feVersion":")" + config_.profile.build + "\"";
  if (config_.profile.bootstrap_body != BootstrapBody::kPlain) body += ",\"heapUsedPercent\":0.0";
  if (config_.profile.bootstrap_body == BootstrapBody::kHeapCores) body += ",\"cpuCores\":0";
  if (failure.empty())
    return json_answer(body + R"(,"status":"OK","code":"0","msg":"Success","message":"OK"})");
  if (failure == "not ready") {
    return json_answer(body +
                       R"(,"status":"FAILED","code":"1","msg":"not ready","message":"not ready"})");
  }
  return json_answer(body +
                     R"(,"status":"FAILED","code":"0","msg":"invalid parameter","message":"OK"})");
}

HttpAnswer FeNode::meta_answer(const HttpRequest& request) {
  if (!is_frontend_ip(request.peer_ip)) return text_answer(400, "invalid client host.");
  if (request.path == "/role") return role_answer(request);
  if (request.path == "/image") return image_answer(request);
  if (request.path == "/put") return put_answer(request);
  HttpAnswer answer;
  if (request.path == "/check") {
    answer.headers.emplace_back("token", role_.version.token);
    if (config_.profile.check_answers_cluster_id) {
      answer.headers.emplace_back("cluster_id", std::to_string(role_.version.cluster_id));
    }
  }
  if (request.path == "/journal_id")
    answer.headers.emplace_back("id", std::to_string(bootstrap_id_));
  if (request.path == "/version") {
    answer.body = meta_.version_text();
    answer.content_type = "application/octet-stream";
    answer.headers.emplace_back("content-disposition", "attachment; filename=VERSION");
    answer.headers.emplace_back("X-Image-Size", std::to_string(answer.body.size()));
  }
  if (request.path == "/info") {
    const std::string id = std::to_string(meta_.newest_image());
    return json_answer(config_.profile.image_v2
                           ? "{\"imageJournalId\":" + id + R"(,"imageFormatVersion":"v2"})"
                           : "{\"clusterID\":" + std::to_string(role_.version.cluster_id) +
                                 ",\"imageJournalId\":" + id + "}");
  }
  return answer;
}

HttpAnswer FeNode::role_answer(const HttpRequest& request) const {
  if (request.query.empty()) return text_answer(404, "");
  const std::string& host = get(request.query, "host");
  const std::string& port = get(request.query, "port");
  if (host.empty() || port.empty()) return text_answer(400, "Miss parameter");
  const auto known = catalog();
  const FrontendRow* row = known->frontend(host, static_cast<int>(get_int(request.query, "port")));
  HttpAnswer answer;
  answer.headers.emplace_back("role",
                              row == nullptr ? "UNKNOWN" : std::string(to_string(row->role)));
  if (row != nullptr) answer.headers.emplace_back("name", row->name);
  return answer;
}

HttpAnswer FeNode::image_answer(const HttpRequest& request) {
  const std::string& version = get(request.query, "version");
  if (version.empty()) return text_answer(400, "Miss version parameter");
  HttpAnswer answer;
  answer.body = meta_.image_text(get_int(request.query, "version"));
  if (answer.body.empty()) return text_answer(404, "");
  answer.content_type = "application/octet-stream";
  answer.headers.emplace_back("X-Image-Size", std::to_string(answer.body.size()));
  return answer;
}

HttpAnswer FeNode::put_answer(const HttpRequest& request) {
  if (leader_ready_) return text_answer(400, "this node is master, reject image put");
  const std::int64_t number = get_int(request.query, "version");
  if (number > journal_id_)
    return text_answer(400, "image version is bigger than local max journal id, reject image put");
  pull_image(request.peer_ip, static_cast<std::uint16_t>(get_int(request.query, "port")), number);
  return {};
}

std::optional<HttpAnswer> FeNode::refuse_login(const HttpRequest& request) const {
  const auto [user, password] = basic_credentials(request);
  if (user.empty()) return rest_failure(401, "Need auth information.");
  const auto known = catalog();
  const auto found = known->users.find(user);
  if (found == known->users.end() ||
      found->second.password_hash != native_password_hash(password)) {
    return rest_failure(401, "Access denied for " + user + "@" + request.peer_ip);
  }
  return std::nullopt;
}

HttpAnswer FeNode::admin_answer(const HttpRequest& request) {
  if (auto refused = refuse_login(request)) return *refused;
  if (request.path == "/api/show_proc") return show_proc_answer(request);
  if (request.path == "/api/check_decommission") return check_decommission_answer(request);
  if (request.path == "/api/stop") {
    std::thread([] {
      sleep_for(milliseconds(100));
      fe_exit(0);
    }).detach();
    return {.content_type = "application/json; charset=UTF-8",
            .body = R"({"Message":"Stop success","status":"OK"})"};
  }
  const bool current = can_read();
  const std::int64_t delay = current ? 0 : (unix_ms() - catalog()->last_timestamp) / 1000;
  return {.content_type = "application/json; charset=UTF-8",
          .body = std::string(R"({"exception":"NULL","state":")") +
                  (leader_ready_ ? "UNKNOWN"
                   : current     ? "OK"
                                 : "OUT_OF_DATE") +
                  R"(","delay_time_s":")" + std::to_string(delay) + "\"}"};
}

HttpAnswer FeNode::show_proc_answer(const HttpRequest& request) {
  const std::string& path = get(request.query, "path");
  if (path.find('\'') != std::string::npos) return text_answer(200, "[]");
  Session session = open_session(*catalog(), basic_credentials(request).first);
  if (get(request.query, "forward") == "true") session.variables["forward_to_leader"] = "true";
  const SqlResult result = execute(session, *this, "SHOW PROC '" + path + "'");
  const auto* rows = std::get_if<ResultRows>(&result.results.back());
  return rows == nullptr ? text_answer(200, "[]") : json_answer(rows_as_json(*rows));
}

HttpAnswer FeNode::check_decommission_answer(const HttpRequest& request) {
  std::string list;
  std::string hosts = get(request.query, "host_ports");
  while (!hosts.empty()) {
    const std::size_t end = std::min(hosts.find(','), hosts.size());
    list += (list.empty() ? "'" : ", '") + hosts.substr(0, end) + "'";
    hosts.erase(0, std::min(end + 1, hosts.size()));
  }
  if (list.empty() || list.find_first_of("\"\\;") != std::string::npos)
    return rest_failure(500, "invalid host_ports");
  if (config_.profile.check_decommission_acts) {
    Session session = open_session(*catalog(), basic_credentials(request).first);
    const SqlResult result = execute(session, *this, "ALTER SYSTEM DECOMMISSION BACKEND " + list);
    if (const SqlError* error = first_error(result)) {
      return rest_failure(500, "com.starrocks.common.DdlException: " + error->message);
    }
  }
  return json_answer(R"({"status":"OK","code":"0","msg":"Success","message":"OK"})");
}

std::string FeNode::metrics_text() const {
  const auto known = catalog();
  std::map<std::string, int> counts;
  for (const auto& [name, row] : known->frontends) {
    ++counts["fe total"];
    counts["fe alive"] += row.health.alive || name == role_.role.name ? 1 : 0;
  }
  for (const auto& [id, row] : known->nodes) {
    const std::string kind = row.kind == NodeKind::kBackend ? "be " : "cn ";
    ++counts[kind + "total"];
    counts[kind + "alive"] += row.health.alive ? 1 : 0;
    counts[kind + "decommissioned"] += row.system_decommissioned ? 1 : 0;
  }
  std::string text = "# TYPE starrocks_fe_max_journal_id gauge\n";
  const auto line = [&](const std::string& name, std::int64_t value) {
    text += name + " " + std::to_string(value) + "\n";
  };
  line("starrocks_fe_request_total", requests_);
  line("starrocks_fe_max_journal_id", journal_id_);
  line("starrocks_fe_meta_log_count", journal_id_);
  line("starrocks_fe_edit_log_write", leader_ready_ ? journal_id_ - bootstrap_id_ : 0);
  line("starrocks_fe_edit_log_read", bootstrap_id_);
  const std::string label =
      config_.profile.metric_leader_label
          ? std::string("is_leader=\"") + (leader_ready_ ? "true" : "false") + "\", "
          : "";
  if (leader_ready_) {
    for (const auto& [id, row] : known->nodes) {
      if (row.kind != NodeKind::kBackend) continue;
      line("starrocks_fe_tablet_num{" + label + "backend=\"" + row.host + ":" +
               std::to_string(row.heartbeat_port) + "\"}",
           known->tablet_num(id));
    }
  }
  line("starrocks_fe_connection_total{user=\"root\"}",
       mysql_ ? static_cast<std::int64_t>(mysql_->connection_count()) : 0);
  const auto nodes =
      [&](const std::string& type, const std::string& state, const std::string& key) {
        line("node_info{type=\"" + type + "\", state=\"" + state + "\"}", counts[key]);
      };
  nodes("fe_node_num", "total", "fe total");
  if (config_.profile.fe_node_alive_metric) nodes("fe_node_num", "alive", "fe alive");
  nodes("be_node_num", "total", "be total");
  nodes("be_node_num", "alive", "be alive");
  nodes("be_node_num", "decommissioned", "be decommissioned");
  nodes("cn_node_num", "total", "cn total");
  nodes("cn_node_num", "alive", "cn alive");
  if (leader_ready_) line("node_info{type=\"is_master\"}", 1);
  return text;
}

}  // namespace srsim
