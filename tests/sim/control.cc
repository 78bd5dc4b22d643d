#include "control.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "fe_config.h"
#include "fe_exit.h"
#include "group_node.h"
#include "meta_dir.h"

namespace srsim {
namespace {

HttpAnswer said(const std::string& problem) {
  return {.status = problem.empty() ? 200 : 400,
          .content_type = "text/plain",
          .body = problem.empty() ? "ok\n" : problem + "\n"};
}

std::string set_fault(const ControlTargets& targets, const Msg& query) {
  const auto kind = parse_fault_kind(get(query, "kind"));
  if (!kind) return "unknown kind";
  FaultTable* table = get(query, "where") == "http" ? targets.http : targets.sql;
  if (table == nullptr) return "no such target here: where=sql or where=http";
  if (get(query, "match").empty()) return "match is missing";
  Fault fault{
      .kind = *kind, .delay = milliseconds(get_int(query, "ms")), .text = get(query, "text")};
  if (query.contains("code")) fault.code = static_cast<std::uint16_t>(get_int(query, "code"));
  if (query.contains("times")) fault.times = static_cast<int>(get_int(query, "times"));
  table->set(get(query, "match"), fault);
  return {};
}

void clear_faults(const ControlTargets& targets, const std::string& match) {
  for (FaultTable* table : {targets.sql, targets.http}) {
    if (table == nullptr) continue;
    if (match.empty()) table->clear_all();
    if (!match.empty()) table->clear(match);
  }
}

HttpAnswer answer(const ControlTargets& targets, const HttpRequest& request) {
  const std::string& path = request.path;
  if (path == "/fault") return said(set_fault(targets, request.query));
  if (path == "/clear") {
    clear_faults(targets, get(request.query, "match"));
    return said({});
  }
  if (path == "/resume") {
    release_stage();
    return said({});
  }
  if (path == "/crash") kill(getpid(), SIGKILL);
  if (path == "/exit") fe_exit(static_cast<int>(get_int(request.query, "code")));
  if (path == "/state" && targets.state)
    return {.content_type = "text/plain", .body = targets.state() + "\n"};
  if (path == "/set" && targets.set) return said(targets.set(request.query));
  if (path == "/refuse" && targets.refuse) return said(targets.refuse(request.query));
  return {.status = 404};
}

}  // namespace

void start_control(ControlTargets targets) {
  const std::string address = env_or("SR_SIM_CONTROL", "");
  if (address.empty()) return;
  const auto [ip, port] = split_host_port(address);
  static HttpServer server;
  auto shared = std::make_shared<ControlTargets>(std::move(targets));
  auto started =
      server.start({ip, port}, [shared](const HttpRequest& r) { return answer(*shared, r); });
  if (started) return;
  std::cerr << "sr-sim: control interface: " << started.error().what << "\n";
  std::_Exit(1);
}

}  // namespace srsim
