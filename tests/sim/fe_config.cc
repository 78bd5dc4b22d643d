#include "fe_config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include <ifaddrs.h>
#include <netdb.h>

#include "meta_dir.h"

namespace srsim {
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string first_interface_address() {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return "127.0.0.1";
  std::string found = "127.0.0.1";
  for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    const auto* address = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
    std::array<char, INET_ADDRSTRLEN> text{};
    inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size());
    const std::string ip = text.data();
    if (ip.rfind("127.", 0) == 0) continue;
    found = ip;
    break;
  }
  freeifaddrs(list);
  return found;
}

void read_args(const std::vector<std::string>& args, FeConfig& config) {
  for (std::size_t i = 0; i + 1 < args.size(); ++i) {
    if (args[i] == "-helper" || args[i] == "--helper") config.helper = args[i + 1];
    if (args[i] == "-host_type" || args[i] == "--host_type") config.host_type = args[i + 1];
  }
}

std::uint16_t port_of(const FeConfig& config, const std::string& key, int fallback) {
  return static_cast<std::uint16_t>(config.number(key, fallback));
}

}  // namespace

std::string env_or(const char* name, const std::string& fallback) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? fallback : value;
}

milliseconds env_delay(const char* name, int fallback_ms) {
  const std::string text = env_or(name, std::to_string(fallback_ms));
  return scaled(milliseconds(std::strtol(text.c_str(), nullptr, 10)));
}

std::map<std::string, std::string> read_conf(const std::string& path) {
  std::map<std::string, std::string> values;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::string text = trimmed(line);
    const std::size_t equal = text.find('=');
    if (text.empty() || text[0] == '#' || equal == std::string::npos) continue;
    values[trimmed(text.substr(0, equal))] = trimmed(text.substr(equal + 1));
  }
  return values;
}

std::string FeConfig::text(const std::string& key, const std::string& fallback) const {
  const auto found = conf.find(key);
  return found == conf.end() || found->second.empty() ? fallback : found->second;
}

std::int64_t FeConfig::number(const std::string& key, std::int64_t fallback) const {
  return std::strtoll(text(key, std::to_string(fallback)).c_str(), nullptr, 10);
}

bool FeConfig::flag(const std::string& key) const {
  return text(key, "false") == "true";
}

std::string wanted_version(const std::string& home) {
  const std::string file = trimmed(read_file(home + "/lib/sim.version"));
  return env_or("SR_SIM_VERSION", file.empty() ? "3.5.7" : file);
}

FeConfig read_fe_config(const std::vector<std::string>& args) {
  FeConfig config;
  config.home = env_or("STARROCKS_HOME", ".");
  const auto profile = parse_profile(wanted_version(config.home));
  if (!profile) {
    std::cerr << "sr-sim: unknown version " << wanted_version(config.home) << "\n";
    std::_Exit(255);
  }
  config.profile = *profile;
  config.profile.makes_warehouses = env_or("SR_SIM_WAREHOUSES", "") == "1";
  config.conf = read_conf(config.home + "/conf/fe.conf");
  config.log_dir = env_or("LOG_DIR", config.home + "/log");
  config.pid_file = env_or("PID_DIR", config.home + "/bin") + "/fe.pid";
  std::string meta = config.text("meta_dir", "${STARROCKS_HOME}/meta");
  const std::string variable = "${STARROCKS_HOME}";
  if (meta.rfind(variable, 0) == 0) meta = config.home + meta.substr(variable.size());
  config.meta_dir = meta;
  config.log_to_console =
      config.flag("sys_log_to_console") || env_or("SYS_LOG_TO_CONSOLE", "") == "1";
  config.http_port = port_of(config, "http_port", 8030);
  config.rpc_port = port_of(config, "rpc_port", 9020);
  config.query_port = port_of(config, "query_port", 9030);
  config.edit_log_port = port_of(config, "edit_log_port", 9010);
  config.starmgr_port = port_of(config, "cloud_native_meta_port", 6090);
  config.run_mode = config.text("run_mode", "shared_nothing");
  read_args(args, config);
  return config;
}

std::string own_host_name() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  addrinfo hints{};
  hints.ai_flags = AI_CANONNAME;
  addrinfo* list = nullptr;
  std::string canonical = name.data();
  std::string given = env_or("SR_SIM_HOSTNAME", "");
  if (!given.empty()) return given;
  if (getaddrinfo(name.data(), nullptr, &hints, &list) != 0) return canonical;
  if (list != nullptr && list->ai_canonname != nullptr) canonical = list->ai_canonname;
  freeaddrinfo(list);
  return canonical;
}

std::string own_ip(Resolver& resolver) {
  std::string given = env_or("SR_SIM_IP", "");
  if (!given.empty()) return given;
  const auto resolved = resolver.resolve(own_host_name());
  if (resolved) {
    for (const std::string& ip : *resolved) {
      if (is_local_address(ip) && ip != "127.0.0.1" && ip != "127.0.1.1") return ip;
    }
  }
  return first_interface_address();
}

bool is_local_address(const std::string& ip) {
  const Fd probe(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (inet_pton(AF_INET, ip.c_str(), &address.sin_addr) != 1) return false;
  return bind(probe.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace srsim
