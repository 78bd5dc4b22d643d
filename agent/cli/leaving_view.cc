#include "cli/leaving_view.h"

#include <nlohmann/json.hpp>

#include "cli/agent_views.h"

namespace sragent {
namespace {

using Json = nlohmann::json;

std::optional<int> number(const Json& json, const char* name) {
  if (!json.contains(name) || !json.at(name).is_number()) return std::nullopt;
  return json.at(name).get<int>();
}

std::string text(const Json& json, const char* name) {
  return json.contains(name) && json.at(name).is_string() ? json.at(name).get<std::string>()
                                                          : std::string{};
}

std::vector<std::string> texts(const Json& json, const char* name) {
  std::vector<std::string> out;
  for (const auto& text : json.value(name, Json::array()))
    if (text.is_string()) out.push_back(text.get<std::string>());
  return out;
}

LeavingView view_of(const Json& status, const Json& leaving) {
  LeavingView out;
  out.in_force = leaving.value("in_force", false);
  out.phase = text(leaving, "phase");
  out.detail = text(status, "detail");
  out.refusal = text(leaving, "refusal");
  out.running = number(leaving, "running");
  out.cut_off = number(leaving, "cut_off");
  out.tablets = number(leaving, "tablets");
  out.tablets_at_begin = number(leaving, "tablets_at_begin");
  out.left_ms = number(leaving, "left_ms");
  out.stalled = leaving.value("stalled", false);
  out.waits_for_container = leaving.value("waits_for_container", false);
  out.result = number(leaving, "result");
  out.notes = texts(leaving, "notes");
  return out;
}

Result<Json> ask_status(const Config& config, Deadline until = Deadline::after(kAgentPatience)) {
  const auto reply = ask_agent(config, "status json", until);
  if (!reply) return tl::unexpected(reply.error());
  auto status = Json::parse(reply->text, nullptr, false);
  if (status.is_object()) return status;
  return tl::unexpected(Error{ErrorKind::kGarbled, "control socket: the status is no JSON"});
}

}  // namespace

Result<NodeView> ask_node(const Config& config) {
  return ask_status(config).map([](const Json& status) {
    const auto hold = status.value("hold", Json{});
    const bool held = hold.is_object();
    const bool strange = held && !text(hold, "strange_server").empty();
    return NodeView{status.value("/server/running"_json_pointer, false) || strange,
                    status.value("/row/alive"_json_pointer, std::string{}) == "yes",
                    held};
  });
}

Result<std::optional<LeavingView>> ask_leaving(const Config& config, Deadline until) {
  const auto status = ask_status(config, until);
  if (!status) return tl::unexpected(status.error());
  const auto leaving = status->find("leaving");
  if (leaving == status->end() || !leaving->is_object()) return std::nullopt;
  return view_of(*status, *leaving);
}

Result<std::vector<std::string>> ask_leaving_plan(const Config& config) {
  const auto status = ask_status(config);
  if (!status) return tl::unexpected(status.error());
  return texts(*status, "leaving_plan");
}

}  // namespace sragent
