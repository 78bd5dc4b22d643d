#pragma once

#include <string>
#include <vector>

#include "fe_config.h"
#include "meta_dir.h"
#include "sim_dns.h"

namespace srsim {

/// Who this FE is: host as the catalog writes it, and the address it binds.
struct FeIdentity {
  std::string host{};
  std::string ip{};
  bool fqdn = false;
};

/// Outcome of the role decision.
struct RoleOutcome {
  RoleFile role{};
  VersionFile version{};
  bool founder = false;                ///< no metadata and no helper: a new cluster
  bool first_start = false;            ///< neither file existed before
  std::vector<std::string> helpers{};  ///< others than self, as host:port
};

/// Checks of meta_dir; ends the process with 255 and the text of the real FE when one fails.
void check_meta_dir(const FeConfig& config, const MetaDir& meta);

/// IP or FQDN mode and the own host; ends the process when the name cannot be used.
FeIdentity choose_host(const FeConfig& config, const MetaDir& meta, Resolver& resolver);

/// Table of docs/starrocks.md section 4.2. Waits for ever in the join loop; ends the process with
/// 255 where the real FE does.
RoleOutcome decide_role(const FeConfig& config,
                        const FeIdentity& self,
                        const MetaDir& meta,
                        Resolver& resolver);

}  // namespace srsim
