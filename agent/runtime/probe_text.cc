#include "runtime/probe_text.h"

namespace sragent {

ProbeKind kind_of(const ProbeConfig& probe) {
  return static_cast<ProbeKind>(probe.kind);
}

ProbeCounts counts_of(const ProbeConfig& probe) {
  return static_cast<ProbeCounts>(probe.counts_for);
}

std::string probe_text(const ProbeStatus& probe) {
  const auto& state = probe.state;
  if (!state.at) return "it has not run yet";
  return !state.ok && !state.last_error.empty() ? state.last_error : state.last.saw;
}

const ProbeStatus* failed_probe(const NodeStatus& status, ProbeCounts counts) {
  for (const auto& probe : status.probes)
    if (counts_of(probe.config) == counts && !probe.state.ok) return &probe;
  return nullptr;
}

}  // namespace sragent
