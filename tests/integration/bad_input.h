#pragma once

#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "pod.h"

/// What every test of bad input asks: which rule decided with which word, does the node stay, was a
/// server started, is the volume what it was.
namespace podlab {

/// Text of each regular file on the pod's data volume by path, the agent's own state folder apart.
[[nodiscard]] std::map<std::string, std::string> volume(const Pod& pod);

/// `sr-agent explain -o json` in the pod; an empty object if it does not answer.
[[nodiscard]] nlohmann::json explained(const Pod& pod);

/// Waits for the reason, then holds the FE to it: row `rule` decided so and stands in the journal,
/// the agent is alive, no server was started, nothing of `before` is gone or changed.
void expect_waits(Pod& fe,
                  const std::string& rule,
                  const std::string& reason,
                  const std::map<std::string, std::string>& before);

/// TERM to a container whose server runs: the server ends in time, and the container with 143.
void expect_stops(Pod& pod);

/// TERM to a container without a server: it ends with 143 and leaves its last words.
void expect_ends_on_term(Pod& pod, const std::string& reason);

}  // namespace podlab
