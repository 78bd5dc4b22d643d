#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

#include <gtest/gtest.h>

#include "io/dns.h"
#include "io/process.h"
#include "io_peer.h"

namespace sragent {
namespace {

using namespace std::chrono_literals;
using namespace test;

constexpr const char* kProgram = "/usr/sbin/dnsmasq";

/// A real dnsmasq that knows what `lines` say and asks nobody else.
class Dnsmasq {
 public:
  explicit Dnsmasq(std::string lines) : port_(closed_port()), lines_(std::move(lines)) { launch(); }
  ~Dnsmasq() { stop(); }
  Dnsmasq(const Dnsmasq&) = delete;
  Dnsmasq& operator=(const Dnsmasq&) = delete;
  Dnsmasq(Dnsmasq&&) = delete;
  Dnsmasq& operator=(Dnsmasq&&) = delete;

  void launch() {
    put_file(dir_ / "conf",
             "no-resolv\nno-hosts\nbind-interfaces\nlisten-address=127.0.0.1\n" + lines_ +
                 "port=" + std::to_string(port_) + "\n");
    auto child = spawn({.argv = {kProgram,
                                 "--keep-in-foreground",
                                 "--conf-file=" + (dir_ / "conf"),
                                 "--pid-file=" + (dir_ / "pid"),
                                 "--user=",
                                 "--group="}});
    ASSERT_TRUE(child) << child.error().what;
    pid_ = child->pid;
    ASSERT_TRUE(eventually([&] { return connect_loopback(port_).valid(); }));
  }
  void stop() {
    if (pid_ == 0) return;
    (void)kill_group(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  TempDir dir_{};
  std::uint16_t port_;
  std::string lines_;
  pid_t pid_ = 0;
};

class DnsmasqTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::access(kProgram, X_OK), 0) << "dnsmasq-base is missing: scripts/setup";
  }
};

std::unique_ptr<Resolver> resolver_for(const Dnsmasq& server) {
  auto resolver = Resolver::start({.resolv_conf = "/nonexistent",
                                   .servers = {server.address()},
                                   .search = std::vector<std::string>{},
                                   .ndots = 1,
                                   .try_timeout = 300ms,
                                   .tries = 2});
  EXPECT_TRUE(resolver);
  return std::move(resolver.value());
}

Deadline soon() {
  return Deadline::after(30s);
}

TEST_F(DnsmasqTest, AnswersBothFamiliesWithTheirTtl) {
  const Dnsmasq server("local-ttl=17\nlocal=/svc/\nhost-record=fe.ns.svc,127.1.1.1,fd00::1\n");
  const auto resolver = resolver_for(server);
  const auto got = resolver->addresses("fe.ns.svc.", soon());
  ASSERT_EQ(got.outcome, DnsOutcome::kAnswer) << got.why;
  EXPECT_EQ(got.addresses, (std::vector<std::string>{"127.1.1.1", "fd00::1"}));
  EXPECT_EQ(got.ttl_s, 17U);
}

TEST_F(DnsmasqTest, KnowsNamesWithOneFamilyOnly) {
  const Dnsmasq server("local=/svc/\nlocal-ttl=5\nhost-record=v4.svc,127.1.1.1\n");
  const auto resolver = resolver_for(server);
  EXPECT_EQ(resolver->addresses("v4.svc.", soon()).outcome, DnsOutcome::kAnswer);
}

TEST_F(DnsmasqTest, TtlZeroIsReportedAsZero) {
  const Dnsmasq server("local=/svc/\nhost-record=v4.svc,127.1.1.1\n");
  const auto got = resolver_for(server)->addresses("v4.svc.", soon());
  ASSERT_EQ(got.outcome, DnsOutcome::kAnswer);
  EXPECT_EQ(got.ttl_s, 0U);
}

TEST_F(DnsmasqTest, NxdomainAndNodataAreAbsence) {
  const Dnsmasq server("local=/svc/\ntxt-record=text.svc,hello\n");
  const auto resolver = resolver_for(server);
  EXPECT_EQ(resolver->addresses("none.svc.", soon()).outcome, DnsOutcome::kAbsent);
  const auto nodata = resolver->addresses("text.svc.", soon());
  EXPECT_EQ(nodata.outcome, DnsOutcome::kAbsent);
  EXPECT_NE(nodata.why.find("NODATA"), std::string::npos) << nodata.why;
}

TEST_F(DnsmasqTest, RefusedAndServfailAreUnknown) {
  // Without an upstream it refuses what is not its own.
  const Dnsmasq server("local=/svc/\n");
  EXPECT_EQ(resolver_for(server)->addresses("example.org.", soon()).outcome, DnsOutcome::kUnknown);
}

TEST_F(DnsmasqTest, GivesTwoHundredAddresses) {
  std::string lines = "local=/svc/\nlocal-ttl=5\n";
  for (int i = 1; i <= 200; ++i)
    lines += "host-record=fe.svc,127.1.1." + std::to_string(i) + "\n";
  const Dnsmasq server(lines);
  const auto got = resolver_for(server)->addresses("fe.svc.", soon());
  ASSERT_EQ(got.outcome, DnsOutcome::kAnswer) << got.why;
  EXPECT_EQ(got.addresses.size(), 200U);
}

TEST_F(DnsmasqTest, GivesServices) {
  const Dnsmasq server(
      "local=/svc/\nlocal-ttl=5\nsrv-host=_e._tcp.fe.svc,fe-0.fe.svc,9010\n"
      "srv-host=_e._tcp.fe.svc,fe-1.fe.svc,9010\n");
  const auto resolver = resolver_for(server);
  const auto got = resolver->services("_e._tcp.fe.svc.", soon());
  ASSERT_EQ(got.outcome, DnsOutcome::kAnswer) << got.why;
  ASSERT_EQ(got.services.size(), 2U);
  EXPECT_EQ(got.services[1].target, "fe-1.fe.svc");
  EXPECT_EQ(resolver->services("_x._tcp.fe.svc.", soon()).outcome, DnsOutcome::kAbsent);
}

TEST_F(DnsmasqTest, ADeadServerIsUnknownAndOneThatComesBackIsAsked) {
  Dnsmasq server("local=/svc/\nlocal-ttl=5\nhost-record=fe.svc,127.1.1.1\n");
  const auto resolver = resolver_for(server);
  EXPECT_EQ(resolver->addresses("fe.svc.", soon()).outcome, DnsOutcome::kAnswer);
  server.stop();
  EXPECT_EQ(resolver->addresses("fe.svc.", soon()).outcome, DnsOutcome::kUnknown);
  server.launch();
  EXPECT_EQ(resolver->addresses("fe.svc.", soon()).outcome, DnsOutcome::kAnswer);
}

TEST_F(DnsmasqTest, AHostsFileOnThisSideProvesNothing) {
  std::array<char, 256> name{};
  ASSERT_EQ(::gethostname(name.data(), name.size() - 1), 0);
  Dnsmasq server("local=/svc/\n");
  const auto resolver = resolver_for(server);
  EXPECT_NE(resolver->addresses("localhost", soon()).outcome, DnsOutcome::kAnswer);
  EXPECT_NE(resolver->addresses(name.data(), soon()).outcome, DnsOutcome::kAnswer);
  server.stop();
  EXPECT_EQ(resolver->addresses("localhost", soon()).outcome, DnsOutcome::kUnknown);
  EXPECT_EQ(resolver->addresses(name.data(), soon()).outcome, DnsOutcome::kUnknown);
}

}  // namespace
}  // namespace sragent
