#include "runtime/probe_desk.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <sstream>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/exit_codes.h"

namespace sragent {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kThreads = 8;
/// A run that has not come back by then is held to have hung.
constexpr std::chrono::milliseconds kPatience{500};
constexpr std::chrono::milliseconds kLook{50};

struct Request {
  bool json = false;
  std::string name{};
  HttpQuery query{};
};

std::optional<Request> parse_request(const std::string& line) {
  constexpr std::string_view kExclude = "exclude=";
  std::istringstream in(line);
  std::string word;
  if (!(in >> word) || word != "probe") return std::nullopt;
  Request out;
  while (in >> word) {
    if (word == "json" && out.name.empty()) {
      out.json = true;
    } else if (out.name.empty()) {
      out.name = word;
    } else if (word == "verbose") {
      out.query.parameters.emplace_back("verbose", "");
    } else if (word.starts_with(kExclude)) {
      out.query.parameters.emplace_back("exclude", word.substr(kExclude.size()));
    }
  }
  return out;
}

bool is_endpoint(const std::string& name) {
  return name == "live" || name == "ready" || name == "startup";
}

std::string json_of(const std::string& name, const ProbeSeen& seen) {
  const Json out{
      {"probe", name}, {"ok", seen.ok}, {"saw", seen.saw}, {"took_ms", seen.took.count()}};
  return out.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

ControlReply of_endpoint(const Request& request, const HttpReply& reply) {
  constexpr int kOk = 200;
  const bool ok = reply.status == kOk;
  const int code = ok ? kExitDone : kExitNo;
  return {code, request.json ? json_of(request.name, {ok, reply.body, {}}) : reply.body};
}

ControlReply unknown(const std::string& name, const NodeStatus& status) {
  std::string names{"live, ready, startup"};
  for (const auto& probe : status.probes)
    names += ", " + probe.config.name;
  return {kExitUsage, fmt::format("no probe {}; there are {}\n", name, names)};
}

}  // namespace

ProbeDesk::ProbeDesk(std::shared_ptr<const StatusBoard> board,
                     HttpServer::Handler endpoint,
                     ProbeTools tools)
    : board_(std::move(board)),
      endpoint_(std::move(endpoint)),
      tools_(std::move(tools)),
      pool_(std::make_shared<WorkerPool>("probe-desk", WorkerLimits{kThreads, kThreads, 0})) {}

/// On a thread of the pool: one that hangs in the kernel can be left alone there.
ProbeSeen ProbeDesk::run(const ProbeConfig& probe, ProbeTools tools) const {
  const auto until = Deadline::after(probe.deadline);
  const auto answer = std::make_shared<std::promise<ProbeSeen>>();
  auto seen = answer->get_future();
  const bool taken = pool_->submit(
      [answer, probe, tools = std::move(tools), until] {
        answer->set_value(run_probe(probe, tools, until));
      },
      until);
  if (!taken) return {false, "no thread could be had: too many runs still hang", {}};
  const auto patience = Deadline::after(probe.deadline + kPatience);
  while (seen.wait_for(kLook) != std::future_status::ready) {
    if (closed_->load()) return {false, "the agent ends", {}};
    if (patience.expired()) return {false, "no answer by the deadline", {}};
  }
  return seen.get();
}

std::optional<ControlReply> ProbeDesk::answer(const std::string& line) const {
  auto request = parse_request(line);
  if (!request) return std::nullopt;
  if (is_endpoint(request->name)) {
    request->query.path = "/" + request->name + "z";
    return of_endpoint(*request, endpoint_(request->query));
  }
  const auto status = board_->read();
  const auto& probes = status->probes;
  const auto found = std::find_if(probes.begin(), probes.end(), [&](const ProbeStatus& probe) {
    return probe.config.name == request->name;
  });
  if (found == probes.end()) return unknown(request->name, *status);
  auto tools = tools_;
  if (status->config) tools.look.config = status->config;
  const auto seen = run(found->config, std::move(tools));
  const int code = seen.ok ? kExitDone : kExitNo;
  if (request->json) return ControlReply{code, json_of(request->name, seen)};
  return ControlReply{
      code,
      fmt::format("{}: {}\ntook {} ms\n", seen.ok ? "ok" : "failed", seen.saw, seen.took.count())};
}

}  // namespace sragent
