#include "starrocks/bootstrap.h"

#include <nlohmann/json.hpp>

namespace sragent {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& from, const char* key) {
  const auto it = from.find(key);
  return it != from.end() && it->is_string() ? it->get<std::string>() : std::string{};
}

/// node_info{...} lines stand in the metrics of every FE.
constexpr std::string_view kNodeInfo = "node_info{";
constexpr std::string_view kIsMaster = "type=\"is_master\"";

std::string_view value_of(std::string_view line) {
  const auto brace = line.find('}');
  if (brace == std::string_view::npos) return {};
  auto value = line.substr(brace + 1);
  while (!value.empty() && value.front() == ' ')
    value.remove_prefix(1);
  return value.substr(0, value.find_first_of(" \r"));
}

}  // namespace

Result<BootstrapAnswer> parse_bootstrap(std::string_view body) {
  constexpr std::size_t kMost = 65'536;
  const auto garbled = [](const char* what) {
    return tl::unexpected(Error{ErrorKind::kGarbled, std::string("/api/bootstrap: ") + what});
  };
  if (body.size() > kMost) return garbled("longer than 64 KiB");
  const auto json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return garbled("no JSON object");
  const auto status = text_of(json, "status");
  if (status.empty()) return garbled("no status");
  return BootstrapAnswer{status == "OK", text_of(json, "msg"), text_of(json, "feVersion")};
}

Tri says_it_leads(std::string_view metrics) {
  if (metrics.empty() || metrics.back() != '\n') return Tri::kUnknown;
  bool is_fe = false;
  while (!metrics.empty()) {
    const auto end = metrics.find('\n');
    const auto line = metrics.substr(0, end);
    metrics.remove_prefix(end + 1);
    if (!line.starts_with(kNodeInfo)) continue;
    is_fe = true;
    const auto value = value_of(line);
    if (line.find(kIsMaster) != std::string_view::npos && (value == "1" || value == "1.0"))
      return Tri::kYes;
  }
  return is_fe ? Tri::kNo : Tri::kUnknown;
}

bool caller_rejected(int status, std::string_view body) {
  return status == 400 && body.find("invalid client host.") != std::string_view::npos;
}

}  // namespace sragent
