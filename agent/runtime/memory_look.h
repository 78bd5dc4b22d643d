#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "core/start.h"
#include "runtime/fe_look.h"

/// B of docs/start-rules.md section 1: who remembers a cluster, apart from the own disk and the
/// peers. It decides nothing.
namespace sragent {

/// "kube-fe-search" with "be" for "fe": the headless name of another kind of node. Empty: not so
/// named. Pure.
[[nodiscard]] std::string headless_of(std::string_view headless, std::string_view kind);

/// What the settings tell: fe.cluster_exists and fe.cluster_id_file. A file that is named and
/// cannot be read is `unreadable`.
[[nodiscard]] std::vector<MemorySource> told_memories(const Config& config);

/// What the agents of BEs and CNs remember: those of the names derived from the own headless name,
/// and of fe.memory_names. An address without an answer is `mute`; a name of the settings that the
/// name servers cannot tell about is `unreadable`. Runs on a worker thread.
[[nodiscard]] std::vector<MemorySource> ask_memories(const LookContext& context);

}  // namespace sragent
