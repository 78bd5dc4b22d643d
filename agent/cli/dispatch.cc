#include "cli/dispatch.h"

#include <array>

namespace sragent {
namespace {

// One line a verb; its description is in verbs.cc.
constexpr std::array kHandlers{
    VerbHandler{"run", run_run},
    VerbHandler{"init", run_init},
    VerbHandler{"run-server", run_run_server},
    VerbHandler{"register", run_register},
    VerbHandler{"offline", run_offline},
    VerbHandler{"register-helper", run_register_helper_verb},
    VerbHandler{"offline-helper", run_offline_helper},
    VerbHandler{"prestop", run_prestop},
    VerbHandler{"drain", run_drain},
    VerbHandler{"hold", run_hold},
    VerbHandler{"resume", run_resume},
    VerbHandler{"transfer-leader", run_transfer_leader},
    VerbHandler{"probe", run_probe_verb},
    VerbHandler{"status", run_status},
    VerbHandler{"support", run_support},
    VerbHandler{"peers", run_peers},
    VerbHandler{"explain", run_explain},
    VerbHandler{"check", run_check},
    VerbHandler{"config check", run_config_check},
    VerbHandler{"config show", run_config_show},
    VerbHandler{"version", run_version},
};

}  // namespace

std::span<const VerbHandler> verb_handlers() {
  return kHandlers;
}

}  // namespace sragent
