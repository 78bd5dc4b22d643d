#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "profile.h"
#include "sim_dns.h"
#include "sim_net.h"

namespace srsim {

/// `key = value` lines of fe.conf or be.conf; `#` starts a comment line.
std::map<std::string, std::string> read_conf(const std::string& path);

/// What an FE process was started with: command line, fe.conf, environment.
struct FeConfig {
  Profile profile{};
  std::string home{};  ///< STARROCKS_HOME
  std::string log_dir{};
  std::string pid_file{};
  std::string meta_dir{};
  std::string host_type{};  ///< as given: IP, FQDN, other, or empty
  std::string helper{};     ///< as given
  bool log_to_console = false;
  std::map<std::string, std::string> conf{};
  std::uint16_t http_port = 8030;
  std::uint16_t rpc_port = 9020;
  std::uint16_t query_port = 9030;
  std::uint16_t edit_log_port = 9010;
  std::uint16_t starmgr_port = 6090;
  std::string run_mode{"shared_nothing"};

  [[nodiscard]] std::string text(const std::string& key, const std::string& fallback) const;
  [[nodiscard]] std::int64_t number(const std::string& key, std::int64_t fallback) const;
  [[nodiscard]] bool flag(const std::string& key) const;
};

/// Arguments are those of com.starrocks.StarRocksFE: -helper X, -host_type X (main: two dashes).
/// Ends the process with 255 if the version is unknown.
FeConfig read_fe_config(const std::vector<std::string>& args);

/// Version that the simulator plays: SR_SIM_VERSION, else <home>/lib/sim.version, else 3.5.7.
std::string wanted_version(const std::string& home);

/// Address of this node: SR_SIM_IP, else what SR_SIM_HOSTNAME or the host name resolves to, else
/// the first IPv4 address of an interface that is not loopback.
std::string own_ip(Resolver& resolver);
/// SR_SIM_HOSTNAME, else the canonical host name.
std::string own_host_name();
/// Is it an address of this machine? All of 127.0.0.0/8 is.
bool is_local_address(const std::string& ip);

/// Value of an environment variable, or `fallback`.
std::string env_or(const char* name, const std::string& fallback);
/// Milliseconds of an environment variable, scaled; else `fallback_ms` scaled.
milliseconds env_delay(const char* name, int fallback_ms);

}  // namespace srsim
