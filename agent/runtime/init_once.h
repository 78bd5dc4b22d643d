#pragma once

#include <string>

#include "runtime/decision_file.h"
#include "runtime/node_tools.h"

namespace sragent {

/// What `init` came to.
struct InitResult {
  int code = 0;  ///< kExitDone, kExitUndecidable, or the code of a refusal.
  std::string rule{};
  std::string action{};  ///< "Join (add) by ...".
  Reason reason = Reason::kNone;
  std::string detail{};
  DecisionValues values{};  ///< Only with kExitDone.
};

/// The start decision of this node by the rules of the running agent (S13). FE: looks and decides;
/// carries out what has to be done before the server starts: the ADD or DROP of a join, half-made
/// metadata moved aside. Looks again where the rules want readings some time apart (rows 16, 17,
/// 19, 19b, 22, 25, 32), up to `patience`. BE, CN: finds the leader. With `dry_run` nothing is
/// written and nothing sent but questions. Blocks.
struct InitOptions {
  bool dry_run = false;
  Millis patience{90'000};
};
[[nodiscard]] InitResult init_once(const OneShot& shot, const InitOptions& options);

}  // namespace sragent
