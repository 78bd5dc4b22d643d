#pragma once

#include <memory>
#include <string>

#include "config/config.h"
#include "core/types.h"
#include "io/http_server.h"

namespace sragent {

/// Answers `/api/health` on the HTTP port of a server that a hold keeps down, for a kubelet whose
/// probes ask there and would end the container (S71). Everything else gets 503. Main thread; the
/// answers come from a thread of their own.
class HoldStandIn {
 public:
  /// `address`: the node's own, on which the kubelet asks.
  HoldStandIn(const Config& config, NodeKind kind, std::string address);

  /// Listens while it is `wanted` and the settings allow it; closes before it returns otherwise, so
  /// that a server finds its port free. A port that cannot be had is logged once.
  void turn(bool wanted);
  [[nodiscard]] bool answers() const { return server_ != nullptr; }

 private:
  void open();

  const Config& config_;
  NodeKind kind_;
  std::string address_;
  std::unique_ptr<HttpServer> server_{};
  std::string error_{};
};

}  // namespace sragent
