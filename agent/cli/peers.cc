#include "cli/agent_views.h"

namespace sragent {

int run_peers(const Invocation& call) {
  return print_agent_view(call, "peers");
}

}  // namespace sragent
