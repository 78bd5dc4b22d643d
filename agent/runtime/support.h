#pragma once

#include <optional>
#include <vector>

#include "config/config.h"
#include "core/types.h"
#include "io/tar.h"
#include "runtime/redact.h"

namespace sragent {

/// Every secret that this node knows: passwords by setting, file and environment, tokens, and what
/// the server's conf file calls one.
[[nodiscard]] Redactor known_secrets(const Config& config, std::optional<NodeKind> kind);

/// What the running agent says that this node is; nullopt: none answers.
[[nodiscard]] std::optional<NodeKind> kind_of_agent(const Config& config);

/// What a person needs to look into a node from afar, a file a question: the running agent's
/// answers, conf files, journal, host checks, ends of logs, processes, mounts. What cannot be had
/// is a file too, which says why. Nothing is changed, and nothing is cleaned of secrets yet. Waits
/// for no longer than some 20 s, whoever is silent.
[[nodiscard]] std::vector<TarEntry> gather_support(const Config& config,
                                                   std::optional<NodeKind> kind);

}  // namespace sragent
