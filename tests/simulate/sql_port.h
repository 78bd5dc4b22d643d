#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "world.h"

namespace sragent::simulate {

/// One connection to the query port of an FE.
class SqlPort {
 public:
  SqlPort(Pod& pod, FeServer& server) : pod_(pod), server_(server) {}
  [[nodiscard]] Pod& pod() const { return pod_; }
  /// The process that was connected to still lives.
  [[nodiscard]] bool open() const;
  /// `agent`: who asks; nullptr: a person. `takes`: what the FE needs beyond the network.
  [[nodiscard]] srsim::StatementResult execute(Agent* agent, std::string_view sql, Ms& takes);

 private:
  Pod& pod_;
  FeServer& server_;
};

/// nullptr: the login was refused. The pod's server listens.
[[nodiscard]] std::unique_ptr<SqlPort> open_sql(Pod& pod,
                                                const std::string& user,
                                                const std::string& password);

/// Text of GET /api/bootstrap of the pod's FE.
[[nodiscard]] std::string bootstrap_of(const Pod& pod);

/// Text of GET /metrics of the pod's FE.
[[nodiscard]] std::string metrics_of(const Pod& pod);

}  // namespace sragent::simulate
