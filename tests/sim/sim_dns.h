#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "sim_net.h"

namespace srsim {

/// Resolves names as a JVM does: an answer is kept for 60 s, a failure for 10 s (both scaled).
/// SR_SIM_HOSTS="ADDRESS NAME" is looked at first. With SR_SIM_DNS=ip:port it asks that server
/// alone (c-ares, no hosts file of the system), else the system's resolver. Thread-safe; a look-up
/// blocks its caller.
class Resolver {
 public:
  /// IPv4 addresses of `name` in the order of the answer; a literal is returned as it is.
  /// kNotFound "Name or service not known" or kTimeout "Temporary failure in name resolution".
  [[nodiscard]] Result<std::vector<std::string>> resolve(const std::string& name);

  /// First address, or the error.
  [[nodiscard]] Result<std::string> first(const std::string& name);

 private:
  struct Cached {
    Result<std::vector<std::string>> answer{};
    std::int64_t until_ms = 0;
  };

  std::mutex mutex_;
  std::map<std::string, Cached> cache_;
};

bool is_ipv4(const std::string& text);

}  // namespace srsim
