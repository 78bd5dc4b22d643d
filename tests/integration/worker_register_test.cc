#include <filesystem>

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "worker_lab.h"

/// BE and CN in the member list: S24 to S26, S28, S31, S84.
namespace podlab {
namespace {

namespace fs = std::filesystem;
using srsim::SimNode;

/// What the status says about one FE: value and why it is unknown, one after the other.
std::string said_of(const Pod& pod, const std::string& ip) {
  const auto status = status_of(pod);
  if (status.empty()) return {};
  for (const auto& fact : status["facts"]) {
    if (fact["name"] == "fe " + ip + ":9030")
      return fact["value"].dump() + fact["why_unknown"].dump();
  }
  return {};
}

class S24_NoFeAnswers_Version : public testing::TestWithParam<std::string> {};

TEST_P(S24_NoFeAnswers_Version, ServersOfBeAndCnStartAndTheirRowsFollowWhenAnFeIsThere) {
  PodNet net({.version = GetParam()});
  for (Pod* pod : {&net.be(0), &net.cn(0)})
    pod->start();
  for (Pod* pod : {&net.be(0), &net.cn(0)}) {
    EXPECT_TRUE(wait_healthy(*pod)) << pod->console();
    EXPECT_TRUE(pod->wait_reason("fe_unreachable")) << pod->console();
    // Each address with its own error.
    for (int i = 0; i < 3; ++i)
      EXPECT_NE(said_of(*pod, net.ip_of("fe", i)).find("connection refused"), std::string::npos);
  }
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  EXPECT_TRUE(net.wait_worker("be", 0)) << net.be(0).console();
  EXPECT_TRUE(net.wait_worker("cn", 0)) << net.cn(0).console();
  for (Pod* pod : {&net.be(0), &net.cn(0)}) {
    EXPECT_TRUE(pod->running());
    EXPECT_EQ(server_starts(*pod), 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Versions,
                         S24_NoFeAnswers_Version,
                         testing::Values("3.5.7", "3.3.15", "main"));

TEST(S24_NoFeAnswers, AnFeWithoutALeaderIsToldAsSuchAndNothingIsAdded) {
  PodNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  fe.control("/fault?where=sql&match=show_frontends&kind=error&code=5401&text=no+leader");
  net.cn(0).start();
  EXPECT_TRUE(wait_healthy(net.cn(0)));
  EXPECT_TRUE(net.cn(0).wait_reason("no_leader")) << net.cn(0).console();
  EXPECT_EQ(rows(net, kComputeNodes, net.cn(0).fqdn()), 0);
  fe.control("/clear");
  EXPECT_TRUE(net.wait_worker("cn", 0)) << net.cn(0).console();
  EXPECT_EQ(server_starts(net.cn(0)), 1);
}

struct FeTrouble {
  std::string name{};
  std::string fault{};  ///< Of the FE's SQL; empty: it is down.
  std::string reason{};
};
void PrintTo(const FeTrouble& value, std::ostream* out) {
  *out << value.name;
}

/// A BE or CN that was a member, with an FE that cannot be asked.
class S24_Member : public testing::TestWithParam<std::tuple<FeTrouble, std::string>> {
 protected:
  [[nodiscard]] static bool is_be() { return std::get<1>(GetParam()) == "be"; }
  [[nodiscard]] static const char* list() { return is_be() ? kBackends : kComputeNodes; }
  std::string id() {
    return row_cell(net_, list(), node_.fqdn(), is_be() ? "BackendId" : "ComputeNodeId");
  }
  void begin_trouble() {
    const auto& fault = std::get<0>(GetParam()).fault;
    if (fault.empty()) return fe_.kill_now();
    EXPECT_EQ(fe_.control("/fault?where=sql&" + fault), "ok\n");
  }
  bool end_trouble() {
    if (std::get<0>(GetParam()).fault.empty()) return found(fe_);
    return fe_.control("/clear") == "ok\n";
  }

  PodNet net_{};
  SimNode fe_{bare_fe(net_, 0)};
  Pod& node_{is_be() ? net_.be(0) : net_.cn(0)};
};

TEST_P(S24_Member, ServesAfterARestartAndFindsItsRowOnceAnFeCanBeAsked) {
  ASSERT_TRUE(found(fe_));
  node_.start();
  ASSERT_TRUE(wait_settled(node_)) << node_.console();
  const auto before = id();
  const auto added = alter_statements(net_.fe(0), node_);
  ASSERT_EQ(added.size(), 1U);
  begin_trouble();
  node_.kill_container();
  node_.start();
  const auto pid = node_.pid();
  EXPECT_TRUE(wait_healthy(node_)) << node_.console();
  const auto& reason = std::get<0>(GetParam()).reason;
  EXPECT_TRUE(node_.wait_reason(reason)) << node_.console();
  EXPECT_TRUE(wait_probe(node_, "/readyz", 503, "row: " + reason + "\n"))
      << node_.agent("/readyz?verbose");
  EXPECT_EQ(probe(node_, "/livez"), 200);
  ASSERT_TRUE(looks_on(node_));
  EXPECT_EQ(node_.status("reason"), reason);
  EXPECT_TRUE(wait_healthy(node_)) << "it serves all the same";
  ASSERT_TRUE(end_trouble());
  EXPECT_TRUE(wait_settled(node_)) << node_.console();
  EXPECT_TRUE(wait_probe(node_, "/readyz", 200, "ok\n")) << node_.agent("/readyz?verbose");
  EXPECT_EQ(id(), before);
  EXPECT_EQ(rows(net_, list(), node_.fqdn()), 1);
  EXPECT_EQ(alter_statements(net_.fe(0), node_), added) << "no second ADD";
  EXPECT_EQ(node_.pid(), pid);
  EXPECT_TRUE(node_.running());
  EXPECT_EQ(server_starts(node_), 2) << "one in each container";
}

INSTANTIATE_TEST_SUITE_P(
    Troubles,
    S24_Member,
    testing::Combine(
        testing::Values(FeTrouble{"fe_down", "", "fe_unreachable"},
                        FeTrouble{"no_leader",
                                  "match=show_frontends&kind=error&code=5401&text=no+leader",
                                  "no_leader"},
                        FeTrouble{"login_refused",
                                  "match=connect&kind=error&code=1045&text=Access+denied+for+user",
                                  "auth_failed"}),
        testing::Values("be", "cn")),
    [](const auto& param) {
      return std::get<0>(param.param).name + "_to_a_" + std::get<1>(param.param);
    });

class S25_AlreadyRegistered_Version : public testing::TestWithParam<std::string> {};

TEST_P(S25_AlreadyRegistered_Version, TheOwnRowIsFoundAmongLookalikesAndLeftAsItIs) {
  PodNet net({.version = GetParam()});
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  const auto own = net.be(1).fqdn();
  const auto tail = "." + net.headless("be");
  for (const auto& host : {"kube-be-10" + tail, "x-kube-be-1" + tail})
    net.dns().set(host, {net.ip_of("be", 20)});
  add_node(net, "BACKEND", "kube-be-10" + tail + ":9050");
  add_node(net, "BACKEND", own + ":9050");
  add_node(net, "BACKEND", "x-kube-be-1" + tail + ":9050");
  const auto id = row_cell(net, kBackends, own, "BackendId");
  net.be(1).start();
  ASSERT_TRUE(net.wait_worker("be", 1)) << net.be(1).console();
  ASSERT_TRUE(wait_settled(net.be(1)));
  EXPECT_EQ(net.fe(0).sql(kBackends).rows.size(), 3U);
  EXPECT_EQ(rows(net, kBackends, own), 1);
  EXPECT_EQ(row_cell(net, kBackends, own, "BackendId"), id);
  EXPECT_TRUE(alter_statements(net.fe(0), net.be(1)).empty());
  EXPECT_FALSE(statements(net.fe(0), net.be(1)).empty()) << "it did read the list";
}

INSTANTIATE_TEST_SUITE_P(Versions,
                         S25_AlreadyRegistered_Version,
                         testing::Values("3.5.7", "3.3.15", "main"));

TEST(S25_AlreadyRegistered, LookalikesAreNotTakenForTheOwnRow) {
  PodNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  const auto own = net.be(1).fqdn();
  const auto like = "kube-be-10." + net.headless("be");
  net.dns().set(like, {net.ip_of("be", 20)});
  add_node(net, "BACKEND", like + ":9050");
  net.be(1).start();
  ASSERT_TRUE(net.wait_worker("be", 1)) << net.be(1).console();
  EXPECT_EQ(rows(net, kBackends, own), 1);
  EXPECT_EQ(net.fe(0).sql(kBackends).rows.size(), 2U);
  EXPECT_EQ(alter_statements(net.fe(0), net.be(1)),
            std::vector{"ALTER SYSTEM ADD BACKEND \"" + own + ":9050\""});
}

TEST(S25_AlreadyRegistered, AnAddressIsNotAPartOfAnother) {
  PodNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  Pod& be = net.be(0);
  add_node(net, "BACKEND", be.ip() + "1:9050");  // 127.x.y.401 is no address ...
  add_node(net, "BACKEND", be.ip().substr(0, be.ip().size() - 1) + ":9050");
  add_node(net, "BACKEND", be.ip() + ":9050");
  const auto before = net.fe(0).sql(kBackends).rows.size();
  be.set_env("HOST_TYPE", "IP");
  be.start();
  EXPECT_TRUE(wait_until([&] { return row_cell(net, kBackends, be.ip(), "Alive") == "true"; }))
      << be.console();
  ASSERT_TRUE(wait_settled(be)) << be.console();
  EXPECT_EQ(net.fe(0).sql(kBackends).rows.size(), before);
  EXPECT_EQ(rows(net, kBackends, be.ip()), 1);
  EXPECT_TRUE(alter_statements(net.fe(0), be).empty());
}

TEST(S26_RowNotAlive, IsNeverCountedAsRegisteredAndTheFesWordsAreTold) {
  PodNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  Pod& be = net.be(0);
  add_node(net, "BACKEND", be.fqdn() + ":9050");
  be.set_env("SR_SIM_BE_START_MS", "15000");  // time to set the fault before the first heartbeat
  be.start();
  ASSERT_TRUE(wait_until([&] {
    return control(be, "/fault?where=http&match=heartbeat&kind=error&text=out+of+order") == "ok\n";
  }));
  ASSERT_TRUE(wait_healthy(be));
  ASSERT_TRUE(be.wait_reason("not_alive")) << be.console();
  EXPECT_EQ(row_cell(net, kBackends, be.fqdn(), "Alive"), "false");
  const auto message = row_cell(net, kBackends, be.fqdn(), "ErrMsg");
  EXPECT_NE(message.find("out of order"), std::string::npos);
  EXPECT_TRUE(detail_has(be, message)) << be.status("detail");
  EXPECT_TRUE(detail_has(be, row_cell(net, kBackends, be.fqdn(), "StatusCode")));
  EXPECT_EQ(status_of(be)["row"]["alive"], "no");
  control(be, "/clear");
  EXPECT_TRUE(net.wait_worker("be", 0)) << be.console();
  EXPECT_TRUE(wait_settled(be));
  EXPECT_EQ(rows(net, kBackends, be.fqdn()), 1);
}

TEST(S26_RowNotAlive, ARefusedAddIsNotRegisteredWithTheRefusal) {
  PodNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  fe.control("/fault?where=sql&match=add_compute_node&kind=error&code=1064&text=not+today");
  Pod& cn = net.cn(0);
  cn.start();
  ASSERT_TRUE(cn.wait_reason("not_registered")) << cn.console();
  EXPECT_TRUE(wait_until([&] { return detail_has(cn, "not today"); })) << cn.status("detail");
  EXPECT_EQ(rows(net, kComputeNodes, cn.fqdn()), 0);
  EXPECT_NE(status_of(cn)["row"]["registered"], "yes");
  fe.control("/clear");
  EXPECT_TRUE(net.wait_worker("cn", 0)) << cn.console();
  EXPECT_TRUE(wait_settled(cn));
}

TEST(S28_UnmatchedClusterId, IsNeitherAddedNorRestartedAndGoesOnWhenItsClusterIsBack) {
  PodNet net;
  SimNode ours(bare_fe(net, 0));
  ASSERT_TRUE(found(ours));
  Pod& be = net.be(0);
  be.start();
  ASSERT_TRUE(net.wait_worker("be", 0)) << be.console();
  const auto id = be.file("storage/cluster_id");
  ASSERT_FALSE(id.empty());
  ours.kill_now();
  be.kill_container();
  SimNode theirs(bare_fe(net, 1));
  ASSERT_TRUE(found(theirs));
  const auto other = theirs.file("meta/image/VERSION");
  be.start();
  ASSERT_TRUE(be.wait_reason("identity_conflict")) << be.console();
  const auto at = other.find("clusterId=") + 10;
  EXPECT_TRUE(detail_has(be, id)) << be.status("detail");
  EXPECT_TRUE(detail_has(be, other.substr(at, other.find('\n', at) - at)));
  EXPECT_TRUE(theirs.sql(kBackends).ok && theirs.sql(kBackends).rows.empty());
  // Listed there by somebody: recognised by the FE's message.
  ASSERT_TRUE(theirs.sql("ALTER SYSTEM ADD BACKEND '" + be.fqdn() + ":9050'").ok);
  EXPECT_TRUE(
      wait_until([&] { return detail_has(be, "Unmatched cluster id"); }, milliseconds(60000)))
      << be.console();
  EXPECT_EQ(be.status("reason"), "identity_conflict");
  EXPECT_EQ(theirs.sql(kBackends).rows.size(), 1U);
  EXPECT_EQ(server_starts(be), 2) << "one in each cluster's container";
  EXPECT_TRUE(be.running());
  EXPECT_EQ(be.file("storage/cluster_id"), id);
  theirs.kill_now();
  ASSERT_TRUE(found(ours));
  EXPECT_TRUE(wait_settled(be)) << be.console();
  EXPECT_EQ(server_starts(be), 2) << "one in each cluster's container";
}

TEST(S31_WrongRole, ACnThatIsListedAsBackendIsNamedSoAndNoRowIsTouched) {
  PodNet net;
  SimNode fe(bare_fe(net, 0));
  ASSERT_TRUE(found(fe));
  Pod& cn = net.cn(0);
  add_node(net, "BACKEND", cn.fqdn() + ":9050");
  cn.start();
  EXPECT_TRUE(cn.wait_reason("wrong_role")) << cn.console();
  EXPECT_TRUE(wait_until([&] {
    return row_cell(net, kBackends, cn.fqdn(), "ErrMsg").find("expect to be BE but actually CN") !=
           std::string::npos;
  }));
  EXPECT_EQ(rows(net, kComputeNodes, cn.fqdn()), 0);
  EXPECT_EQ(rows(net, kBackends, cn.fqdn()), 1);
  EXPECT_EQ(server_starts(cn), 1);
}

TEST(S31_WrongImage, AMissingStartScriptIsConfigInvalidAndStartsOnceItIsThere) {
  PodNet net;
  Pod& be = net.be(0);
  const auto script = be.home() + "/bin/start_be.sh";
  fs::rename(script, script + ".away");
  be.start();
  ASSERT_TRUE(be.wait_reason("config_invalid")) << be.console();
  EXPECT_TRUE(detail_has(be, script + " missing"));
  EXPECT_EQ(be.status("phase"), "held");
  EXPECT_EQ(be.console().find("o such file"), std::string::npos);
  fs::rename(script + ".away", script);
  EXPECT_TRUE(wait_healthy(be)) << be.console();
}

TEST(S31_WrongImage, EndsWith70WhereRefusalsExit) {
  PodNet net;
  Pod& be = net.be(0);
  fs::remove(be.home() + "/bin/start_be.sh");
  be.set_env("SR_AGENT_ON_REFUSAL", "exit");
  be.start();
  EXPECT_EQ(be.wait_exit(), 70) << be.console();
  EXPECT_NE(be.termination_message().find("config_invalid"), std::string::npos);
  EXPECT_NE(be.termination_message().find("start_be.sh missing"), std::string::npos);
}

TEST(S31_WrongPath, AStorageRootThatIsNotThereIsNamedInTheLastWords) {
  PodNet net;
  Pod& be = net.be(0);
  const auto gone = root_of(be) + "/gone";
  be.add_conf("storage_root_path = " + be.home() + "/storage;" + gone);
  be.start();
  EXPECT_EQ(be.wait_exit(), 255) << "the server's own status: " << be.console();
  const auto words = be.termination_message();
  EXPECT_NE(words.find("path_not_writable"), std::string::npos) << words;
  EXPECT_NE(words.find("storage_root_path: " + gone + " does not exist"), std::string::npos)
      << words;
  EXPECT_EQ(words.find(be.home() + "/storage"), std::string::npos) << "the other is there";
  fs::create_directories(gone);
  be.start();
  EXPECT_TRUE(wait_healthy(be)) << be.console();
}

TEST(S31_WrongPath, AServerPortThatIsTheAgentsIsHeldBeforeAnythingIsStarted) {
  PodNet net;
  Pod& be = net.be(0);
  be.add_conf("brpc_port = 8099");
  be.start();
  ASSERT_TRUE(be.wait_reason("config_invalid")) << be.console();
  EXPECT_TRUE(detail_has(be, "be.conf: brpc_port: expected another port than 8099"));
  EXPECT_EQ(be.server_pid(), 0);
  EXPECT_EQ(be.status("phase"), "held");
}

/// The new copy of cn-0: same name, another address, on another machine.
struct TwoCopies {
  PodNet net{};
  SimNode fe{bare_fe(net, 0)};
  Pod& old{net.cn(0)};
  SimNode copy{new_copy()};

  srsim::NodeSpec new_copy() {
    auto spec = bare_fe(net, 0);
    const Pod& place = net.cn(2);
    spec.kind = "cn";
    spec.ip = place.ip();
    spec.root = root_of(place);
    spec.env["SR_SIM_IP"] = place.ip();
    spec.env["SR_SIM_HOSTNAME"] = old.fqdn();
    spec.env.erase("SR_SIM_CONTROL");
    return spec;
  }
};

TEST(S84_OldCopy, WhoseNameLeadsElsewhereAddsNothing) {
  TwoCopies lab;
  ASSERT_TRUE(found(lab.fe));
  lab.net.dns().set(lab.old.fqdn(), {lab.copy.ip()});
  lab.old.start();
  ASSERT_TRUE(wait_healthy(lab.old));
  ASSERT_TRUE(lab.old.wait_reason("dns_not_ready")) << lab.old.console();
  // Once it has read the list it says what keeps it from the ADD.
  ASSERT_TRUE(lab.old.wait_reason("identity_conflict")) << lab.old.console();
  EXPECT_TRUE(detail_has(lab.old, lab.copy.ip())) << lab.old.status("detail");
  EXPECT_TRUE(wait_until([&] { return status_of(lab.old)["row"]["registered"] == "no"; }))
      << lab.old.console();
  EXPECT_EQ(rows(lab.net, kComputeNodes, lab.old.fqdn()), 0);
}

TEST(S84_OldCopy, LeavesTheNewCopysRowAloneWhenItIsToldToLeaveOrToStop) {
  TwoCopies lab;
  ASSERT_TRUE(found(lab.fe));
  lab.old.start();
  ASSERT_TRUE(lab.net.wait_worker("cn", 0)) << lab.old.console();
  const auto id = row_cell(lab.net, kComputeNodes, lab.old.fqdn(), "ComputeNodeId");
  lab.net.dns().set(lab.old.fqdn(), {lab.copy.ip()});
  lab.copy.start();
  ASSERT_TRUE(lab.copy.wait_port(9050));
  const auto [code, text] = lab.old.verb({"offline", "cn", "kube-fe-service.ns.svc.cluster.local"});
  EXPECT_EQ(code, 1) << text;
  EXPECT_NE(text.find("identity_conflict"), std::string::npos) << text;
  EXPECT_EQ(rows(lab.net, kComputeNodes, lab.old.fqdn()), 1);
  lab.old.signal(SIGTERM);
  EXPECT_EQ(lab.old.wait_exit(), 143) << lab.old.console();
  EXPECT_EQ(row_cell(lab.net, kComputeNodes, lab.old.fqdn(), "ComputeNodeId"), id);
  EXPECT_TRUE(lab.copy.running());
  EXPECT_TRUE(lab.net.wait_worker("cn", 0));
}

}  // namespace
}  // namespace podlab
