#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runtime/endpoints.h"
#include "runtime/ready.h"
#include "starrocks/identity_json.h"

namespace sragent {
namespace {

using Json = nlohmann::json;

constexpr Millis kLimit{10'000};

class Endpoints : public testing::Test {
 protected:
  Endpoints() {
    parts_.board = board_;
    parts_.book = std::make_shared<IdentityBook>(self(), NodeKind::kFe);
    parts_.live_limit = kLimit;
    board_->beat(parts_.clock.now());
  }

  static Self self() {
    Self out;
    out.host = out.fqdn = "fe-1.search.ns";
    out.address = "127.0.1.2";
    out.headless = "search.ns";
    out.session = "a1";
    out.founder = "fe-0.search.ns";
    return out;
  }

  [[nodiscard]] HttpReply get(
      const std::string& path,
      std::vector<std::pair<std::string, std::string>> parameters = {}) const {
    HttpQuery query;
    query.path = path;
    query.parameters = std::move(parameters);
    return serve(query, parts_);
  }

  void stop_beating() { board_->beat(parts_.clock.now() - kLimit); }

  std::shared_ptr<StatusBoard> board_ = std::make_shared<StatusBoard>();
  EndpointParts parts_{};
};

TEST_F(Endpoints, S54_LivezIsOkWhateverTheNodeIsIn) {
  for (const auto phase : {Phase::kDeciding, Phase::kHeld, Phase::kStarting, Phase::kStopping}) {
    NodeStatus status;
    status.phase = phase;
    status.reason = Reason::kTwoClusters;
    board_->publish(status);
    for (const auto* path : {"/livez", "/healthz"}) {
      const auto reply = get(path);
      EXPECT_EQ(reply.status, 200);
      EXPECT_EQ(reply.body, "ok\n");
    }
  }
}

TEST_F(Endpoints, S54_LivezSaysAgentStuckOnceMainStoppedTurning) {
  stop_beating();
  for (const auto* path : {"/livez", "/healthz"}) {
    const auto reply = get(path);
    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(reply.body, "agent_stuck\n");
  }
  board_->beat(parts_.clock.now());
  EXPECT_EQ(get("/livez").status, 200);
}

TEST_F(Endpoints, VerboseAddsLinesAndChangesNoVerdict) {
  NodeStatus status;
  status.phase = Phase::kHeld;
  status.reason = Reason::kMetaDamaged;
  board_->publish(status);
  const auto reply = get("/livez", {{"verbose", ""}});
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.body.starts_with("ok\nloop: last turn ")) << reply.body;
  EXPECT_NE(reply.body.find("phase: held\nreason: meta_damaged\n"), std::string::npos);
  stop_beating();
  EXPECT_EQ(get("/livez", {{"verbose", ""}}).status, 503);
}

/// A BE that is ready by what is published now.
NodeStatus ready_be(Instant now) {
  NodeStatus out;
  out.kind = NodeKind::kBe;
  out.host = "be-1.search.ns";
  out.phase = Phase::kRunning;
  out.server.running = true;
  out.ready.health = {now, Reason::kNone, {}};
  out.ready.row.at = now;
  out.ready.row.listed = out.ready.row.alive = true;
  out.ready.row.host = out.host;
  out.ready.listed_cluster = "77";
  complete_ready(out, Config{}, Clock{});
  return out;
}

TEST_F(Endpoints, S55_ReadyzIsJudgedFromThePublishedCopyAlone) {
  EXPECT_EQ(get("/readyz").status, 503) << "nothing was published yet";
  auto status = ready_be(parts_.clock.now());
  board_->publish(status);
  EXPECT_EQ(get("/readyz").status, 200);
  EXPECT_EQ(get("/readyz").body, "ok\n");
  stop_beating();
  EXPECT_EQ(get("/readyz").status, 200) << "the age of the copy counts, not the beat";
  *status.ready.published -= Millis{10'001};
  board_->publish(status);
  EXPECT_EQ(get("/readyz").body, "snapshot: stale_facts\n");
}

TEST_F(Endpoints, S55_ReadyzGivesOneWordForEachFailedCheck) {
  auto status = ready_be(parts_.clock.now());
  status.ready.health.reason = Reason::kUnhealthy;
  status.ready.row.alive = false;
  board_->publish(status);
  const auto reply = get("/readyz");
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.body, "health: unhealthy\nalive: not_alive\n");
}

TEST_F(Endpoints, S55_ReadyzLeavesOutWhatIsExcluded) {
  auto status = ready_be(parts_.clock.now());
  status.ready.health.reason = Reason::kUnhealthy;
  status.ready.row.alive = false;
  board_->publish(status);
  EXPECT_EQ(get("/readyz", {{"exclude", "health"}}).body, "alive: not_alive\n");
  EXPECT_EQ(get("/readyz", {{"exclude", "health"}, {"exclude", "alive"}}).status, 200);
  const auto reply = get("/readyz", {{"verbose", ""}, {"exclude", "alive"}, {"exclude", "leader"}});
  EXPECT_EQ(reply.status, 503);
  EXPECT_TRUE(reply.body.starts_with(
      "warn: some checks cannot be excluded: no matches for \"leader\"\n[+]snapshot ok: "))
      << reply.body;
  EXPECT_NE(reply.body.find("[-]health failed: unhealthy"), std::string::npos);
  EXPECT_NE(reply.body.find("[+]alive excluded: ok\n"), std::string::npos);
  EXPECT_TRUE(reply.body.ends_with("readyz check failed\n"));
}

TEST_F(Endpoints, S55_APhaseInWhichNothingIsServedIsNotReadyByItsReason) {
  for (const auto phase : {Phase::kDeciding, Phase::kHeld, Phase::kStopping, Phase::kEnded}) {
    auto status = ready_be(parts_.clock.now());
    status.phase = phase;
    status.reason = Reason::kDraining;
    complete_ready(status, Config{}, Clock{});
    board_->publish(status);
    EXPECT_EQ(get("/readyz").body, "phase: draining\n") << to_string(phase);
  }
}

TEST_F(Endpoints, StatusTellsTheVerdictTheChecksAndTheWorkers) {
  auto status = ready_be(parts_.clock.now());
  status.workers.abandoned_alive = 2;
  board_->publish(status);
  auto json = Json::parse(get("/v1/status").body);
  EXPECT_EQ(json.at("ready"), true);
  EXPECT_EQ(json.at("checks").size(), 9U);
  EXPECT_EQ(json.at("workers").at("abandoned"), 2);
  status.ready.row.listed = false;
  board_->publish(status);
  json = Json::parse(get("/v1/status").body);
  EXPECT_EQ(json.at("ready"), false);
  EXPECT_EQ(json.at("checks").at(4).at("reason"), "not_registered");
}

TEST_F(Endpoints, IdentityGrantsConsentToTheAskingFounderOnly) {
  parts_.book->update({});
  const auto other =
      get("/v1/identity", {{"host", "fe-2.search.ns"}, {"session", "c3"}, {"consent", "1"}});
  EXPECT_FALSE(parse_identity(other.body)->consents);
  EXPECT_FALSE(parts_.book->grant().has_value());
  const auto founder =
      get("/v1/identity", {{"host", "fe-0.search.ns"}, {"session", "b2"}, {"consent", "1"}});
  EXPECT_EQ(founder.content_type, "application/json");
  const auto identity = parse_identity(founder.body);
  ASSERT_TRUE(identity.has_value()) << identity.error().what;
  EXPECT_TRUE(identity->consents);
  EXPECT_EQ(parts_.book->grant()->session, "b2");
}

TEST_F(Endpoints, StatusIsTheLastPublishedCopy) {
  NodeStatus status;
  status.host = "fe-1.search.ns";
  status.server.version = "3.5.7-d2da301";
  board_->publish(status);
  status.host = "later";
  board_->publish(status);
  const auto json = Json::parse(get("/v1/status").body);
  EXPECT_EQ(json.at("host"), "later");
  EXPECT_EQ(json.at("sequence"), 2);
  EXPECT_EQ(json.at("server").at("version"), "3.5.7-d2da301");
}

TEST_F(Endpoints, UnknownPathsAreToldWhichThereAre) {
  for (const auto* path : {"/", "/readyz/", "/livez/", "/v1/identity/x", ""}) {
    const auto reply = get(path);
    EXPECT_EQ(reply.status, 404) << path;
    for (const auto* known : {"/livez", "/healthz", "/readyz", "/v1/identity", "/v1/status"})
      EXPECT_NE(reply.body.find(known), std::string::npos);
  }
}

}  // namespace
}  // namespace sragent
