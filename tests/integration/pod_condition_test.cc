#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "kube_lab.h"
#include "leave_lab.h"
#include "worker_lab.h"

/// The pod condition starrocks.com/serving that a readiness gate waits for.
namespace podlab {
namespace {

/// A BE beside one FE without an agent, and the Kubernetes API.
class PodCondition : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(found(fe_));
    ASSERT_TRUE(api_.up());
    be_.set_env("SR_AGENT_KUBERNETES__API", "true");
    be_.set_env("SR_AGENT_KUBERNETES__PORT", "6443");
    be_.set_env("SR_AGENT_KUBERNETES__ACCOUNT_DIR", folder_);
    be_.set_env("KUBERNETES_SERVICE_HOST", be_.ip());
  }
  /// "False starting" and its like, oldest first.
  [[nodiscard]] std::vector<std::string> told() const {
    std::vector<std::string> out;
    for (const auto& one : api_.conditions()) {
      EXPECT_EQ(one["type"], "starrocks.com/serving");
      out.push_back(one["status"].get<std::string>() + " " + one["reason"].get<std::string>());
    }
    return out;
  }
  [[nodiscard]] bool told_last(const std::string& what) const {
    return wait_until([&] {
      const auto all = told();
      return !all.empty() && all.back() == what;
    });
  }
  [[nodiscard]] std::string problem() const {
    const auto status = status_of(be_);
    if (!status.contains("kubernetes") || !status["kubernetes"].is_object()) return "none told";
    const auto& out = status["kubernetes"]["problem"];
    return out.is_string() ? out.get<std::string>() : "";
  }

  PodNet net_{{.fe_count = 1}};
  srsim::SimNode fe_{bare_fe(net_, 0)};
  Pod& be_{net_.be(0)};
  std::string folder_{root_of(be_) + "/account"};
  KubeApi api_{folder_, be_.ip()};
};

TEST_F(PodCondition, IsFalseFirstThenWrittenOnChangeOnlyAndFalseAgainInTheNextContainer) {
  be_.start();
  EXPECT_TRUE(told_last("True serving")) << be_.console();
  EXPECT_EQ(told().front().substr(0, 6), "False ");
  EXPECT_NE(api_.asked().find("/api/v1/namespaces/ns/pods/kube-be-0/status\n"), std::string::npos)
      << api_.asked();
  const auto before = told().size();
  EXPECT_TRUE(looks_on(be_));
  EXPECT_EQ(told().size(), before) << "nothing has changed";
  EXPECT_EQ(status_of(be_)["kubernetes"]["serving"], true);

  const auto epoch = status_of(be_)["epoch"].get<int>();
  be_.kill_container();
  be_.start();
  EXPECT_TRUE(wait_until([&] { return told().size() > before; }));
  EXPECT_EQ(told()[before].substr(0, 6), "False ") << "it has survived the container: untrue";
  EXPECT_TRUE(told_last("True serving")) << be_.console();
  EXPECT_EQ(status_of(be_)["epoch"].get<int>(), epoch + 1);

  ASSERT_EQ(control(be_, "/set?running=1"), "ok\n");
  be_.signal(SIGTERM);
  EXPECT_TRUE(told_last("False draining")) << be_.console();
  control(be_, "/set?running=0");
  EXPECT_EQ(be_.wait_exit(), 143);
}

using S72_OneWord = PodCondition;

/// Who asks in another way is not told another thing.
TEST_F(S72_OneWord, StandsInStatusMetricProbeConditionAndLog) {
  as_user(be_, "nobody");
  be_.start();
  const std::string word = "auth_failed";
  ASSERT_TRUE(be_.wait_reason(word)) << be_.console();
  EXPECT_TRUE(told_last("False " + word)) << be_.console();
  EXPECT_TRUE(wait_probe(be_, "/readyz", 503, word)) << be_.console();
  EXPECT_TRUE(wait_probe(be_, "/metrics", 200, "\nsr_agent_reason{reason=\"" + word + "\"} 1\n"));
  EXPECT_EQ(be_.status("reason"), word);
  EXPECT_NE(be_.verb({"status"}).second.find(word), std::string::npos);
  EXPECT_NE(be_.verb({"probe", "ready"}).second.find(word), std::string::npos);
  EXPECT_NE(be_.console().find("reason=" + word), std::string::npos) << be_.console();
}

TEST_F(PodCondition, TheTokenIsReadForEachUse) {
  be_.start();
  ASSERT_TRUE(told_last("True serving")) << be_.console();
  api_.token("another\n");
  ASSERT_EQ(control(be_, "/set?running=1"), "ok\n");
  be_.signal(SIGTERM);
  EXPECT_TRUE(told_last("False draining")) << be_.console();
  control(be_, "/set?running=0");
  EXPECT_EQ(be_.wait_exit(), 143);
}

TEST_F(PodCondition, TheCaIsReadForEachUse) {
  be_.start();
  ASSERT_TRUE(told_last("True serving")) << be_.console();
  const auto before = told().size();
  const auto ca = api_.change_ca();
  ASSERT_TRUE(api_.up());
  control(be_, "/fault?where=http&match=/api/health&kind=error&text=broken");
  EXPECT_TRUE(wait_until([&] { return !problem().empty(); })) << be_.console();
  EXPECT_EQ(told().size(), before) << "whom the old one does not vouch for is told nothing";
  api_.trust(ca);
  EXPECT_TRUE(told_last("False unhealthy")) << problem() << be_.console();
  EXPECT_TRUE(wait_until([&] { return problem().empty(); })) << problem();
  control(be_, "/clear");
  EXPECT_TRUE(told_last("True serving")) << problem() << be_.console();
}

TEST_F(PodCondition, WithoutTheRightItIsSaidOnceAndTheNodeServes) {
  api_.answer_patches(403);
  be_.start();
  ASSERT_TRUE(net_.wait_worker("be", 0) && wait_settled(be_)) << be_.console();
  EXPECT_TRUE(wait_probe(be_, "/readyz", 200, ""));
  EXPECT_TRUE(wait_until([&] { return problem().find("HTTP 403") != std::string::npos; }))
      << problem();
  EXPECT_TRUE(looks_on(be_));
  const auto console = be_.console();
  EXPECT_EQ(console.find("kubernetes_api"), console.rfind("kubernetes_api")) << console;
  EXPECT_TRUE(told().empty());
  api_.answer_patches(200);
  EXPECT_TRUE(told_last("True serving")) << "the right came later";
  EXPECT_EQ(problem(), "");
}

TEST_F(PodCondition, WithoutATokenOrAnApiTheNodeServesAndSaysWhy) {
  std::filesystem::remove(folder_ + "/token");
  be_.start();
  ASSERT_TRUE(net_.wait_worker("be", 0) && wait_settled(be_)) << be_.console();
  EXPECT_TRUE(wait_until([&] { return problem().find("token") != std::string::npos; }))
      << problem();
  be_.kill_container();
  be_.unset_env("KUBERNETES_SERVICE_HOST");
  be_.start();
  EXPECT_TRUE(wait_settled(be_)) << be_.console();
  EXPECT_NE(problem().find("KUBERNETES_SERVICE_HOST"), std::string::npos) << problem();
}

}  // namespace
}  // namespace podlab
