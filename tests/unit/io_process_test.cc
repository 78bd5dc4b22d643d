#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

#include <gtest/gtest.h>

#include "io/files.h"
#include "io/process.h"
#include "io_peer.h"

namespace sragent {
namespace {

using test::eventually;
using test::put_file;
using test::TempDir;

std::string read_pipe(const UniqueFd& fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  EXPECT_TRUE(eventually([&] {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
    return got == 0;
  }));
  return text;
}

ExitStatus wait_for(pid_t pid) {
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return decode_wait_status(status);
}

SpawnSpec shell(const std::string& script) {
  return {.argv = {"/bin/sh", "-c", script}, .out = ChildOutput::kPipe};
}

TEST(Spawn, PassesOutputAndStatus) {
  auto child = spawn(shell("echo hello; exit 42"));
  ASSERT_TRUE(child) << child.error().what;
  EXPECT_EQ(read_pipe(child->out), "hello\n");
  const ExitStatus status = wait_for(child->pid);
  EXPECT_EQ(status, (ExitStatus{.how = ExitStatus::How::kExited, .value = 42}));
  EXPECT_EQ(status.to_exit_code(), 42);
  EXPECT_EQ(to_string(status), "exited with 42");
}

TEST(Spawn, DecodesDeathBySignal) {
  auto child = spawn(shell("kill -KILL $$"));
  ASSERT_TRUE(child);
  const ExitStatus status = wait_for(child->pid);
  EXPECT_EQ(status.to_exit_code(), 137);
  EXPECT_EQ(to_string(status), "killed by SIGKILL");
}

TEST(Spawn, GivesItsOwnGroupEnvironmentFolderAndNoInput) {
  const TempDir dir;
  SpawnSpec spec = shell("echo $A; pwd; cat; echo end");
  spec.env = std::vector<std::string>{"A=b", "PATH=/usr/bin:/bin"};
  spec.cwd = dir.path();
  auto child = spawn(spec);
  ASSERT_TRUE(child);
  EXPECT_EQ(read_pipe(child->out), "b\n" + dir.path() + "\nend\n");
  EXPECT_EQ(::getpgid(child->pid), child->pid);
  wait_for(child->pid);
}

TEST(Spawn, GivesDefaultSignalsWhateverWeHaveIgnoredOrBlocked) {
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t mask;
  sigset_t before;
  sigfillset(&mask);
  ::pthread_sigmask(SIG_BLOCK, &mask, &before);
  auto child = spawn({.argv = {"/bin/grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"},
                      .out = ChildOutput::kPipe});
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ASSERT_TRUE(child);
  std::string text = read_pipe(child->out);
  // glibc's posix_spawn ignores its own two signals (32 and 33); every exec sets them up again.
  const std::size_t internal = text.find("0000000180000000");
  if (internal != std::string::npos) text.replace(internal, 16, "0000000000000000");
  EXPECT_EQ(text, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  wait_for(child->pid);
}

TEST(Spawn, LeavesNoDescriptorOpen) {
  const UniqueFd leak{::dup(0)};  // Without close-on-exec.
  auto child = spawn(shell("ls /proc/$$/fd | tr '\\n' ' '"));
  ASSERT_TRUE(child);
  EXPECT_EQ(read_pipe(child->out).substr(0, 6), "0 1 2 ");
  wait_for(child->pid);
  EXPECT_GT(leak.get(), 2);
}

TEST(Spawn, SaysWhatIsWrongWithTheProgram) {
  const TempDir dir;
  put_file(dir / "plain", "#!/bin/sh\n");
  put_file(dir / "script", "#!/no/such/interpreter\n");
  put_file(dir / "noise", std::string("\0\1\2\3", 4));
  ::chmod((dir / "script").c_str(), 0755);
  ::chmod((dir / "noise").c_str(), 0755);
  const auto failure = [](const std::string& program) {
    return spawn({.argv = {program}}).error();
  };
  EXPECT_EQ(failure(dir / "none").kind, ErrorKind::kNotFound);
  EXPECT_EQ(failure(dir / "none").what, "start " + (dir / "none") + ": No such file or directory");
  EXPECT_NE(failure(dir.path()).what.find("not a regular file"), std::string::npos);
  EXPECT_NE(failure(dir / "script").what.find("interpreter"), std::string::npos);
  EXPECT_NE(failure(dir / "noise").what.find("neither a program"), std::string::npos);
  if (::geteuid() != 0 || ::access((dir / "plain").c_str(), X_OK) != 0) {
    EXPECT_NE(failure(dir / "plain").what.find("not executable"), std::string::npos);
  }
  EXPECT_EQ(spawn({}).error().kind, ErrorKind::kBadConfig);
  EXPECT_EQ(spawn({.argv = {"/bin/true"}, .cwd = dir / "none"}).error().kind, ErrorKind::kNotFound);
}

TEST(KillGroup, ReachesGrandchildren) {
  auto child = spawn(shell("sleep 1000 & sleep 1000 & echo ready; wait"));
  ASSERT_TRUE(child);
  std::array<char, 16> buffer{};
  ASSERT_TRUE(
      eventually([&] { return ::read(child->out.get(), buffer.data(), buffer.size()) > 0; }));
  ASSERT_TRUE(kill_group(child->pid, SIGKILL));
  EXPECT_EQ(wait_for(child->pid).to_exit_code(), 137);
  EXPECT_EQ(read_pipe(child->out), "") << "a grandchild still holds the pipe";
}

TEST(KillGroup, NeverMeansEverybody) {
  EXPECT_EQ(kill_group(0, 0).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(kill_group(1, 0).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(kill_process(-1, 0).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(kill_process(0, 0).error().kind, ErrorKind::kNotFound);
}

TEST(ReapAll, FindsNothingWithoutChildren) {
  EXPECT_TRUE(reap_all().empty());
}

}  // namespace
}  // namespace sragent
