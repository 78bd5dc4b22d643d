#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "pod.h"

/// Pods as the official operator 1.11 makes them: its command, argument and environment, and this
/// repository's wrapper scripts in the place of the stock ones.
namespace podlab {

/// A net whose agents are told nothing that the operator does not tell: no number of FEs. The FE
/// service has an address, as a ClusterIP, and nobody behind it is ready. Names are served of `fes`
/// FEs and of 3 BEs and CNs.
class OperatorNet : public PodNet {
 public:
  explicit OperatorNet(int fes = 1, const std::string& version = "3.5.7");
};

/// Puts the wrappers into the pod's root, and gives it the operator's environment with the service
/// links of a cluster named `sr-agent`. What is not the operator's stands for the lab's missing
/// container: name server, search list, addresses.
void as_operator(Pod& pod);

/// FE 0 without an agent, of shared data, which makes the warehouses that it is asked for.
[[nodiscard]] srsim::NodeSpec warehouse_fe(PodNet& net);

/// Puts the helpers `register` and `offline` into the pod's root.
void install_helpers(Pod& pod);

/// "<root>/fe_entrypoint.sh", "<root>/fe_prestop.sh" and so on of the pod.
[[nodiscard]] std::string wrapper(const Pod& pod, const std::string& kind, const std::string& what);

/// The container's command: the entrypoint with the service as its argument.
void start_as_operator(Pod& pod, const std::string& kind);
/// The same with other arguments.
void start_wrapper(Pod& pod, const std::string& kind, const std::vector<std::string>& arguments);

/// Runs the text as the kubelet runs the operator's hook, `/bin/bash -c TEXT`, with the pod's
/// environment: exit code and output.
[[nodiscard]] std::pair<int, std::string> hook(const Pod& pod, const std::string& text);

/// Mounts a folder as the kubelet does a ConfigMap, with dot names and links through `..data`: its
/// path.
[[nodiscard]] std::string config_map(const Pod& pod,
                                     const std::map<std::string, std::string>& files);
/// What the chart's fe.conf has: command substitution is the start script's business. EditLogPort
/// is 19010.
[[nodiscard]] std::string chart_conf();
/// Of a link; "no link" if it is none.
[[nodiscard]] std::string target_of(const std::string& path);

/// Puts a script before the start script, which notes what that is given.
void note_arguments(const Pod& pod);
/// A line a start; empty: none since note_arguments().
[[nodiscard]] std::string noted_arguments(const Pod& pod);

/// Words of the container's server, as it was started.
[[nodiscard]] std::string server_words(const Pod& pod);
/// Environment of the container's server, a line a name.
[[nodiscard]] std::string server_environment(const Pod& pod);

}  // namespace podlab
