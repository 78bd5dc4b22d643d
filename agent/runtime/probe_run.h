#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/probe_config.h"
#include "core/probe.h"
#include "io/command.h"
#include "runtime/fe_look.h"

/// How each kind of probe is asked. What its answer is worth is `core/probe.h`.
namespace sragent {

/// What a run needs; a job owns a copy.
struct ProbeTools {
  LookContext look{};              ///< Settings, credentials and own address.
  std::string self{};              ///< Address that `self` stands for.
  std::vector<std::string> env{};  ///< Of a command; no secrets.
  std::shared_ptr<ChildDesk> children{};
};

/// One run; over by `until`. Blocks; any thread.
[[nodiscard]] ProbeSeen run_probe(const ProbeConfig& probe,
                                  const ProbeTools& tools,
                                  Deadline until);

[[nodiscard]] ProbeThresholds thresholds_of(const ProbeConfig& probe);

}  // namespace sragent
