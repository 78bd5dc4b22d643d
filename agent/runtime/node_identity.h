#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/config.h"
#include "core/result.h"
#include "core/types.h"

namespace sragent {

/// Who this node is: from settings, the host name and /etc/hosts. No name server is asked, and what
/// stands here proves nothing about what the name servers say.
struct NodeIdentity {
  NodeKind kind = NodeKind::kFe;
  std::string pod{};                     ///< Pod name, else the host name.
  std::string fqdn{};                    ///< Own FQDN; empty: unknown (IP mode only).
  std::string address{};                 ///< Own address.
  std::vector<std::string> addresses{};  ///< All own addresses but loopback ones.
  std::string headless{};                ///< FQDN without its first label; empty: none.
  std::string host{};                    ///< Name in the member list, by host type.
  std::string session{};                 ///< New at each agent start: 16 hex digits.
};

/// What the system says, apart from the settings; filled by read_host_facts, or by tests.
struct HostFacts {
  std::string hostname{};
  std::string etc_hosts{};
  std::vector<std::string> addresses{};  ///< Of all interfaces that are up, loopback last.
};
[[nodiscard]] HostFacts read_host_facts();

/// kBadConfig names the setting that is missing: in FQDN mode a name with a domain part is needed,
/// and pod_ip must be an own address where it is set.
[[nodiscard]] Result<NodeIdentity> identify_node(NodeKind kind,
                                                 const Config& config,
                                                 const HostFacts& facts);

}  // namespace sragent
