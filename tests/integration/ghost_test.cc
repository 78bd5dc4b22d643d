#include <algorithm>
#include <optional>
#include <ostream>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "odd_dns.h"
#include "worker_lab.h"

/// Rows of pods that no longer exist: S42.
namespace podlab {
namespace {

using srsim::SimNode;

constexpr double kScale = 60;  // ten minutes are ten seconds
constexpr std::uint16_t kDnsPort = 5353;
/// A row is a ghost at the third reading, 5 minutes after the second.
constexpr int kReadings = 3;
constexpr milliseconds kLimit{120'000};

srsim::NodeSpec quick_fe(PodNet& net) {
  auto out = bare_fe(net, 0);
  out.env["SR_SIM_TIME_SCALE"] = std::to_string(static_cast<int>(kScale));
  return out;
}

/// Hosts of the list in the pod's status; nullopt: it tells none.
std::optional<std::vector<std::string>> ghosts_of(const Pod& pod) {
  const auto status = status_of(pod);
  if (!status.contains("ghost_rows") || !status["ghost_rows"].is_array()) return std::nullopt;
  std::vector<std::string> out;
  for (const auto& row : status["ghost_rows"])
    out.push_back(row["host"].get<std::string>());
  return out;
}

bool wait_ghosts(const Pod& pod, const std::vector<std::string>& hosts) {
  return wait_until([&] { return ghosts_of(pod) == hosts; }, kLimit);
}

/// Why the last reading of the pod proved nothing; empty: it did, or there was none.
std::string why_unknown(const Pod& pod) {
  const auto status = status_of(pod);
  for (const auto& fact : status.value("facts", nlohmann::json::array()))
    if (fact["name"] == "ghost_rows" && fact["why_unknown"].is_string()) return fact["why_unknown"];
  return {};
}

/// One FE, and BE or CN pods; the name server of those of ordinal 0 may be bent.
class S42_Ghosts : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(found(fe));
    const auto own = net.dns().address();
    dns.emplace(own.substr(0, own.find(':')), kDnsPort + 1, kDnsPort);
  }
  /// Starts the pod with this policy and waits until it is a member.
  bool start(const std::string& kind, int ordinal, const std::string& policy) {
    Pod& pod = kind == "cn" ? net.cn(ordinal) : net.be(ordinal);
    if (ordinal == 0) pod.set_env("SR_AGENT_DNS__SERVERS", dns->address());
    if (!policy.empty()) pod.set_env("SR_AGENT_POLICY__GHOST_ROWS", policy);
    pod.start();
    return net.wait_worker(kind, ordinal) && wait_settled(pod);
  }
  /// A row whose pod is gone: its name was served while it was added.
  void add_ghost(const std::string& kind, int ordinal) {
    net.serve_name(kind, ordinal, true);
    const auto host = host_of(kind, ordinal);
    add_node(net, kind == "cn" ? "COMPUTE NODE" : "BACKEND", host + ":9050");
    net.serve_name(kind, ordinal, false);
  }
  /// The same for a host of another set.
  void add_stranger(const std::string& host) {
    net.dns().set(host, {net.ip_of("cn", 9)});
    add_node(net, "COMPUTE NODE", host + ":9050");
    net.dns().set(host, {});
  }
  [[nodiscard]] std::string host_of(const std::string& kind, int ordinal) const {
    return "kube-" + kind + "-" + std::to_string(ordinal) + "." + net.headless(kind);
  }
  [[nodiscard]] int cn_rows(int ordinal) {
    return rows(net, kComputeNodes, host_of("cn", ordinal));
  }
  /// True once the name of this CN was asked for in `count` readings more.
  [[nodiscard]] bool read_again(int ordinal, int count) {
    const auto host = host_of("cn", ordinal);
    const int from = dns->asked(host);
    return wait_until([&] { return dns->asked(host) >= from + count; }, kLimit);
  }

  PodNet net{{.time_scale = kScale}};
  SimNode fe{quick_fe(net)};
  std::optional<OddDns> dns{};
};

TEST_F(S42_Ghosts, AreToldByTheLowestLivingCnAloneAndStayByDefault) {
  ASSERT_TRUE(start("cn", 0, "") && start("cn", 1, "")) << net.cn(0).console();
  add_ghost("cn", 2);
  ASSERT_TRUE(wait_ghosts(net.cn(0), {host_of("cn", 2)})) << net.cn(0).console();
  EXPECT_NE(net.cn(0).agent("/metrics").find("\nsr_agent_ghost_rows 1\n"), std::string::npos);
  EXPECT_NE(net.cn(0).verb({"status"}).second.find("ghost row     " + host_of("cn", 2) + ":9050"),
            std::string::npos)
      << net.cn(0).verb({"status"}).second;
  ASSERT_TRUE(read_again(2, 2));
  EXPECT_EQ(cn_rows(2), 1) << "told and never dropped";
  EXPECT_EQ(ghosts_of(net.cn(1)), std::nullopt);
  EXPECT_EQ(net.cn(1).agent("/metrics").find("\nsr_agent_ghost_rows "), std::string::npos);
  EXPECT_EQ(srsim::count_of(net.cn(0).console(), " ghost_rows "), 1U) << "a line for a change";
  // The lowest one dies: the next one tells, from its own readings.
  net.cn(0).kill_container();
  EXPECT_TRUE(wait_until(
      [&] {
        const auto told = ghosts_of(net.cn(1));
        return told && std::find(told->begin(), told->end(), host_of("cn", 2)) != told->end();
      },
      kLimit))
      << net.cn(1).console();
  EXPECT_EQ(cn_rows(0), 1);
  EXPECT_EQ(cn_rows(2), 1);
}

TEST_F(S42_Ghosts, OfCnsAreDroppedWithDropHighestFirstAndNothingElseIs) {
  add_ghost("cn", 3);
  add_stranger("kube-cn-spot-5." + net.headless("cn"));
  add_stranger("kube-cn-7.elsewhere.ns.svc.cluster.local");
  add_node(net, "COMPUTE NODE", net.ip_of("cn", 8) + ":9050");
  ASSERT_TRUE(start("cn", 0, "drop") && start("cn", 1, "drop") && start("cn", 2, "drop"));
  net.cn(2).kill_container();  // scaled in: its row stays, its name goes
  net.serve_name("cn", 2, false);
  EXPECT_TRUE(wait_until([&] { return cn_rows(3) == 0 && cn_rows(2) == 0; }, kLimit))
      << net.cn(0).console();
  EXPECT_TRUE(wait_ghosts(net.cn(0), {}));
  const auto statement = [&](int ordinal) {
    return "ALTER SYSTEM DROP COMPUTE NODE \"" + host_of("cn", ordinal) + ":9050\"";
  };
  auto sent = alter_statements(net.fe(0), net.cn(0));
  std::erase_if(sent,
                [](const std::string& text) { return text.find("DROP") == std::string::npos; });
  EXPECT_EQ(sent, (std::vector<std::string>{statement(3), statement(2)}));
  for (const int living : {0, 1})
    EXPECT_EQ(cn_rows(living), 1);
  EXPECT_EQ(rows(net, kComputeNodes, "kube-cn-spot-5." + net.headless("cn")), 1);
  EXPECT_EQ(rows(net, kComputeNodes, "kube-cn-7.elsewhere.ns.svc.cluster.local"), 1);
  EXPECT_EQ(rows(net, kComputeNodes, net.ip_of("cn", 8)), 1);
  const auto decisions = status_of(net.cn(0))["decisions"].dump();
  EXPECT_NE(decisions.find("drops " + host_of("cn", 3)), std::string::npos) << decisions;
  EXPECT_NE(decisions.find("it is gone"), std::string::npos) << decisions;
}

// A StatefulSet has no gap for good: the pod of the lower ordinal is still to come.
TEST_F(S42_Ghosts, BelowALivingOrdinalAreToldAndNotDropped) {
  ASSERT_TRUE(start("cn", 0, "drop") && start("cn", 2, "drop"));
  add_ghost("cn", 1);
  ASSERT_TRUE(wait_ghosts(net.cn(0), {host_of("cn", 1)})) << net.cn(0).console();
  ASSERT_TRUE(read_again(1, 2));
  EXPECT_EQ(cn_rows(1), 1);
}

TEST_F(S42_Ghosts, OfBesAreToldOnlyWhateverThePolicyIs) {
  ASSERT_TRUE(start("be", 0, "drop"));
  add_ghost("be", 1);
  const auto host = host_of("be", 1);
  ASSERT_TRUE(wait_ghosts(net.be(0), {host})) << net.be(0).console();
  const int from = dns->asked(host);
  ASSERT_TRUE(wait_until([&] { return dns->asked(host) >= from + 2; }, kLimit));
  EXPECT_EQ(rows(net, kBackends, host), 1);
  EXPECT_EQ(row_cell(net, kBackends, host, "SystemDecommissioned"), "false");
}

/// Name servers that prove nothing, and the row that stays until they do.
struct Doubt {
  std::string name{};
  OddAnswer answer{};
  std::vector<int> bent{};  ///< CNs of whose names it is the answer.
};

void PrintTo(const Doubt& doubt, std::ostream* out) {
  *out << doubt.name;
}

class S42_GhostDoubt : public S42_Ghosts, public testing::WithParamInterface<Doubt> {};

TEST_P(S42_GhostDoubt, DropsNothing) {
  for (const int ordinal : GetParam().bent)
    dns->bend(host_of("cn", ordinal), GetParam().answer);
  add_ghost("cn", 2);
  ASSERT_TRUE(start("cn", 0, "drop") && start("cn", 1, "drop"));
  ASSERT_TRUE(read_again(2, kReadings + 1)) << net.cn(0).console();
  EXPECT_EQ(cn_rows(2), 1);
  EXPECT_TRUE(ghosts_of(net.cn(0)).value_or(std::vector<std::string>{}).empty());
  EXPECT_EQ(why_unknown(net.cn(0)).empty(), GetParam().bent != std::vector{1});
  for (const int ordinal : GetParam().bent)
    dns->mend(host_of("cn", ordinal));
  EXPECT_TRUE(wait_until([&] { return cn_rows(2) == 0; }, kLimit)) << net.cn(0).console();
  for (const int living : {0, 1})
    EXPECT_EQ(cn_rows(living), 1);
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    S42_GhostDoubt,
    testing::Values(Doubt{"SilentOfTheGhost", {OddAnswer::Kind::kSilence}, {2}},
                    Doubt{"FailingForTheGhost", {OddAnswer::Kind::kServfail}, {2}},
                    Doubt{"AbsentForALivingOne", {OddAnswer::Kind::kAbsent}, {1}},
                    Doubt{"ANameThatIsThere", {OddAnswer::Kind::kAddresses, {"127.9.9.9"}}, {2}}),
    [](const auto& one) { return one.param.name; });

TEST(S42_GhostFe, IsToldByTheLeadingFeAloneAndNeverDropped) {
  PodNet net({.time_scale = 20});
  for (int i = 0; i < 3; ++i)
    net.fe(i).set_env("SR_AGENT_POLICY__GHOST_ROWS", "drop");
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(0).console();
  ASSERT_TRUE(all_sealed(net));
  const auto list = net.frontends(0);
  int leader = 0;
  for (int i = 0; i < 3; ++i)
    if (srsim::cell(list.row("IP", net.fe(i).fqdn()), "Role") == "LEADER") leader = i;
  const int gone = leader == 2 ? 1 : 2;
  const int other = 3 - leader - gone;
  net.fe(gone).kill_container();
  net.serve_name("fe", gone, false);
  ASSERT_TRUE(wait_ghosts(net.fe(leader), {net.fe(gone).fqdn()})) << net.fe(leader).console();
  EXPECT_EQ(ghosts_of(net.fe(other)), std::nullopt);
  ASSERT_TRUE(looks_on(net.fe(leader)));
  EXPECT_EQ(rows_of(net.frontends(leader), net.fe(gone).fqdn()), 1U);
  EXPECT_EQ(net.frontends(leader).rows.size(), 3U);
}

}  // namespace
}  // namespace podlab
