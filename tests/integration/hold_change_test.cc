#include <filesystem>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "leave_lab.h"
#include "worker_lab.h"

/// A hold that comes and goes at run time, by what is written into a file: S71.
namespace podlab {
namespace {

namespace fs = std::filesystem;

bool held(const Pod& pod) {
  return wait_probe(pod, "/readyz", 503, "held") && pod.server_pid() == 0;
}

bool serves(const Pod& pod) {
  return wait_settled(pod) && wait_probe(pod, "/readyz", 200, "");
}

/// A BE beside one FE without an agent.
class S71_HoldChange : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(found(fe_));
    be_.set_env("SR_AGENT_CONFIG", config_);
    be_.set_env("SR_AGENT_POLICY__HOLD_FILE", file_);
    write_text(config_, "");
    be_.start();
    ASSERT_TRUE(net_.wait_worker("be", 0)) << be_.console();
    ASSERT_TRUE(serves(be_)) << be_.console();
  }
  PodNet net_{{.fe_count = 1}};
  srsim::SimNode fe_{bare_fe(net_, 0)};
  Pod& be_{net_.be(0)};
  std::string config_{root_of(be_) + "/sr-agent.toml"};
  std::string file_{root_of(be_) + "/hold"};
};

TEST_F(S71_HoldChange, AChangedSettingHoldsAndTakesBack) {
  const auto id = row_cell(net_, kBackends, be_.fqdn(), "BackendId");
  write_text(config_,
             "[policy]\nhold = true\nhold_author = \"ann\"\nhold_reason = \"a disk is swapped\"\n");
  ASSERT_TRUE(held(be_)) << be_.console();
  const auto hold = status_of(be_)["hold"];
  EXPECT_EQ(hold["source"], "setting");
  EXPECT_EQ(hold["author"], "ann");
  EXPECT_EQ(hold["reason"], "a disk is swapped");
  write_text(config_, "[policy]\nhold = false\n");
  EXPECT_TRUE(serves(be_)) << be_.console();
  EXPECT_EQ(row_cell(net_, kBackends, be_.fqdn(), "BackendId"), id);
}

TEST_F(S71_HoldChange, AFileHoldsWhileItExists) {
  write_text(file_, "author=bob\na core dump is copied\n");
  ASSERT_TRUE(held(be_)) << be_.console();
  const auto hold = status_of(be_)["hold"];
  EXPECT_EQ(hold["source"], "file");
  EXPECT_EQ(hold["author"], "bob");
  EXPECT_EQ(hold["reason"], "a core dump is copied");
  fs::remove(file_);
  EXPECT_TRUE(serves(be_)) << be_.console();
}

}  // namespace
}  // namespace podlab
