#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "io/fd.h"
#include "io_peer.h"
#include "runtime/log_follow.h"

/// A server's log files on the console: S70.
namespace sragent {
namespace {

namespace fs = std::filesystem;
using test::put_file;
using test::TempDir;

void append(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::app) << text;
}

/// The console: a pipe, whose reader is the test.
class Console {
 public:
  Console() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
    out_.reset(ends[0]);
    in_.reset(ends[1]);
  }
  [[nodiscard]] int in() const { return in_.get(); }
  void close_reader() { out_.reset(); }
  /// Reads until `end` has come, the other end is closed or nothing more can come.
  std::string read_to(const std::string& end) {
    std::string out;
    std::array<char, 65536> piece{};
    while (out.find(end) == std::string::npos) {
      const auto count = ::read(out_.get(), piece.data(), piece.size());
      if (count <= 0) break;
      out.append(piece.data(), static_cast<std::size_t>(count));
    }
    return out;
  }
  /// At most `max` bytes; waits for the first.
  std::size_t read_some(std::size_t max) {
    std::string out(max, '\0');
    return static_cast<std::size_t>(std::max<ssize_t>(::read(out_.get(), out.data(), max), 0));
  }
  std::string read_all() {
    in_.reset();
    return read_to("no such text");
  }

 private:
  UniqueFd out_{};
  UniqueFd in_{};
};

TEST(LogFollow, S70_EveryLineComesOnceAndInOrderOverRotations) {
  constexpr int kFiles = 5;
  constexpr int kLines = 2'000;
  const TempDir dir;
  const auto path = dir / "fe.log";
  put_file(path, "of the former container\n");
  Console console;
  std::optional<LogFollow> follow;
  follow.emplace(std::vector{path, dir / "fe.out"}, console.in());
  append(path, "begin\n");
  std::string text = console.read_to("begin\n");
  EXPECT_EQ(text, "begin\n");
  std::string expected;
  for (int file = 0; file < kFiles; ++file) {
    for (int i = 0; i < kLines; ++i) {
      const auto line = "line " + std::to_string(file) + "." + std::to_string(i) + "\n";
      expected += line;
      append(path, line);
    }
    text = console.read_to("." + std::to_string(kLines - 1) + "\n");
    EXPECT_EQ(text, expected);
    expected.clear();
    fs::rename(path, path + "." + std::to_string(file));
  }
  append(dir / "fe.out", "the last words, without an end");
  follow.reset();
  EXPECT_EQ(console.read_all(), "the last words, without an end\n");
}

TEST(LogFollow, S70_LinesOfTwoFilesDoNotMix) {
  const TempDir dir;
  Console console;
  std::optional<LogFollow> follow;
  follow.emplace(std::vector{dir / "a", dir / "b"}, console.in());
  append(dir / "a", "half of a");
  append(dir / "b", "b\n");
  EXPECT_EQ(console.read_to("b\n"), "b\n");
  append(dir / "a", " line\n");
  EXPECT_EQ(console.read_to("line\n"), "half of a line\n");
}

TEST(LogFollow, S70_WhereTooMuchWaitsItsBeginningIsLeftOutAndTheConsoleSaysSo) {
  constexpr std::size_t kLine = 1'024;
  constexpr std::size_t kLines = 20UL << 10U;
  const TempDir dir;
  const auto path = dir / "fe.log";
  Console console;
  std::optional<LogFollow> follow;
  follow.emplace(std::vector{path}, console.in());
  std::string text;
  for (std::size_t i = 0; i < kLines; ++i) {
    auto line = std::to_string(i) + " ";
    line.resize(kLine - 1, 'x');
    text += line + "\n";
  }
  put_file(path, "");
  append(path, text + "end\n");
  std::istringstream printed{console.read_to("end\n")};
  std::size_t whole = 0;
  std::size_t notes = 0;
  for (std::string line; std::getline(printed, line);) {
    const bool note = line.starts_with("sr-agent: ");
    EXPECT_TRUE(note || line == "end" || line.size() == kLine - 1) << line;
    if (note) {
      EXPECT_NE(line.find(" bytes of " + path + " are left out here"), std::string::npos) << line;
    }
    note ? ++notes : ++whole;
  }
  EXPECT_EQ(notes, 1U);
  EXPECT_LT(whole, kLines);
}

TEST(LogFollow, S70_ALineWithoutAnEndIsPrintedInPieces) {
  constexpr std::size_t kLong = 200'000;
  const TempDir dir;
  Console console;
  std::optional<LogFollow> follow;
  follow.emplace(std::vector{dir / "log"}, console.in());
  append(dir / "log", std::string(kLong, 'x') + "\nend\n");
  const auto text = console.read_to("end\n");
  EXPECT_EQ(std::count(text.begin(), text.end(), 'x'), static_cast<std::ptrdiff_t>(kLong));
  EXPECT_GT(std::count(text.begin(), text.end(), '\n'), 3);
}

TEST(LogFollow, S70_AConsoleThatNobodyReadsOrThatIsGoneHoldsNobodyUp) {
  ::signal(SIGPIPE, SIG_IGN);  // as the agent does
  for (const bool gone : {false, true}) {
    const TempDir dir;
    Console console;
    const LogFollow follow{{dir / "log"}, console.in()};
    if (gone) console.close_reader();
    for (int i = 0; i < 200; ++i)
      append(dir / "log", std::string(1'000, 'x') + "\n");
  }  // the destructor returns
}

/// A console that takes little at a time holds the end up no longer than one that takes nothing.
TEST(LogFollow, S70_AConsoleThatIsReadSlowlyHoldsNobodyUp) {
  constexpr std::size_t kMiB = std::size_t{1} << 20U;
  const TempDir dir;
  Console console;
  std::atomic<bool> ended = false;
  std::atomic<std::size_t> taken = 0;
  std::jthread reader;
  {
    const LogFollow follow{{dir / "log"}, console.in()};
    std::string line(1'023, 'x');
    line += '\n';
    std::string text;
    for (std::size_t i = 0; i < 8 * kMiB / line.size(); ++i)
      text += line;
    append(dir / "log", text);
    reader = std::jthread([&] {
      while (!ended) {
        taken += console.read_some(1'000);
        std::this_thread::sleep_for(std::chrono::milliseconds{10});  // 100 KB/s at most
      }
    });
    while (taken < kMiB / 10)  // more than a pipe holds
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  ended = true;
  reader.join();
  EXPECT_LT(taken, kMiB) << "of 8 MiB: it did not wait for the rest";
}

}  // namespace
}  // namespace sragent
