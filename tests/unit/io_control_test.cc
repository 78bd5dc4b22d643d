#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "io/unix_address.h"
#include "io/unix_socket.h"
#include "io_peer.h"

namespace sragent {
namespace {

using namespace std::chrono_literals;
using test::TempDir;

std::string echo(const std::string& request, const ControlPeer& peer) {
  return request + " from " + std::to_string(peer.pid == ::getpid() ? 1 : 0);
}

Deadline soon() {
  return Deadline::after(30s);
}

UniqueFd raw_client(const std::string& path) {
  const auto address = unix_address(path);
  UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!address || ::connect(fd.get(), address->get(), address->length) != 0) fd.reset();
  return fd;
}

TEST(ControlSocket, AnswersAndKnowsWhoAsks) {
  const TempDir dir;
  const auto server = ControlServer::start(dir / "s", echo);
  ASSERT_TRUE(server) << server.error().what;
  EXPECT_EQ(control_call(dir / "s", "status", soon()).value(), "status from 1");
}

TEST(ControlSocket, TellsItsProcessWithoutAnAnswerOfIt) {
  const TempDir dir;
  EXPECT_EQ(control_listener(dir / "s"), 0);
  const auto server = ControlServer::start(dir / "s", [](const std::string&, const ControlPeer&) {
    ADD_FAILURE() << "nothing was asked";
    return std::string{};
  });
  ASSERT_TRUE(server);
  EXPECT_EQ(control_listener(dir / "s"), ::getpid());
}

TEST(ControlSocket, IsOnlyForItsOwner) {
  const TempDir dir;
  const auto server = ControlServer::start(dir / "s", echo);
  ASSERT_TRUE(server);
  struct stat info {};
  ASSERT_EQ(::stat((dir / "s").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST(ControlSocket, LeavesNoFileBehind) {
  const TempDir dir;
  { ASSERT_TRUE(ControlServer::start(dir / "s", echo)); }
  EXPECT_NE(::access((dir / "s").c_str(), F_OK), 0);
  EXPECT_EQ(control_call(dir / "s", "x", soon()).error().kind, ErrorKind::kNotFound);
}

TEST(ControlSocket, ReplacesTheFileOfADeadAgentButNotOfALivingOne) {
  const TempDir dir;
  {
    const UniqueFd dead{::socket(AF_UNIX, SOCK_STREAM, 0)};
    const auto address = unix_address(dir / "s");
    ASSERT_EQ(::bind(dead.get(), address->get(), address->length), 0);
  }
  EXPECT_EQ(control_call(dir / "s", "x", soon()).error().kind, ErrorKind::kUnreachable);
  const auto first = ControlServer::start(dir / "s", echo);
  ASSERT_TRUE(first) << first.error().what;
  const auto second = ControlServer::start(dir / "s", echo);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kRejected);
  EXPECT_EQ(control_call(dir / "s", "x", soon()).value(), "x from 1");
}

TEST(ControlSocket, SilentClientsKeepNobodyWaiting) {
  const TempDir dir;
  const auto server = ControlServer::start(dir / "s", echo, {.read_timeout = 1h});
  ASSERT_TRUE(server);
  std::vector<UniqueFd> silent;
  silent.reserve(8);
  for (int i = 0; i < 8; ++i)
    silent.push_back(raw_client(dir / "s"));
  EXPECT_EQ(control_call(dir / "s", "x", soon()).value(), "x from 1");
}

TEST(ControlSocket, CarriesLargeReplies) {
  const TempDir dir;
  std::string large(std::size_t{3} << 20U, 'x');
  const auto server = ControlServer::start(
      dir / "s", [&](const std::string&, const ControlPeer&) { return large; });
  ASSERT_TRUE(server);
  EXPECT_EQ(control_call(dir / "s", "x", soon()).value(), large);
  EXPECT_EQ(control_call(dir / "s", "x", soon(), 1000).error().kind, ErrorKind::kGarbled);
}

TEST(ControlSocket, RefusesARequestWithoutEnd) {
  const TempDir dir;
  std::atomic<int> calls = 0;
  const auto server = ControlServer::start(dir / "s",
                                           [&](const std::string&, const ControlPeer&) {
                                             ++calls;
                                             return std::string("called");
                                           },
                                           {.bytes = 1000});
  ASSERT_TRUE(server);
  const UniqueFd client = raw_client(dir / "s");
  test::send_text(client.get(), std::string(100'000, 'a'));
  EXPECT_EQ(test::receive_all(client.get()), "");
  EXPECT_EQ(calls, 0);
}

TEST(ControlSocket, BoundsItsConnections) {
  const TempDir dir;
  const auto server = ControlServer::start(dir / "s", echo, {.connections = 2, .read_timeout = 1h});
  ASSERT_TRUE(server);
  const UniqueFd first = raw_client(dir / "s");
  const UniqueFd second = raw_client(dir / "s");
  const UniqueFd third = raw_client(dir / "s");
  EXPECT_EQ(test::receive_all(third.get()), "") << "closed at once";
  test::send_text(first.get(), "one\n");
  EXPECT_EQ(test::receive_all(first.get()), "one from 1");
}

TEST(ControlSocket, TimesOutOnAnAgentThatDoesNotAnswer) {
  const TempDir dir;
  const UniqueFd mute{::socket(AF_UNIX, SOCK_STREAM, 0)};
  const auto address = unix_address(dir / "s");
  ASSERT_EQ(::bind(mute.get(), address->get(), address->length), 0);
  ASSERT_EQ(::listen(mute.get(), 1), 0);
  EXPECT_EQ(control_call(dir / "s", "x", Deadline::after(50ms)).error().kind, ErrorKind::kTimeout);
}

TEST(ControlSocket, StopsWhileClientsAreConnected) {
  const TempDir dir;
  auto server = ControlServer::start(dir / "s", echo, {.read_timeout = 1h});
  ASSERT_TRUE(server);
  const UniqueFd client = raw_client(dir / "s");
  ASSERT_EQ(control_call(dir / "s", "x", soon()).value(), "x from 1");
  server->reset();
  EXPECT_EQ(test::receive_all(client.get()), "");
}

TEST(ControlSocket, RefusesAPathThatDoesNotFit) {
  const std::string path = "/tmp/" + std::string(120, 'x');
  EXPECT_EQ(ControlServer::start(path, echo).error().kind, ErrorKind::kBadConfig);
  EXPECT_EQ(control_call(path, "x", soon()).error().kind, ErrorKind::kBadConfig);
}

TEST(ControlSocket, ServesSeveralAtOnce) {
  const TempDir dir;
  const auto server = ControlServer::start(dir / "s", echo, {.connections = 64});
  ASSERT_TRUE(server);
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> clients;
    clients.reserve(16);
    for (int i = 0; i < 16; ++i) {
      clients.emplace_back([&] {
        if (control_call(dir / "s", "x", soon()).value_or("") == "x from 1") ++right;
      });
    }
  }
  EXPECT_EQ(right, 16);
}

}  // namespace
}  // namespace sragent
