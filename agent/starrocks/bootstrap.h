#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/types.h"

/// Answers of an FE's HTTP port. Pure. Source: docs/starrocks.md sections 5.1 and 11.
namespace sragent {

/// GET /api/bootstrap: the truest readiness answer. `code` and `message` of the body mean nothing.
struct BootstrapAnswer {
  bool ready = false;     ///< status OK.
  std::string msg{};      ///< "Success", "not ready", "invalid parameter".
  std::string version{};  ///< feVersion; only with the right token.
};
/// kGarbled: no JSON object with a text `status`, or over 64 KiB.
[[nodiscard]] Result<BootstrapAnswer> parse_bootstrap(std::string_view body);

/// Does the FE whose /metrics this is say that it leads? The line node_info{type="is_master"} 1
/// stands on a leader alone. kUnknown: not an FE's metrics, or cut off before it could stand.
[[nodiscard]] Tri says_it_leads(std::string_view metrics);

/// GET /role answered by an FE that does not know the caller's address (S18).
[[nodiscard]] bool caller_rejected(int status, std::string_view body);

}  // namespace sragent
