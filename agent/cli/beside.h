#pragma once

#include "cli/cli.h"
#include "config/config.h"
#include "core/types.h"

/// A server and its agent in two containers of one pod (docs/sidecar.md).
namespace sragent {

/// `call` with `--sidecar` as the setting that it stands for.
[[nodiscard]] Invocation with_sidecar(Invocation call);

/// The agent of this pod is a sidecar, which says what to start.
[[nodiscard]] bool sidecar_answers(const Config& config);

/// The server's container: waits until the agent beside says what to start, for as long as it
/// takes, and becomes that. Returns what cannot be waited for as an exit code of `run-server`.
[[nodiscard]] int run_ordered_server(const Config& config, NodeKind kind);

}  // namespace sragent
