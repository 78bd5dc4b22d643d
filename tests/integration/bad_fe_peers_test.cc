#include <csignal>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "bad_input.h"
#include "fe_lab.h"
#include "io_peer.h"
#include "worker_lab.h"

/// An FE with an empty volume among peers that answer badly: on the query port, and on the agent's.
namespace podlab {
namespace {

using sragent::test::ScriptedPeer;
using srsim::SimNode;

constexpr std::uint16_t kAgentPort = 8099;

/// Files of others on the volume, which nobody may touch.
void put_foreign_files(const Pod& fe) {
  std::filesystem::create_directories(fe.meta() + "/backup");
  std::ofstream{fe.meta() + "/notes.txt"} << "of a person\n";
  std::ofstream{fe.meta() + "/backup/image.1"} << "old image\n";
}

struct BadSql {
  std::string name{};
  std::string fault{};  ///< Of the simulator's control interface.
  std::string reason{};
  std::string joiner_rule{};
  std::string founder_rule{};
  std::string told{};  ///< Part of what `explain` says about that FE.
};
void PrintTo(const BadSql& value, std::ostream* out) {
  *out << value.name;
}

class BadInput_FeList : public testing::TestWithParam<std::tuple<BadSql, int>> {};

TEST_P(BadInput_FeList, FoundsAndStartsNothingAndJoinsOnceTheListIsRight) {
  const auto& [bad, ordinal] = GetParam();
  PodNet net;
  SimNode cluster(bare_fe(net, 1 - ordinal));
  ASSERT_TRUE(found(cluster));
  cluster.control("/fault?where=sql&" + bad.fault);
  Pod& fe = net.fe(ordinal);
  put_foreign_files(fe);
  const auto before = volume(fe);
  fe.set_env("SR_AGENT_SQL__SHOW_TIMEOUT_MS", "700");
  fe.set_env("SR_AGENT_SQL__CONNECT_TIMEOUT_MS", "700");
  fe.start();
  expect_waits(fe, ordinal == 0 ? bad.founder_rule : bad.joiner_rule, bad.reason, before);
  EXPECT_NE(explained(fe).dump().find(bad.told), std::string::npos) << explained(fe).dump(1);
  EXPECT_TRUE(alter_statements(net.fe(1 - ordinal), fe).empty());
  expect_ends_on_term(fe, bad.reason);
  EXPECT_EQ(volume(fe), before);
  fe.start();
  ASSERT_TRUE(fe.wait_reason(bad.reason)) << fe.console();
  cluster.control("/clear");
  EXPECT_EQ(cluster.sql("SHOW FRONTENDS").rows.size(), 1U);
  EXPECT_TRUE(wait_until(
      [&] {
        const auto row = cluster.sql("SHOW FRONTENDS").row("IP", fe.fqdn());
        return srsim::cell(row, "Join") == "true" && srsim::cell(row, "Alive") == "true";
      },
      milliseconds(90000)))
      << fe.console();
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
  EXPECT_EQ(fe.file("meta/notes.txt"), "of a person\n");
}

INSTANTIATE_TEST_SUITE_P(
    Answers,
    BadInput_FeList,
    testing::Combine(
        testing::Values(
            BadSql{"no_role",
                   "match=show_frontends&kind=missing_column&text=Role",
                   "unsupported_fe",
                   "14",
                   "14",
                   "Role"},
            BadSql{"no_join",
                   "match=show_frontends&kind=missing_column&text=Join",
                   "unsupported_fe",
                   "14",
                   "14",
                   "Join"},
            BadSql{"no_cluster_id",
                   "match=show_frontends&kind=missing_column&text=ClusterId",
                   "unsupported_fe",
                   "14",
                   "14",
                   "ClusterId"},
            BadSql{"role_is_a_word",
                   "match=show_frontends&kind=replaced_cell&text=LEADER:KING",
                   "unsupported_fe",
                   "14",
                   "14",
                   "KING"},
            BadSql{"join_is_a_word",
                   "match=show_frontends&kind=replaced_cell&text=true:perhaps",
                   "unsupported_fe",
                   "14",
                   "14",
                   "perhaps"},
            BadSql{"port_is_a_word",
                   "match=show_frontends&kind=replaced_cell&text=9010:ninety",
                   "unsupported_fe",
                   "14",
                   "14",
                   "ninety"},
            BadSql{"short_rows",
                   "match=show_frontends&kind=short_rows",
                   "unsupported_fe",
                   "14",
                   "14",
                   ":9030"},
            BadSql{"ok_in_place_of_rows",
                   "match=show_frontends&kind=wrong_answer",
                   "unsupported_fe",
                   "14",
                   "14",
                   "IP"},
            BadSql{
                "garbled", "match=show_frontends&kind=garbled", "no_leader", "18", "18", ":9030"},
            BadSql{"hangs_after_the_login",
                   "match=show_frontends&kind=hang",
                   "no_leader",
                   "18",
                   "18",
                   ":9030"},
            BadSql{"hangs_inside_a_row",
                   "match=show_frontends&kind=hang_in_row",
                   "no_leader",
                   "18",
                   "18",
                   ":9030"},
            BadSql{
                "cut_off", "match=show_frontends&kind=truncated", "no_leader", "18", "18", ":9030"},
            BadSql{"hangs_after_the_greeting",
                   "match=connect&kind=hang",
                   "waiting_for_peers",
                   "27",
                   "28",
                   "8099"}),
        testing::Values(0, 1)),
    [](const auto& param) {
      return std::get<0>(param.param).name +
             (std::get<1>(param.param) == 0 ? "_to_the_founder" : "_to_a_joiner");
    });

std::string http_ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// A well-made answer of a member but for `cluster_id`.
std::string identity(const std::string& cluster_id) {
  return R"({"host":"kube-fe-1","address":"","headless":"","session":"s","kind":"fe",)"
         R"("meta":"sealed","cluster_id":")" +
         cluster_id +
         R"(","members":[],"remembers":[],"founder":"","busy":false,"consents":false,)"
         R"("leader_seen":""})";
}

struct BadAgent {
  std::string name{};
  ScriptedPeer::Script script{};
  std::string told{};  ///< Part of the detail: what is wrong with that peer.
};
void PrintTo(const BadAgent& value, std::ostream* out) {
  *out << value.name;
}

class BadInput_AgentPort : public testing::TestWithParam<BadAgent> {};

TEST_P(BadInput_AgentPort, ThePeerIsUnknownNothingIsFoundedAndItGoesOnWhenItAnswers) {
  PodNet net({.fe_count = 2, .all_names = false});
  net.serve_name("fe", 0, true);
  net.serve_name("fe", 1, true);
  Pod& fe = net.fe(0);
  put_foreign_files(fe);
  const auto before = volume(fe);
  {
    const ScriptedPeer peer(GetParam().script, net.ip_of("fe", 1), kAgentPort);
    fe.set_env("SR_AGENT_HTTP__PEER_TIMEOUT_MS", "700");
    fe.start();
    expect_waits(fe, "28", "waiting_for_peers", before);
    const auto at = net.ip_of("fe", 1) + " is unknown";
    EXPECT_NE(fe.status("detail").find(at), std::string::npos) << fe.status("detail");
    EXPECT_NE(fe.status("detail").find(GetParam().told), std::string::npos) << fe.status("detail");
    EXPECT_LT(fe.status("detail").size(), 1000U) << "the peer's bytes are not repeated";
    EXPECT_GT(peer.connections(), 0);
    expect_ends_on_term(fe, "waiting_for_peers");
    EXPECT_EQ(volume(fe), before);
    fe.start();
    ASSERT_TRUE(fe.wait_reason("waiting_for_peers")) << fe.console();
  }
  net.fe(1).start();
  EXPECT_TRUE(net.wait_frontends(2)) << fe.console();
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
  EXPECT_EQ(fe.file("meta/notes.txt"), "of a person\n");
}

INSTANTIATE_TEST_SUITE_P(
    Peers,
    BadInput_AgentPort,
    testing::Values(BadAgent{"streams_for_ever",
                             [](int fd) {
                               sragent::test::receive_until(fd, "\r\n\r\n");
                               sragent::test::send_text(fd, "HTTP/1.1 200 OK\r\n\r\n");
                               while (sragent::test::send_text(fd, std::string(4096, 'x')))
                                 continue;
                             },
                             "too large"},
                    BadAgent{"headers_for_ever",
                             [](int fd) {
                               sragent::test::receive_until(fd, "\r\n\r\n");
                               sragent::test::send_text(fd, "HTTP/1.1 200 OK\r\n");
                               while (sragent::test::send_text(fd, "X-More: and more\r\n"))
                                 continue;
                             },
                             "too large"},
                    BadAgent{"cluster_id_of_a_megabyte",
                             [](int fd) {
                               sragent::test::receive_until(fd, "\r\n\r\n");
                               sragent::test::send_text(
                                   fd, http_ok(identity(std::string(1'000'000, '7'))));
                             },
                             "too large"},
                    BadAgent{"cluster_id_of_a_kilobyte",
                             [](int fd) {
                               sragent::test::receive_until(fd, "\r\n\r\n");
                               sragent::test::send_text(fd,
                                                        http_ok(identity(std::string(1000, '7'))));
                             },
                             "too long"},
                    BadAgent{"no_json",
                             [](int fd) {
                               sragent::test::receive_until(fd, "\r\n\r\n");
                               sragent::test::send_text(fd, http_ok("\x80\xff{{{"));
                             },
                             "no JSON"},
                    BadAgent{"mute", [](int fd) { sragent::test::hang(fd); }, ":8099"}),
    [](const auto& param) { return param.param.name; });

/// A mesh proxy that accepts for a port that nobody declared, and passes nothing on.
TEST(S63_MeshComesLate, FeZeroWithAnEmptyVolumeFoundsNothingAndNamesEachMuteAgentPort) {
  PodNet net;
  Pod& fe = net.fe(0);
  {
    const auto mute = [](int fd) { sragent::test::hang(fd); };
    const ScriptedPeer one(mute, net.ip_of("fe", 1), kAgentPort);
    const ScriptedPeer two(mute, net.ip_of("fe", 2), kAgentPort);
    fe.set_env("SR_AGENT_HTTP__PEER_TIMEOUT_MS", "700");
    fe.start();
    expect_waits(fe, "28", "waiting_for_peers", {});
    for (int i = 1; i < 3; ++i) {
      EXPECT_NE(fe.status("detail").find(net.ip_of("fe", i) + ":8099"), std::string::npos)
          << fe.status("detail");
    }
  }
  const auto pid = fe.pid();
  net.fe(1).start();
  net.fe(2).start();
  EXPECT_TRUE(net.wait_frontends(3)) << fe.console();
  EXPECT_EQ(fe.pid(), pid);
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
}

}  // namespace
}  // namespace podlab
