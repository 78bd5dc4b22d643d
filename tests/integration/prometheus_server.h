#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "pod.h"

/// A real Prometheus that scrapes agents: what it makes of their metrics is nobody's own idea.
namespace prometheuslab {

/// Where the program of Debian's package is (scripts/setup takes it out); false: the tests skip.
[[nodiscard]] bool installed();

/// Labels of one line of an answer, without __name__ but with its value under "value".
using Line = std::map<std::string, std::string>;

/// One server on 127.0.0.1 that asks each pod's agent every second, and names it by the labels that
/// docs/metrics.md gives to it: job, namespace, pod. Ends with the object.
class Server {
 public:
  explicit Server(const std::vector<const podlab::Pod*>& pods);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Lines of an instant query now, in no order. Throws with its words if it is refused.
  [[nodiscard]] std::vector<Line> query(const std::string& expression) const;
  [[nodiscard]] std::string log() const;

 private:
  std::string folder_;
  std::uint16_t port_;
  int pid_ = 0;
};

}  // namespace prometheuslab
