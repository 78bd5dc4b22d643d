#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <csignal>
#include <string>

#include <gtest/gtest.h>

#include "io/fd.h"
#include "io/write_lines.h"

/// Lines of a log on the console: S70.
namespace sragent {
namespace {

using namespace std::chrono_literals;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
    out.reset(ends[0]);
    in.reset(ends[1]);
  }
  UniqueFd out{};
  UniqueFd in{};
};

TEST(WriteLines, S70_WritesWholeLinesNoLongerThanAPipeTakesAtOnce) {
  const Pipe pipe;
  const std::string line(1'000, 'x');
  std::string text;
  for (int i = 0; i < 6; ++i)
    text += line + "\n";
  EXPECT_EQ(write_lines(pipe.in.get(), text, 0ms), 4U * 1'001U);
  EXPECT_EQ(write_lines(pipe.in.get(), "end\n", 0ms), 4U);
  EXPECT_EQ(write_lines(pipe.in.get(), std::string(std::size_t{2} * PIPE_BUF, 'y'), 0ms),
            std::size_t{PIPE_BUF});
}

TEST(WriteLines, S70_AFullPipeTakesNothingAndAClosedOneNoMore) {
  ::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  const std::string text(PIPE_BUF, 'x');
  std::size_t taken = 0;
  while (const auto count = write_lines(pipe.in.get(), text, 0ms).value_or(0))
    taken += count;
  EXPECT_GE(taken, std::size_t{PIPE_BUF});
  EXPECT_EQ(write_lines(pipe.in.get(), text, 10ms), 0U);
  pipe.out.reset();
  EXPECT_EQ(write_lines(pipe.in.get(), text, 0ms), std::nullopt);
  EXPECT_EQ(write_lines(-1, text, 0ms), 0U) << "poll(2) passes over it";
}

TEST(WriteLines, ReachTheStandardErrorOfAnotherProcess) {
  const Pipe pipe;
  const UniqueFd own{::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)};
  ASSERT_GE(::dup2(pipe.in.get(), STDERR_FILENO), 0);
  const bool written = write_line_of(::getpid(), "the hook says so");
  ASSERT_GE(::dup2(own.get(), STDERR_FILENO), 0);
  EXPECT_TRUE(written);
  std::array<char, 64> buffer{};
  const auto got = ::read(pipe.out.get(), buffer.data(), buffer.size());
  ASSERT_GT(got, 0);
  EXPECT_EQ(std::string(buffer.data(), static_cast<std::size_t>(got)), "the hook says so\n");
  EXPECT_FALSE(write_line_of(0, "nobody")) << "no such process";
}

}  // namespace
}  // namespace sragent
