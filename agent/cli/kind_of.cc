#include "cli/kind_of.h"

#include <fmt/format.h>

#include "cli/output.h"

namespace sragent {

std::optional<NodeKind> kind_of(RoleSetting role) {
  switch (role) {
    case RoleSetting::kFe:
      return NodeKind::kFe;
    case RoleSetting::kBe:
      return NodeKind::kBe;
    case RoleSetting::kCn:
      return NodeKind::kCn;
    case RoleSetting::kUnset:
      break;
  }
  return std::nullopt;
}

std::string kind_missing(const char* verb) {
  return fmt::format(
      "node.role: expected fe, be or cn, as the first argument of {} or in COMPONENT_NAME", verb);
}

std::string service_missing(const char* verb) {
  return fmt::format(
      "node.service: expected the FE service name, as the second argument of {0} or in "
      "FE_SERVICE_NAME\nusage: sr-agent {0} fe|be|cn SERVICE",
      verb);
}

std::optional<NodeKind> kind_or_complain(const Config& config, const char* verb) {
  const auto kind = kind_of(config.node.role);
  if (!kind) print_error_line(kind_missing(verb));
  return kind;
}

bool service_or_complain(const Config& config, const char* verb) {
  if (!config.node.service.empty()) return true;
  print_error_line(service_missing(verb));
  return false;
}

}  // namespace sragent
