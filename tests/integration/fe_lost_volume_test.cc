#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

#include <gtest/gtest.h>

#include "fe_lab.h"

/// FEs that lost their volume while others have theirs: S08, S19.
namespace podlab {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kNone{};

std::string drop_follower(const Pod& pod) {
  return "ALTER SYSTEM DROP FOLLOWER \"" + pod.fqdn() + ":9010\"";
}

/// The order in which the three agents come up, FE 0 with a new volume.
using Order = std::array<int, 3>;

/// What of FE 0 is left: its log volume may hold a copy of its certificate.
enum class Left : std::uint8_t { kNothing, kCertificate };

class S08_WipedOrdinalZero : public testing::TestWithParam<std::tuple<Order, Left>> {
 protected:
  /// Three sealed members; all containers end, and FE 0 loses its volume.
  void lose_volume_of_zero() {
    ASSERT_TRUE(net.start_frontends(3)) << net.fe(0).console();
    ASSERT_TRUE(all_sealed(net));
    list = net.frontends(1);
    for (int i = 0; i < 3; ++i)
      net.fe(i).kill_container();
    net.fe(0).lose_volume();
    const auto certificate = net.fe(0).home() + "/log/sr-agent.certificate";
    ASSERT_TRUE(fs::exists(certificate));
    if (std::get<Left>(GetParam()) == Left::kNothing) fs::remove(certificate);
  }

  /// FE 0 is first and hears nobody: it must not found.
  void expect_waits_alone() {
    const bool remembers = std::get<Left>(GetParam()) == Left::kCertificate;
    ASSERT_TRUE(net.fe(0).wait_reason(remembers ? "cluster_exists" : "waiting_for_peers"))
        << net.fe(0).console();
    ASSERT_TRUE(looks_on(net.fe(0)));
    EXPECT_FALSE(has_metadata(net.fe(0)));
    EXPECT_EQ(net.fe(0).server_pid(), 0);
  }

  /// What identifies FE 1 and FE 2 on their disks.
  [[nodiscard]] std::vector<std::string> identities() {
    std::vector<std::string> out;
    for (int i = 1; i < 3; ++i) {
      for (const std::string file : {"ROLE", "VERSION"})
        out.push_back(without_date(net.fe(i).file("meta/image/" + file)));
    }
    return out;
  }

  /// They are the rows that they were, and told nobody to change the list since their own joins.
  void expect_others_untouched() {
    const auto now = net.frontends(1);
    for (int i = 1; i < 3; ++i) {
      const auto host = net.fe(i).fqdn();
      for (const std::string column : {"Id", "Name"}) {
        EXPECT_EQ(srsim::cell(now.row("IP", host), column),
                  srsim::cell(list.row("IP", host), column));
      }
      EXPECT_EQ(alter_statements(net.fe(0), net.fe(i)), std::vector{add_follower(net.fe(i))});
      EXPECT_EQ(alter_statements(net.fe(3 - i), net.fe(i)), kNone);
      EXPECT_EQ(helpers_of_starts(net.fe(i)).back(), "");
    }
  }

  PodNet net{};
  SqlAnswer list{};  ///< Before.
};

TEST_P(S08_WipedOrdinalZero, JoinsTheClusterOfItsPeersAndChangesNothingThere) {
  ASSERT_NO_FATAL_FAILURE(lose_volume_of_zero());
  const auto ids = net.cluster_ids_on_disk();
  const auto before = identities();
  const auto order = std::get<Order>(GetParam());
  for (const int i : order) {
    net.fe(i).start();
    if (i == order.front() && i == 0) {
      ASSERT_NO_FATAL_FAILURE(expect_waits_alone());
    }
  }
  EXPECT_TRUE(wait_sealed(net.fe(0))) << net.fe(0).console();
  EXPECT_TRUE(net.wait_frontends(3, 1, milliseconds(120000))) << net.fe(0).console();
  EXPECT_EQ(net.cluster_ids_on_disk(), ids);
  EXPECT_EQ(rows_of(net.frontends(1), net.fe(0).fqdn()), 1U);
  EXPECT_EQ(identities(), before);
  expect_others_untouched();
  // FE 0 alone was given a helper, and it never started without one since.
  EXPECT_FALSE(helpers_of_starts(net.fe(0)).back().empty());
}

INSTANTIATE_TEST_SUITE_P(Orders,
                         S08_WipedOrdinalZero,
                         testing::Combine(testing::Values(Order{0, 1, 2},
                                                          Order{0, 2, 1},
                                                          Order{1, 0, 2},
                                                          Order{1, 2, 0},
                                                          Order{2, 0, 1},
                                                          Order{2, 1, 0}),
                                          testing::Values(Left::kNothing, Left::kCertificate)),
                         [](const auto& param) {
                           std::string out;
                           for (const int i : std::get<Order>(param.param))
                             out += std::to_string(i);
                           return out + (std::get<Left>(param.param) == Left::kNothing
                                             ? ""
                                             : "_with_a_certificate");
                         });

TEST(S19_VolumeLostRowStays, TheDeadRowIsReplacedAndThereIsOneRowAfterwards) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3));
  ASSERT_TRUE(all_sealed(net));
  net.fe(2).kill_container();
  net.fe(2).lose_volume();
  EXPECT_TRUE(wait_until([&] { return rows_of(net.frontends(0), net.fe(2).fqdn()) == 1; }));
  const auto before = statements(net.fe(0), net.fe(2)).size();
  net.fe(2).start();
  ASSERT_TRUE(net.fe(2).wait_reason("joining")) << net.fe(2).console();
  // Its row shows Alive for a while after the process; the seal comes from a new StartTime only.
  ASSERT_TRUE(
      wait_until([&] { return fs::exists(net.fe(2).state() + "/sealed"); }, milliseconds(120000)))
      << net.fe(2).console();
  EXPECT_TRUE(net.wait_frontends(3, 0)) << net.fe(2).console();
  EXPECT_EQ(rows_of(net.frontends(0), net.fe(2).fqdn()), 1U);
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
  // By the leader's audit log: replaced once, and only after the empty FE's readings of the row
  // were 25 s apart.
  const auto said = statements(net.fe(0), net.fe(2));
  const auto altered = alter_statements(net.fe(0), net.fe(2));
  ASSERT_EQ(
      altered,
      (std::vector{add_follower(net.fe(2)), drop_follower(net.fe(2)), add_follower(net.fe(2))}));
  const auto drop = std::find_if(said.begin(), said.end(), [&](const Statement& one) {
    return one.text == drop_follower(net.fe(2));
  });
  EXPECT_GE(drop->at_ms - said.at(before).at_ms, 25'000);
  EXPECT_EQ(helpers_of_starts(net.fe(2)).back(), net.fe(0).fqdn() + ":9010");
}

TEST(S19_VolumeLostRowStays, WithoutALivingMajorityItWaitsAndSaysSo) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3));
  ASSERT_TRUE(all_sealed(net));
  for (int i = 1; i < 3; ++i)
    net.fe(i).kill_container();
  net.fe(2).lose_volume();
  net.fe(2).start();
  ASSERT_TRUE(wait_until(
      [&] {
        if (!net.fe(0).running()) net.fe(0).start();  // it ends with 255 without a majority
        const auto reason = net.fe(2).status("reason");
        return reason == "no_leader" || reason == "quorum_lost" || reason == "quorum_risk";
      },
      milliseconds(90000)))
      << net.fe(2).console();
  // It stays so for many rounds, though FE 0 is kept up beside it.
  ASSERT_TRUE(looks_on(net.fe(2)));
  EXPECT_EQ(net.fe(2).server_pid(), 0);
  EXPECT_FALSE(has_metadata(net.fe(2)));
  EXPECT_EQ(alter_statements(net.fe(0), net.fe(2)), std::vector{add_follower(net.fe(2))})
      << "that of its first join";
  EXPECT_EQ(alter_statements(net.fe(1), net.fe(2)), kNone);
}

}  // namespace
}  // namespace podlab
