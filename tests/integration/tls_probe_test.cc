#include <fstream>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "io_peer.h"
#include "runtime/probe_run.h"
#include "test_certs.h"

/// An http probe under TLS, against a server with certificates that are right and wrong.
namespace sragent {
namespace {

using test::ScriptedPeer;
using testcerts::Authority;

constexpr std::chrono::milliseconds kDeadline{5000};

/// Answers one request of each connection with "fine", once the handshake is done.
class TlsServer {
 public:
  TlsServer(const testcerts::Pair& pair, const test::TempDir& dir) {
    std::ofstream(dir / "cert.pem") << pair.certificate;
    std::ofstream(dir / "key.pem") << pair.key;
    EXPECT_EQ(
        SSL_CTX_use_certificate_file(context_.get(), (dir / "cert.pem").c_str(), SSL_FILETYPE_PEM),
        1);
    EXPECT_EQ(
        SSL_CTX_use_PrivateKey_file(context_.get(), (dir / "key.pem").c_str(), SSL_FILETYPE_PEM),
        1);
  }
  [[nodiscard]] std::string url() const {
    return "https://self:" + std::to_string(peer_.port()) + "/health";
  }

 private:
  void serve(int fd) {
    const std::unique_ptr<SSL, void (*)(SSL*)> ssl{SSL_new(context_.get()), SSL_free};
    SSL_set_fd(ssl.get(), fd);
    if (SSL_accept(ssl.get()) != 1) return;
    std::string head(4096, '\0');
    if (SSL_read(ssl.get(), head.data(), static_cast<int>(head.size())) <= 0) return;
    const std::string reply{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"};
    SSL_write(ssl.get(), reply.data(), static_cast<int>(reply.size()));
    test::hang(fd);
  }

  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_{SSL_CTX_new(TLS_server_method()),
                                                        SSL_CTX_free};
  ScriptedPeer peer_{[this](int fd) { serve(fd); }};
};

class TlsProbe : public testing::Test {
 protected:
  TlsProbe() { std::ofstream(dir_ / "ca.pem") << authority_.pem(); }

  [[nodiscard]] static ProbeSeen run(const TlsServer& server, const std::string& ca, bool verify) {
    ProbeConfig probe;
    probe.kind = ProbeKindSetting::kHttp;
    probe.url = server.url();
    probe.body = "fine";
    probe.tls_ca = ca;
    probe.tls_verify = verify;
    ProbeTools tools;
    tools.look.config = std::make_shared<const Config>();
    tools.self = test::kHere;
    return run_probe(probe, tools, Deadline::after(kDeadline));
  }

  test::TempDir dir_{};
  Authority authority_{"probe ca"};
};

TEST_F(TlsProbe, IsOkByACertificateForTheAddress) {
  const TlsServer server{authority_.issue("127.0.0.1"), dir_};
  const auto seen = run(server, dir_ / "ca.pem", true);
  EXPECT_TRUE(seen.ok) << seen.saw;
}

TEST_F(TlsProbe, AnUnknownAuthorityAnotherNameAndAnOldCertificateAreBad) {
  const TlsServer server{authority_.issue("127.0.0.1"), dir_};
  EXPECT_NE(run(server, "", true).saw.find("SSL certificate problem"), std::string::npos);
  const TlsServer other{authority_.issue("127.0.0.9,fe.example"), dir_};
  EXPECT_NE(run(other, dir_ / "ca.pem", true).saw.find("no alternative certificate"),
            std::string::npos)
      << run(other, dir_ / "ca.pem", true).saw;
  const TlsServer old{authority_.issue("127.0.0.1", Authority::Valid::kNoMore), dir_};
  EXPECT_NE(run(old, dir_ / "ca.pem", true).saw.find("expired"), std::string::npos);
}

TEST_F(TlsProbe, IsOkUncheckedWhereThatIsAskedFor) {
  const TlsServer server{authority_.issue("127.0.0.9"), dir_};
  EXPECT_TRUE(run(server, "", false).ok);
}

}  // namespace
}  // namespace sragent
