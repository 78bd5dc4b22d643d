#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <string>

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sched.h>

#include "io/process.h"
#include "io/supervise.h"
#include "io_peer.h"

namespace sragent {
namespace {

using test::eventually;
using test::put_file;
using test::TempDir;

/// Runs `body` in a forked process, so that being a subreaper and reaping everything stays there.
int in_own_process(int (*body)()) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  int status = 0;
  ::waitpid(pid, &status, 0);
  return decode_wait_status(status).to_exit_code();
}

__attribute__((no_sanitize("thread", "address"))) int end_with_seven(void* /*nothing*/) {
  return 7;
}

/// A process that ends with 7. It borrows our memory and copies no page tables: a plain fork of a
/// sanitized program takes milliseconds. The C library's own clone: the thread sanitizer of clang
/// puts another before it, which takes the child for one with a memory of its own.
pid_t start_orphan() {
  alignas(16) static std::array<char, 16384> stack;
  static const auto clone = reinterpret_cast<decltype(&::clone)>(::dlsym(RTLD_NEXT, "clone"));
  return clone(
      &end_with_seven, stack.data() + stack.size(), CLONE_VM | CLONE_VFORK | SIGCHLD, nullptr);
}

/// Forks `count` orphans by way of a parent that ends at once; each ends with its own code.
bool make_orphans(int count) {
  const pid_t parent = ::fork();
  if (parent < 0) return false;
  if (parent == 0) {
    for (int i = 0; i < count; ++i) {
      if (start_orphan() < 0) ::_exit(1);
    }
    ::_exit(0);
  }
  // Not reaped: only waited for, so that reap_all finds the parent too.
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(parent), &info, WEXITED | WNOWAIT) != 0) return false;
  return info.si_status == 0;
}

int reap_ten_thousand() {
  if (!set_subreaper()) return 2;
  constexpr int kBatches = 20;
  constexpr int kOrphans = 500;
  int orphans = 0;
  int parents = 0;
  for (int batch = 0; batch < kBatches; ++batch) {
    if (!make_orphans(kOrphans)) return 3;
  }
  const int all = kBatches * (kOrphans + 1);
  const bool complete = eventually([&] {
    for (const Reaped& ended : reap_all()) {
      (ended.status.to_exit_code() == 7 ? orphans : parents) += 1;
    }
    return orphans + parents >= all;
  });
  if (!complete || orphans != kBatches * kOrphans || parents != kBatches) return 4;
  return reap_all().empty() ? 0 : 5;
}

TEST(ReapAll, GetsTenThousandOrphansAndMissesNone) {
  EXPECT_EQ(in_own_process(&reap_ten_thousand), 0);
}

TEST(ProcessInfo, DescribesOurselves) {
  const auto self = process_info(::getpid());
  ASSERT_TRUE(self);
  EXPECT_EQ(self->pid, ::getpid());
  EXPECT_EQ(self->ppid, ::getppid());
  EXPECT_EQ(self->pgid, ::getpgrp());
  EXPECT_FALSE(self->argv.empty());
  EXPECT_GT(self->start_ticks, 0U);
}

TEST(ProcessInfo, IsNotFoundForNobody) {
  EXPECT_EQ(process_info(0x7FFFFFFE).error().kind, ErrorKind::kNotFound);
}

TEST(ProcessInfo, ReadsANameMadeToConfuse) {
  auto child = spawn({.argv = {"/bin/sh", "-c", "printf 'x) R 1 (' > /proc/$$/comm; echo; read x"},
                      .out = ChildOutput::kPipe});
  ASSERT_TRUE(child);
  // stdin is /dev/null: the read ends at once, so look at the zombie.
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child->pid), &info, WEXITED | WNOWAIT), 0);
  const auto zombie = process_info(child->pid);
  ASSERT_TRUE(zombie);
  EXPECT_EQ(zombie->comm, "x) R 1 (");
  EXPECT_EQ(zombie->state, 'Z');
  EXPECT_EQ(zombie->ppid, ::getpid());
  EXPECT_TRUE(zombie->argv.empty());
  ::waitpid(child->pid, nullptr, 0);
}

/// A start script that leaves a "server" (a sleep with a mark in its arguments) behind.
struct Script {
  TempDir dir{};
  pid_t pid = 0;
  std::string pid_file = dir / "server.pid";

  explicit Script(const std::string& text) {
    put_file(dir / "start", text);
    auto child = spawn({.argv = {"/bin/sh", dir / "start"}, .cwd = dir.path()});
    if (child) pid = child->pid;
  }
  ~Script() {
    (void)kill_group(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;
  Script(Script&&) = delete;
  Script& operator=(Script&&) = delete;

  [[nodiscard]] std::optional<ProcessInfo> find() const {
    return find_server(pid_file, pid, [](const ProcessInfo& process) {
      return process.comm == "sleep" && process.argv.size() == 2 && process.argv[1] == "987";
    });
  }
};

TEST(FindServer, FollowsAScriptThatExecs) {
  const Script script("echo $$ > server.pid; exec sleep 987\n");
  ASSERT_TRUE(eventually([&] { return script.find().has_value(); }));
  EXPECT_EQ(script.find()->pid, script.pid);
}

TEST(FindServer, FindsAServerBelowTheScript) {
  const Script script("sleep 5 & sleep 987 & printf $! > server.pid; wait\n");
  ASSERT_TRUE(eventually([&] { return script.find().has_value(); }));
  EXPECT_NE(script.find()->pid, script.pid);
  EXPECT_EQ(script.find()->ppid, script.pid);
}

TEST(FindServer, DoesNotBelieveAPidFileThatNamesSomebodyElse) {
  const Script script("echo 1 > server.pid; sleep 987 & wait\n");
  ASSERT_TRUE(eventually([&] { return script.find().has_value(); }));
  EXPECT_EQ(script.find()->ppid, script.pid);
  put_file(script.pid_file, "garbage\n");
  EXPECT_TRUE(script.find().has_value());
  put_file(script.pid_file, std::to_string(::getpid()));
  EXPECT_EQ(script.find()->ppid, script.pid);
}

TEST(FindServer, PrefersTheOneThatThePidFileNames) {
  const Script script("sleep 987 & sleep 987 & echo $! > server.pid; wait\n");
  ASSERT_TRUE(eventually([&] { return descendants(script.pid).size() == 2; }));
  ASSERT_TRUE(eventually([&] { return script.find().has_value(); }));
  std::string named;
  ASSERT_TRUE(eventually([&] {
    const auto found = script.find();
    named = found ? std::to_string(found->pid) + "\n" : "";
    std::string text;
    if (FILE* file = std::fopen(script.pid_file.c_str(), "r")) {
      std::array<char, 32> buffer{};
      text.assign(buffer.data(), std::fread(buffer.data(), 1, buffer.size(), file));
      std::fclose(file);
    }
    return !text.empty() && text == named;
  }));
}

TEST(FindServer, FindsNoneWhereNoneIs) {
  const Script script("sleep 5\n");
  EXPECT_FALSE(script.find().has_value());
}

TEST(Descendants, AreListedNearestFirst) {
  const Script script("sh -c 'sleep 987 & wait' & wait\n");
  ASSERT_TRUE(eventually([&] { return script.find().has_value(); }));
  const auto all = descendants(script.pid);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].ppid, script.pid);
  EXPECT_EQ(all[1].ppid, all[0].pid);
}

int find_orphaned_server() {
  if (!set_subreaper()) return 2;
  auto child = spawn({.argv = {"/bin/sh", "-c", "sleep 987 & exit 0"}});
  if (!child) return 3;
  ::waitpid(child->pid, nullptr, 0);
  const auto server = [&] {
    return find_server("/no/pid/file", child->pid, [](const ProcessInfo& process) {
      return process.comm == "sleep";
    });
  };
  const bool found = eventually([&] { return server().has_value(); });
  const bool killed = kill_group(child->pid, SIGKILL).has_value();
  return found && killed ? 0 : 4;
}

TEST(FindServer, FindsTheOrphanOfAScriptThatHasEnded) {
  EXPECT_EQ(in_own_process(&find_orphaned_server), 0);
}

TEST(Pid1, HasAName) {
  EXPECT_FALSE(pid1_comm().empty());
  EXPECT_EQ(is_pid1(), ::getpid() == 1);
}

TEST(Namespaces, TheOwnProcessIsInTheOwnNetwork) {
  EXPECT_EQ(shares_network(::getpid()), true);
  EXPECT_EQ(shares_network(-1), std::nullopt);
}

}  // namespace
}  // namespace sragent
