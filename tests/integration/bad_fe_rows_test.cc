#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

#include "bad_input.h"
#include "fe_lab.h"
#include "worker_lab.h"

/// A BE or CN whose FE gives bad lists: it serves, its row is left as it is, its volume as well,
/// and it goes on by itself once the list is right.
namespace podlab {
namespace {

namespace fs = std::filesystem;
using srsim::SimNode;

struct BadRows {
  std::string name{};
  std::string fault{};  ///< Of the simulator's control interface.
  std::string reason{};
};
void PrintTo(const BadRows& value, std::ostream* out) {
  *out << value.name;
}

class BadInput_Fe : public testing::TestWithParam<std::tuple<BadRows, std::string>> {
 protected:
  /// A cluster whose list has the row of another node already, and data on the own volume.
  void SetUp() override {
    ASSERT_TRUE(found(fe));
    net.dns().set("other.example", {net.ip_of("be", 20)});
    ASSERT_TRUE(fe.sql("ALTER SYSTEM ADD " + words() + " 'other.example:9050'").ok);
    node.set_env("SR_AGENT_SQL__SHOW_TIMEOUT_MS", "500");
    node.set_env("SR_AGENT_SQL__CONNECT_TIMEOUT_MS", "500");
    fs::create_directories(node.home() + "/storage/data/0");
    write_text(node.home() + "/storage/data/0/tablet", "rows\n");
    write_text(node.home() + "/storage/notes.txt", "of a person\n");
  }

  [[nodiscard]] static bool is_be() { return std::get<1>(GetParam()) == "be"; }
  [[nodiscard]] static std::string words() { return is_be() ? "BACKEND" : "COMPUTE NODE"; }
  [[nodiscard]] std::string add_statement() const {
    return "ALTER SYSTEM ADD " + words() + " \"" + node.fqdn() + ":9050\"";
  }
  void strike() {
    const std::string match = is_be() ? "show_backends" : "show_compute_nodes";
    fe.control("/fault?where=sql&match=" + match + "&kind=" + std::get<0>(GetParam()).fault);
  }
  /// The list by a statement that no fault strikes.
  [[nodiscard]] std::size_t listed() const {
    return fe.sql(is_be() ? "SHOW PROC '/backends'" : "SHOW PROC '/compute_nodes'").rows.size();
  }
  /// Serves, told why it knows nothing of its row, and goes on looking.
  void expect_serves_with_reason() {
    EXPECT_TRUE(wait_healthy(node)) << node.console();
    const int starts = server_starts(node);
    ASSERT_TRUE(node.wait_reason(std::get<0>(GetParam()).reason)) << node.console();
    ASSERT_TRUE(looks_on(node));
    EXPECT_EQ(node.status("reason"), std::get<0>(GetParam()).reason) << node.status("detail");
    EXPECT_EQ(probe(node, "/livez"), 200);
    EXPECT_EQ(probe(node, "/readyz"), 503);
    EXPECT_EQ(server_starts(node), starts);
  }
  void expect_keeps(const std::map<std::string, std::string>& before) {
    const auto now = volume(node);
    for (const auto& [path, text] : before) {
      const auto kept = now.find(path);
      ASSERT_NE(kept, now.end()) << path;
      EXPECT_EQ(kept->second, text) << path;
    }
  }

  PodNet net{};
  SimNode fe{bare_fe(net, 0)};
  Pod& node = is_be() ? net.be(0) : net.cn(0);
};

TEST_P(BadInput_Fe, NothingIsAddedUntilTheListIsRightAndNothingOnTheVolumeIsTouched) {
  const auto before = volume(node);
  ASSERT_EQ(before.size(), 2U);
  strike();
  node.start();
  expect_serves_with_reason();
  EXPECT_TRUE(alter_statements(net.fe(0), node).empty());
  EXPECT_EQ(listed(), 1U);
  expect_keeps(before);
  fe.control("/clear");
  EXPECT_TRUE(net.wait_worker(is_be() ? "be" : "cn", 0)) << node.console();
  EXPECT_EQ(alter_statements(net.fe(0), node), std::vector{add_statement()});
  EXPECT_EQ(listed(), 2U);
  expect_stops(node);
  expect_keeps(before);
}

TEST_P(BadInput_Fe, AMemberIsNeitherAddedAgainNorTakenForDropped) {
  node.start();
  ASSERT_TRUE(wait_settled(node)) << node.console();
  expect_stops(node);
  const auto before = volume(node);
  strike();
  node.start();
  expect_serves_with_reason();
  EXPECT_EQ(alter_statements(net.fe(0), node), std::vector{add_statement()}) << "the first";
  EXPECT_EQ(listed(), 2U);
  expect_keeps(before);
  fe.control("/clear");
  EXPECT_TRUE(wait_settled(node)) << node.console();
  EXPECT_EQ(alter_statements(net.fe(0), node), std::vector{add_statement()});
  expect_stops(node);
  expect_keeps(before);
}

INSTANTIATE_TEST_SUITE_P(
    Answers,
    BadInput_Fe,
    testing::Combine(
        testing::Values(
            BadRows{"no_port", "missing_column&text=HeartbeatPort", "unsupported_fe"},
            BadRows{"no_host", "missing_column&text=IP", "unsupported_fe"},
            BadRows{"no_alive", "renamed_column&text=Alive", "unsupported_fe"},
            BadRows{"port_is_a_word", "replaced_cell&text=9050:ninety", "unsupported_fe"},
            BadRows{"alive_is_a_word", "replaced_cell&text=false:per%01haps", "unsupported_fe"},
            BadRows{"host_is_empty", "replaced_cell&text=other.example:", "unsupported_fe"},
            BadRows{"short_rows", "short_rows", "unsupported_fe"},
            BadRows{"ok_in_place_of_rows", "wrong_answer", "unsupported_fe"},
            BadRows{"garbled", "garbled", "fe_unreachable"},
            BadRows{"cut_off", "truncated", "fe_unreachable"},
            BadRows{"hangs", "hang", "fe_unreachable"},
            BadRows{"hangs_inside_a_row", "hang_in_row", "fe_unreachable"}),
        testing::Values("be", "cn")),
    [](const auto& param) {
      return std::get<0>(param.param).name + "_to_a_" + std::get<1>(param.param);
    });

}  // namespace
}  // namespace podlab
