#include "cli/agent_views.h"

namespace sragent {

int run_status(const Invocation& call) {
  return print_agent_view(call, "status");
}

}  // namespace sragent
