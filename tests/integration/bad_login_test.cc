#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "bad_input.h"
#include "fe_lab.h"
#include "io_peer.h"
#include "io_sql_wire.h"
#include "moments.h"
#include "worker_lab.h"

/// Logins that are refused, and password files that vanish: S04, S24, S58, and the bad input of an
/// FE.
namespace podlab {
namespace {

namespace fs = std::filesystem;
namespace wire = sragent::test;
using srsim::SimNode;

constexpr std::uint16_t kQueryPort = 9030;
const char* const kService = "kube-fe-service.ns.svc.cluster.local";

/// A server that greets everybody and refuses every login; it knows when each came.
class RefusingServer {
 public:
  explicit RefusingServer(const std::string& ip)
      : peer_([this](int fd) { refuse(fd); }, ip, kQueryPort) {}

  [[nodiscard]] std::vector<Moment> logins() const { return logins_.all(); }
  [[nodiscard]] int connections() const { return peer_.connections(); }

 private:
  void refuse(int fd) {
    wire::send_text(fd, wire::greeting());
    if (wire::receive_packet(fd).empty()) return;  // a bare connect
    logins_.note();
    wire::send_text(fd, wire::failure(2, 1045, "28000", "Access denied for user 'root'"));
  }

  Moments logins_{};
  wire::ScriptedPeer peer_;
};

/// The least that the pauses of a back-off from `first_s` doubled up to `most_s` come to; half of
/// each is random.
double least_s(std::size_t logins, double first_s, double most_s) {
  double out = 0;
  double pause = first_s;
  for (std::size_t i = 1; i < logins; ++i, pause *= 2)
    out += std::min(pause, most_s) / 2;
  return out;
}

class S58_RootPasswordChanged : public testing::TestWithParam<std::string> {};

TEST_P(S58_RootPasswordChanged, ABeOrCnTriesFewLoginsAndServesMeanwhile) {
  constexpr double kScale = 20;
  constexpr std::size_t kLogins = 11;
  PodNet net({.time_scale = kScale});
  Pod& node = GetParam() == "be" ? net.be(0) : net.cn(0);
  {
    RefusingServer server(net.ip_of("fe", 0));
    node.start();
    EXPECT_TRUE(wait_healthy(node)) << node.console();
    EXPECT_TRUE(node.wait_reason("auth_failed")) << node.console();
    ASSERT_TRUE(wait_until([&] { return server.logins().size() >= kLogins; }, milliseconds(60000)))
        << node.console();
    const auto logins = server.logins();
    EXPECT_GE(span_s(logins, kScale), least_s(logins.size(), 0.25, 30) * 0.8);
    // Ports are tried without a login.
    EXPECT_GT(server.connections(), static_cast<int>(logins.size()));
    EXPECT_EQ(node.status("reason"), "auth_failed");
    const auto metrics = node.agent("/metrics");
    EXPECT_NE(metrics.find("\nsr_agent_reason{reason=\"auth_failed\"} 1\n"), std::string::npos)
        << metrics;
    EXPECT_EQ(server_starts(node), 1);
  }
  SimNode cluster(bare_fe(net, 0));
  ASSERT_TRUE(found(cluster));
  EXPECT_TRUE(net.wait_worker(GetParam(), 0)) << node.console();
  EXPECT_EQ(server_starts(node), 1);
}

INSTANTIATE_TEST_SUITE_P(Kinds,
                         S58_RootPasswordChanged,
                         testing::Values("be", "cn"),
                         [](const auto& param) { return param.param; });

TEST(S24_NoFeAnswers, OneLoginFollowsWhenAPortBeginsToAcceptAndNoneBefore) {
  PodNet net;
  Pod& be = net.be(0);
  be.start();
  EXPECT_TRUE(wait_healthy(be)) << be.console();
  EXPECT_TRUE(be.wait_reason("fe_unreachable")) << be.console();
  RefusingServer server(net.ip_of("fe", 0));
  EXPECT_TRUE(wait_until([&] { return server.logins().size() == 1; })) << be.console();
  EXPECT_TRUE(be.wait_reason("auth_failed")) << be.console();
  EXPECT_TRUE(be.running());
  EXPECT_EQ(server_starts(be), 1);
}

TEST(S58_FeWithoutMetadata, TriesFewLoginsFoundsNothingAndNamesTheRefusal) {
  constexpr double kScale = 20;
  constexpr std::size_t kLogins = 9;
  PodNet net({.time_scale = kScale});
  Pod& fe = net.fe(0);
  RefusingServer server(net.ip_of("fe", 1));
  fe.start();
  expect_waits(fe, "14", "auth_failed", {});
  ASSERT_TRUE(wait_until([&] { return server.logins().size() >= kLogins; }, milliseconds(90000)))
      << fe.console();
  const auto logins = server.logins();
  // 1, 2, 4 ... 32, 60 s; looking itself takes time as well.
  EXPECT_GE(span_s(logins, kScale), least_s(logins.size(), 1, 60));
  EXPECT_EQ(fe.server_pid(), 0);
  expect_ends_on_term(fe, "auth_failed");
}

bool told_unreadable(const Pod& pod) {
  return pod.console().find("password_file_unreadable") != std::string::npos;
}

/// The agent looked for the vanished file, and its reason names it.
void expect_unreadable(const Pod& pod, const std::string& file) {
  const auto named = [&] {
    return pod.status("reason") == "auth_failed" &&
           pod.status("detail").find("; sql.password_file: read " + file) != std::string::npos;
  };
  EXPECT_TRUE(wait_until(named, milliseconds(60000))) << pod.status("detail") << pod.console();
  EXPECT_TRUE(told_unreadable(pod)) << pod.console();
}

TEST(S58_FeWithMetadata, RestartsAfterAPasswordChangeWithoutALoginAndHealsByTheFile) {
  PodNet net;
  ASSERT_TRUE(net.start_frontends(3)) << net.fe(1).console();
  Pod& fe = net.fe(2);
  ASSERT_TRUE(wait_until([&] { return fs::exists(fe.state() + "/sealed"); }));
  const auto list = net.frontends(0);
  ASSERT_TRUE(net.fe(0).sql("SET PASSWORD = PASSWORD('pw')").ok);
  fe.kill_container();
  const auto file = fe.home() + "/password";
  write_text(file, "old\n");
  fe.set_env("SR_AGENT_SQL__PASSWORD_FILE", file);
  fe.start();
  EXPECT_TRUE(wait_until([&] { return fe.server_pid() != 0; })) << fe.console();
  ASSERT_TRUE(fe.wait_reason("auth_failed")) << fe.console();
  EXPECT_EQ(fe.status("phase"), "running");
  EXPECT_EQ(decisions_of(fe).back(), "5 Resume");
  EXPECT_EQ(helpers_of_starts(fe).back(), "");
  EXPECT_NE(fe.status("detail").find("Access denied"), std::string::npos) << fe.status("detail");
  const auto server = fe.server_pid();
  fs::remove(file);  // and then it vanishes
  expect_unreadable(fe, file);
  EXPECT_EQ(fe.server_pid(), server);
  write_text(file, "pw\n");
  EXPECT_TRUE(wait_until([&] { return fe.status("reason") == "none"; }, milliseconds(90000)))
      << fe.console();
  EXPECT_EQ(fe.server_pid(), server) << "no restart";
  EXPECT_EQ(server_starts(fe), 2);
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
  EXPECT_EQ(decisions_of(fe).back(), "5 Resume");
  expect_stops(fe);
}

/// Whoever logs in has a password until that is refused, and the refusal names the file.
TEST(S58_FeWithMetadata, ServesOnWithWhatItReadWhenTheFileVanishesAndNamesItWhenThatIsRefused) {
  PodNet net({.fe_count = 1, .all_names = false});
  net.serve_name("fe", 0, true);
  Pod& fe = net.fe(0);
  fe.start();
  ASSERT_TRUE(wait_sealed(fe)) << fe.console();
  ASSERT_TRUE(fe.sql("SET PASSWORD = PASSWORD('Geheim-7')").ok);
  fe.kill_container();
  const auto file = fe.home() + "/password";
  write_text(file, "Geheim-7\n");
  fe.set_env("SR_AGENT_SQL__PASSWORD_FILE", file);
  fe.start();
  ASSERT_TRUE(wait_probe(fe, "/readyz", 200, "ok\n")) << fe.console();
  EXPECT_EQ(decisions_of(fe).back(), "5 Resume");
  const auto server = fe.server_pid();
  fs::remove(file);
  ASSERT_TRUE(wait_until([&] { return told_unreadable(fe); }, milliseconds(60000))) << fe.console();
  ASSERT_TRUE(looks_on(fe));
  EXPECT_EQ(fe.status("reason"), "none") << fe.status("detail");
  EXPECT_EQ(probe(fe, "/readyz"), 200) << fe.agent("/readyz?verbose");
  control(fe, "/fault?where=sql&match=connect&kind=error&code=1045&text=Access+denied");
  expect_unreadable(fe, file);
  control(fe, "/clear");
  EXPECT_TRUE(wait_probe(fe, "/readyz", 200, "ok\n")) << fe.console();
  EXPECT_TRUE(fe.wait_reason("none")) << fe.console();
  EXPECT_FALSE(fs::exists(file));
  EXPECT_EQ(fe.server_pid(), server) << "no restart";
  EXPECT_EQ(fe.console().find("Geheim"), std::string::npos);
  EXPECT_EQ(decisions_of(fe).back(), "5 Resume");
  expect_stops(fe);
}

// Five tries are refused, each a bare connect and a login: how long that lasts tells the pace.
TEST(S58_FeWithMetadata, AsksItsOwnServerAtALengtheningPace) {
  PodNet net({.fe_count = 1, .all_names = false});  // nobody else logs in
  net.serve_name("fe", 0, true);
  ASSERT_TRUE(net.start_frontends(1)) << net.fe(0).console();
  Pod& fe = net.fe(0);
  ASSERT_TRUE(wait_until([&] { return fs::exists(fe.state() + "/sealed"); }));
  ASSERT_TRUE(wait_until([&] { return fe.status("reason") == "none"; })) << fe.console();
  const std::string fault =
      "/fault?where=sql&match=connect&kind=error&code=1045&text=Access+denied";
  const auto from = std::chrono::steady_clock::now();
  control(fe, fault + "&times=10");
  ASSERT_TRUE(fe.wait_reason("auth_failed")) << fe.console();
  EXPECT_TRUE(wait_until([&] { return fe.status("reason") == "none"; }, milliseconds(90000)))
      << fe.console();
  const std::chrono::duration<double> real = std::chrono::steady_clock::now() - from;
  EXPECT_GE(real.count() * 5, 1 + 2 + 4 + 8) << "no more than five tries in that time";
  EXPECT_EQ(server_starts(fe), 1);
}

struct RefusedLogin {
  std::string name{};
  std::string fault{};  ///< Of the login, at the FE that leads.
  std::string reason{};
};
void PrintTo(const RefusedLogin& value, std::ostream* out) {
  *out << value.name;
}

class S04_RefusedLogin_Kinds : public testing::TestWithParam<RefusedLogin> {};

TEST_P(S04_RefusedLogin_Kinds, ProvesAClusterAndAnEmptyFeZeroJoinsItWithoutARestart) {
  PodNet net;
  SimNode cluster(bare_fe(net, 1));
  ASSERT_TRUE(found(cluster));
  cluster.control("/fault?where=sql&match=connect&kind=error&" + GetParam().fault);
  Pod& fe = net.fe(0);
  fe.start();
  expect_waits(fe, "14", GetParam().reason, {});
  EXPECT_FALSE(has_metadata(fe));
  EXPECT_TRUE(statements(net.fe(1), fe).empty());
  const auto pid = fe.pid();
  cluster.control("/clear");
  EXPECT_TRUE(wait_until([&] { return sealed(fe); }, milliseconds(90000))) << fe.console();
  EXPECT_EQ(fe.pid(), pid);
  EXPECT_TRUE(fe.running());
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
  EXPECT_EQ(helpers_of_starts(fe), std::vector{net.fe(1).fqdn() + ":9010"});
}

INSTANTIATE_TEST_SUITE_P(
    Answers,
    S04_RefusedLogin_Kinds,
    testing::Values(
        RefusedLogin{"error_1045",
                     "code=1045&text=Access+denied+for+user+'root'+(using+password:+NO)",
                     "auth_failed"},
        RefusedLogin{"error_1064",
                     "code=1064&text=Access+denied+for+user+'root'+(using+password:+NO)",
                     "auth_failed"},
        RefusedLogin{"error_5205",
                     "code=5205&text=Connections+using+insecure+transport+are+prohibited",
                     "tls_failed"}),
    [](const auto& param) { return param.param.name; });

TEST(S04_RefusedLogin_Tls, ABrokenHandshakeProvesAClusterAndIsNotSteppedDownFrom) {
  PodNet net;
  Pod& fe = net.fe(0);
  {
    std::atomic<int> in_clear = 0;
    const wire::ScriptedPeer peer(
        [&](int fd) {
          wire::send_text(fd, wire::greeting("mysql_native_password", true));
          const auto asked = wire::receive_packet(fd);
          constexpr std::size_t kTlsRequest = 32;  // longer: a login in clear
          if (asked.size() > kTlsRequest) ++in_clear;
          wire::send_text(fd, "no handshake");
        },
        net.ip_of("fe", 1),
        kQueryPort);
    fe.start();
    expect_waits(fe, "14", "tls_failed", {});
    ASSERT_TRUE(wait_until([&] { return peer.connections() >= 4; })) << fe.console();
    EXPECT_EQ(in_clear, 0);
    EXPECT_FALSE(has_metadata(fe));
  }
  const auto pid = fe.pid();
  SimNode cluster(bare_fe(net, 1));
  ASSERT_TRUE(found(cluster));
  EXPECT_TRUE(wait_until([&] { return sealed(fe); }, milliseconds(90000))) << fe.console();
  EXPECT_EQ(fe.pid(), pid);
  EXPECT_EQ(net.cluster_ids_on_disk().size(), 1U);
}

TEST(S04_RefusedLogin_Tls, AnFeThatOffersNoneWhereItIsRequiredProvesAClusterToo) {
  PodNet net;
  SimNode cluster(bare_fe(net, 1));
  ASSERT_TRUE(found(cluster));
  Pod& fe = net.fe(0);
  fe.set_env("SR_AGENT_SQL__TLS_MODE", "required");
  fe.start();
  expect_waits(fe, "14", "tls_failed", {});
  EXPECT_FALSE(has_metadata(fe));
  EXPECT_TRUE(statements(net.fe(1), fe).empty());
  expect_ends_on_term(fe, "tls_failed");
}

TEST(BadInput_PasswordFile, ThatIsMissingKeepsAnEmptyFeWaitingAndItJoinsWhenTheFileComes) {
  PodNet net;
  SimNode cluster(bare_fe(net, 0));
  ASSERT_TRUE(found(cluster));
  ASSERT_TRUE(cluster.sql("SET PASSWORD = PASSWORD('Geheim-6')").ok);
  Pod& fe = net.fe(1);
  const auto file = fe.home() + "/password";
  fe.set_env("SR_AGENT_SQL__PASSWORD_FILE", file);
  fe.start();
  expect_waits(fe, "14", "auth_failed", {});
  EXPECT_NE(fe.console().find("password_file_unreadable"), std::string::npos) << fe.console();
  EXPECT_NE(fe.console().find(file), std::string::npos);
  const auto pid = fe.pid();
  write_text(file, "Geheim-6\n");
  EXPECT_TRUE(wait_until([&] { return fs::exists(fe.state() + "/sealed"); }, milliseconds(90000)))
      << fe.console();
  EXPECT_EQ(fe.pid(), pid);
  for (const auto& text : {fe.console(), fe.file("meta/.sr-agent/journal")})
    EXPECT_EQ(text.find("Geheim"), std::string::npos) << text;
  expect_stops(fe);
}

TEST(BadInput_PasswordFile, ThatIsMissingGivesTheVerbsTheirOwnNo) {
  PodNet net;
  SimNode cluster(bare_fe(net, 0));
  ASSERT_TRUE(found(cluster));
  ASSERT_TRUE(cluster.sql("SET PASSWORD = PASSWORD('pw')").ok);
  Pod& be = net.be(0);
  be.set_env("SR_AGENT_SQL__PASSWORD_FILE", be.home() + "/none");
  const auto [code, text] = be.verb({"register", "be", kService});
  EXPECT_EQ(code, 1) << text;
  EXPECT_NE(text.find("auth_failed"), std::string::npos) << text;
  EXPECT_NE(text.find(be.home() + "/none"), std::string::npos) << text;
  Pod& fe = net.fe(1);
  fe.set_env("SR_AGENT_SQL__PASSWORD_FILE", fe.home() + "/none");
  const auto file = fe.home() + "/decision";
  const auto [decided, said] = fe.verb({"init", "fe", kService, "--write", file});
  EXPECT_EQ(decided, 40) << said;
  EXPECT_FALSE(fs::exists(file));
}

}  // namespace
}  // namespace podlab
