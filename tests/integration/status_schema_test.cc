#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "fe_lab.h"
#include "json_schema.h"
#include "leave_lab.h"
#include "worker_lab.h"

/// What a running agent answers at /v1/status, by docs/status.schema.json. Statuses made by hand:
/// tests/unit/runtime_status_schema_test.cc.
namespace podlab {
namespace {

using nlohmann::json;

/// /v1/status, of which everything is as the schema has it.
json good_status(const Pod& pod) {
  std::ifstream in(std::string{SRAGENT_SOURCE_DIR} + "/docs/status.schema.json");
  auto out = status_of(pod);
  for (const auto& error : sragent::test::schema_errors(json::parse(in), out))
    ADD_FAILURE() << error;
  return out;
}

/// A BE with a probe of its own whose row is alive, beside one FE without an agent.
class RunningStatus : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(found(fe_));
    const auto config = root_of(be_) + "/sr-agent.toml";
    write_text(config,
               "[[probe]]\nname = \"note\"\nkind = \"exec\"\ncommand = [\"/bin/false\"]\n"
               "period_ms = 500\n");
    be_.set_env("SR_AGENT_CONFIG", config);
    be_.start();
    ASSERT_TRUE(net_.wait_worker("be", 0) && wait_settled(be_)) << be_.console();
  }

  PodNet net_{{.fe_count = 1}};
  srsim::SimNode fe_{bare_fe(net_, 0)};
  Pod& be_{net_.be(0)};
};

TEST_F(RunningStatus, OfASettledBeFollowsTheSchema) {
  ASSERT_TRUE(wait_probe(be_, "/v1/status", 200, "exited with 1")) << be_.console();
  ASSERT_TRUE(wait_until([&] { return status_of(be_)["host_checks"].is_object(); }));
  const auto status = good_status(be_);
  EXPECT_EQ(status["phase"], "running");
  EXPECT_EQ(status["row"]["alive"], "yes");
  EXPECT_EQ(status["probes"].size(), 1U) << status;
  EXPECT_FALSE(status["checks"].empty() || status["facts"].empty()) << status;
}

TEST_F(RunningStatus, OfAHeldNodeFollowsTheSchema) {
  ASSERT_EQ(be_.verb({"hold", "--for", "1h", "--author", "ann", "--reason", "a look"}).first, 0);
  ASSERT_TRUE(wait_until([&] { return be_.status("phase") == "held"; })) << be_.console();
  const auto status = good_status(be_);
  EXPECT_EQ(status["hold"]["author"], "ann") << status;
  EXPECT_EQ(status["server"]["running"], false);
}

TEST_F(RunningStatus, OfALeavingNodeFollowsTheSchemaUntilItHasLeft) {
  ASSERT_EQ(control(be_, "/set?running=1"), "ok\n");
  ASSERT_EQ(be_.verb({"drain", "--wait", "1s"}).first, 20) << be_.console();
  ASSERT_TRUE(wait_until([&] { return status_of(be_)["leaving"]["running"] == 1; }))
      << be_.console();
  EXPECT_EQ(good_status(be_)["leaving"]["phase"], "work");
  control(be_, "/set?running=0");
  ASSERT_TRUE(wait_until([&] { return in_phase(be_, "ended"); })) << be_.console();
  EXPECT_EQ(good_status(be_)["leaving"]["result"], 0);
}

TEST_F(RunningStatus, OfALeavingThatWasRefusedFollowsTheSchema) {
  ASSERT_EQ(be_.verb({"drain", "--for-good"}).first, 31) << be_.console();
  EXPECT_TRUE(good_status(be_)["leaving"]["refusal"].is_string());
}

TEST(RunningStatusOfAnFe, FollowsTheSchemaWhileItLooksAndWhenItLeads) {
  PodNet net({.fe_count = 1, .all_names = false});
  Pod& fe = net.fe(0);
  fe.start();
  ASSERT_TRUE(wait_until([&] { return !status_of(fe)["decisions"].empty(); })) << fe.console();
  EXPECT_EQ(good_status(fe)["phase"], "deciding");
  net.serve_names("fe", 1);
  ASSERT_TRUE(wait_probe(fe, "/readyz", 200, "ok\n")) << fe.console();
  EXPECT_EQ(good_status(fe)["role"], "LEADER");
}

}  // namespace
}  // namespace podlab
