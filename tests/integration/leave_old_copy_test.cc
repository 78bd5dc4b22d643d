#include <filesystem>

#include <gtest/gtest.h>

#include "leave_lab.h"
#include "worker_lab.h"

/// A node whose row is a new copy's by now, while its own name servers still give its own address.
/// S84.
namespace podlab {
namespace {

std::string made_folder(const std::string& path) {
  std::filesystem::create_directories(path);
  return path;
}

/// The FE asks other name servers than the old copy does.
class OldCopy : public testing::TestWithParam<std::string> {
 protected:
  OldCopy() {
    // A row's start is learnt in the first minute of a server: over before the FE, which keeps an
    // address for a minute as well, hears of the new copy.
    old_.set_env("SR_AGENT_SIMULATION__TIME_SCALE", "10");
    fe_names_.set(net_.fe(0).fqdn(), {net_.fe(0).ip()});
    fe_names_.set(old_.fqdn(), {old_.ip()});
  }
  [[nodiscard]] Pod& pod(int ordinal) {
    return GetParam() == "be" ? net_.be(ordinal) : net_.cn(ordinal);
  }
  [[nodiscard]] srsim::NodeSpec spec_of(Pod& place, const std::string& kind) {
    auto out = bare_fe(net_, 0);
    out.kind = kind;
    out.ip = place.ip();
    out.root = root_of(place);
    out.env["SR_SIM_IP"] = place.ip();
    out.env["SR_SIM_DNS"] = fe_names_.address();
    out.env["SR_SIM_CONTROL"] = place.ip() + ":7070";
    if (kind != "fe") out.env["SR_SIM_HOSTNAME"] = old_.fqdn();
    return out;
  }
  [[nodiscard]] std::string cell(const std::string& column) {
    return row_cell(net_, GetParam() == "be" ? kBackends : kComputeNodes, old_.fqdn(), column);
  }
  /// The new copy serves at another address, and the FE believes in it.
  [[nodiscard]] bool replaced() {
    const auto started = cell("LastStartTime");
    fe_names_.set(old_.fqdn(), {copy_.ip()});
    copy_.start();
    return copy_.wait_port(9050) &&
           wait_until([&] { return cell("Alive") == "true" && cell("LastStartTime") != started; },
                      milliseconds(60000));
  }

  PodNet net_{};
  Pod& old_{pod(0)};
  srsim::SimDns fe_names_{net_.ip_of("fe", 20), made_folder(root_of(net_.fe(0)) + "/names")};
  srsim::SimNode fe_{spec_of(net_.fe(0), "fe")};
  srsim::SimNode copy_{spec_of(pod(2), GetParam())};
};

using S84_OldCopy = OldCopy;

TEST_P(S84_OldCopy, ThatIsToLeaveForGoodSendsNothingAndSaysWhoseTheRowIs) {
  ASSERT_TRUE(found(fe_));
  old_.start();
  ASSERT_TRUE(wait_settled(old_)) << old_.console();
  const std::string id_column = GetParam() == "be" ? "BackendId" : "ComputeNodeId";
  const auto id = cell(id_column);
  ASSERT_TRUE(replaced()) << old_.console();
  const auto [code, text] = old_.verb({"drain", "--for-good"});
  EXPECT_EQ(code, 40) << text << old_.console();
  EXPECT_NE(text.find("another copy of this node serves"), std::string::npos) << text;
  EXPECT_EQ(status_of(old_)["leaving"]["refusal_reason"], "identity_conflict") << old_.console();
  EXPECT_EQ(count_in_audit(net_.fe(0), "ALTER SYSTEM D"), 0) << "neither DECOMMISSION nor DROP";
  EXPECT_EQ(count_in_audit(net_.fe(0), "ADD BACKEND BLACKLIST"), 0);
  EXPECT_EQ(cell(id_column), id);
  EXPECT_EQ(cell("SystemDecommissioned"), "false");
  EXPECT_NE(old_.server_pid(), 0) << "what was refused stops nothing";
}

INSTANTIATE_TEST_SUITE_P(Kinds, S84_OldCopy, testing::Values("be", "cn"));

}  // namespace
}  // namespace podlab
