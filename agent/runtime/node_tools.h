#pragma once

#include <memory>
#include <string>

#include "config/config.h"
#include "core/reason.h"
#include "core/result.h"
#include "io/dns.h"
#include "runtime/fe_look.h"
#include "runtime/node_identity.h"
#include "runtime/worker_look.h"
#include "starrocks/conf_file.h"

/// What both `run` and the one-shot verbs make of the settings.
namespace sragent {

[[nodiscard]] ResolverOptions resolver_options(const Config& config);

/// Where the server's conf file is and which environment its `${NAME}` are read from.
[[nodiscard]] ConfContext server_conf_context(const Config& config, NodeKind kind);

/// Folder of the agent's own files: the one that is set, else on the data volume, else in
/// runtime_dir.
[[nodiscard]] std::string state_dir_of(const Config& config, const std::string& data_dir);

/// Exit code of a refusal for this reason (70 to 74).
[[nodiscard]] int refusal_exit_code(Reason reason);
/// The same for a conf file that is wrong or a path that cannot be written.
[[nodiscard]] int refusal_exit_code(const Error& error);

/// Everything that a verb needs to look around by itself, beside or without a running agent.
/// Starts a resolver and a pool of threads, which live as long as the copies of `look`.
struct OneShot {
  NodeIdentity node{};
  LookContext look{};
};
/// kBadConfig for a node without a usable name or address; otherwise the system refused.
[[nodiscard]] Result<OneShot> make_one_shot(NodeKind kind, const Config& config);

/// For a BE or CN: `look` and what its conf file says. Errors as load_be_conf.
[[nodiscard]] Result<WorkerContext> worker_context(const OneShot& shot);

}  // namespace sragent
