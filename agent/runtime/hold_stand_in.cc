#include "runtime/hold_stand_in.h"

#include "runtime/hold_data.h"
#include "runtime/log.h"

namespace sragent {
namespace {

constexpr int kOk = 200;
constexpr int kUnavailable = 503;

HttpReply answer(const HttpQuery& query) {
  HttpReply out;
  out.status = query.path == "/api/health" ? kOk : kUnavailable;
  out.content_type = "application/json";
  out.body = R"({"status":"HELD","msg":"sr-agent keeps the server down and answers in its place"})"
             "\n";
  return out;
}

}  // namespace

HoldStandIn::HoldStandIn(const Config& config, NodeKind kind, std::string address)
    : config_(config), kind_(kind), address_(std::move(address)) {}

void HoldStandIn::turn(bool wanted) {
  if (!wanted || !config_.policy.hold_stand_in) {
    if (server_) log_info("hold_stand_in", {{"answers", "no more"}});
    server_.reset();
    error_.clear();
    return;
  }
  if (!server_) open();
}

void HoldStandIn::open() {
  const auto port = health_port(config_, kind_);
  auto made = HttpServer::start(address_, port, answer);
  if (made) {
    server_ = *std::move(made);
    log_warn("hold_stand_in", {{"answers", address_ + ":" + std::to_string(port)}});
    return;
  }
  if (error_ == made.error().what) return;
  error_ = made.error().what;
  log_warn("no_hold_stand_in", {{"error", error_}});
}

}  // namespace sragent
