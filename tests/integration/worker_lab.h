#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "pod.h"

/// What the tests of BE and CN pods share.
namespace podlab {

/// FE `ordinal` as the simulator alone, without an agent: where a test is about the node beside it.
[[nodiscard]] srsim::NodeSpec bare_fe(PodNet& net, int ordinal);
/// Starts it as the founder of a cluster and waits until it lists itself.
[[nodiscard]] bool found(srsim::SimNode& fe);

/// /v1/status of the pod; an empty object if it does not answer.
[[nodiscard]] nlohmann::json status_of(const Pod& pod);
/// The `detail` of the pod's status has that part.
[[nodiscard]] bool detail_has(const Pod& pod, const std::string& part);
/// The statement's rows whose host is `host`, at FE `ordinal`.
[[nodiscard]] int rows(PodNet& net, const std::string& statement, const std::string& host);
[[nodiscard]] std::string row_cell(PodNet& net,
                                   const std::string& statement,
                                   const std::string& host,
                                   const std::string& column);

/// Status of a probe, 0 without an answer.
[[nodiscard]] int probe(const Pod& pod, const std::string& path);
/// True once `path` answers `status` with `part` in its body.
[[nodiscard]] bool wait_probe(const Pod& pod,
                              const std::string& path,
                              int status,
                              const std::string& part);

/// How often the server of this pod came up, over all containers: by the server's own log.
[[nodiscard]] int server_starts(const Pod& pod);
/// True once the server itself answers /api/health.
[[nodiscard]] bool wait_healthy(const Pod& pod, std::uint16_t port = 8040);
/// True once the agent knows its row as registered and alive.
[[nodiscard]] bool wait_settled(const Pod& pod);
/// GET at the server's control interface.
std::string control(const Pod& pod, const std::string& target);
/// The pod's agent logs in as this user.
void as_user(Pod& pod, const std::string& user, const std::string& password = "x");
/// ALTER SYSTEM ADD `kind` at FE 0.
void add_node(PodNet& net, const std::string& kind, const std::string& address);
/// Puts `text` in place of the start script.
void replace_script(const Pod& pod, const std::string& kind, const std::string& text);
[[nodiscard]] std::string root_of(const Pod& pod);
/// Agents that the pod starts from now on get this library, which uses system calls alone.
void preload(Pod& pod, const std::string& library);

inline constexpr const char* kBackends = "SHOW BACKENDS";
inline constexpr const char* kComputeNodes = "SHOW COMPUTE NODES";

}  // namespace podlab
