#include "core/types.h"

namespace sragent {

std::string_view to_string(NodeKind kind) {
  switch (kind) {
    case NodeKind::kFe:
      return "fe";
    case NodeKind::kBe:
      return "be";
    case NodeKind::kCn:
      return "cn";
  }
  return "invalid";
}

std::string_view to_string(FeRole role) {
  return role == FeRole::kObserver ? "OBSERVER" : "FOLLOWER";
}

std::string_view to_string(HostType type) {
  return type == HostType::kIp ? "IP" : "FQDN";
}

std::string_view to_string(Tri value) {
  switch (value) {
    case Tri::kUnknown:
      return "unknown";
    case Tri::kNo:
      return "no";
    case Tri::kYes:
      return "yes";
  }
  return "invalid";
}

std::string host_port(std::string_view host, std::uint16_t port) {
  const bool v6 = host.find(':') != std::string_view::npos;
  std::string out;
  out.reserve(host.size() + 8);
  if (v6) out += '[';
  out += host;
  if (v6) out += ']';
  out += ':';
  out += std::to_string(port);
  return out;
}

}  // namespace sragent
