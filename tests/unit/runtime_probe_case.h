#pragma once

#include <memory>
#include <string>

#include "io_peer.h"
#include "runtime/probe_run.h"

/// Tools, places and a probe for the tests of the user's probes.
namespace sragent::test {

inline ProbeTools tools() {
  ProbeTools out;
  Config config;
  config.sql.user = "root";
  config.sql.tls_mode = TlsSetting::kDisabled;
  out.look.config = std::make_shared<const Config>(config);
  out.look.credentials = std::make_shared<Credentials>(config.sql);
  out.look.kind = NodeKind::kBe;
  out.self = kHere;
  out.children = std::make_shared<ChildDesk>();
  return out;
}

/// As the address of a probe.
inline std::string self(const ScriptedPeer& peer) {
  return "self:" + std::to_string(peer.port());
}

inline std::string refused_place() {
  return "self:" + std::to_string(closed_port());
}

/// Accepts and says nothing.
inline void silent(int fd) {
  hang(fd);
}

inline ProbeConfig http_probe(const std::string& place) {
  ProbeConfig out;
  out.name = "web";
  out.kind = ProbeKindSetting::kHttp;
  out.url = "http://" + place + "/health";
  out.body = "fine";
  return out;
}

}  // namespace sragent::test
