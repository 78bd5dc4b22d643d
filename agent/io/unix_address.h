#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <string>

#include "core/result.h"

namespace sragent {

struct UnixAddress {
  sockaddr_un address{};
  socklen_t length = sizeof(sockaddr_un);
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

/// kBadConfig for a path that does not fit (unix(7): 107 bytes).
[[nodiscard]] inline Result<UnixAddress> unix_address(const std::string& path) {
  UnixAddress result;
  if (path.empty() || path.size() >= sizeof result.address.sun_path) {
    return tl::unexpected(Error{.kind = ErrorKind::kBadConfig,
                                .what = "control socket " + path +
                                        ": expected a path of 1 to 107 "
                                        "bytes"});
  }
  result.address.sun_family = AF_UNIX;
  std::memcpy(result.address.sun_path, path.c_str(), path.size() + 1);
  return result;
}

}  // namespace sragent
