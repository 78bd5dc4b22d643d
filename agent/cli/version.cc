#include "cli/cli.h"
#include "cli/output.h"
#include "core/exit_codes.h"

namespace sragent {

int run_version(const Invocation& call) {
  if (call.output == OutputFormat::kJson) {
    print_out(JsonObject{}.text("version", SRAGENT_VERSION).str() + "\n");
  } else {
    print_out("sr-agent " SRAGENT_VERSION "\n");
  }
  return kExitDone;
}

}  // namespace sragent
