#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "io/file_follower.h"
#include "io_peer.h"

/// Logs that grow and are rotated: S70.
namespace sragent {
namespace {

namespace fs = std::filesystem;
using test::put_file;
using test::TempDir;

constexpr std::size_t kMax = 1'000;

void append(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::app) << text;
}

/// A log that holds a line when it is begun to be followed.
class FollowedLog : public testing::Test {
 protected:
  static std::string with_a_line(const std::string& path) {
    put_file(path, "old\n");
    return path;
  }

  TempDir dir_{};
  std::string path_ = with_a_line(dir_ / "log");
  FileFollower log_{path_};
};

TEST_F(FollowedLog, S70_ReadsWhatComesAndNotWhatWasThere) {
  EXPECT_EQ(log_.read(kMax), "");
  append(path_, "new\n");
  EXPECT_EQ(log_.behind(), 4U);
  EXPECT_EQ(log_.read(2), "ne");
  EXPECT_EQ(log_.read(kMax), "w\n");
  EXPECT_EQ(log_.read(kMax), "");
}

TEST(FileFollower, S70_AFileThatComesLaterIsReadFromItsBeginning) {
  const TempDir dir;
  FileFollower log{dir / "log"};
  EXPECT_EQ(log.read(kMax), "");
  EXPECT_EQ(log.behind(), 0U);
  put_file(dir / "log", "first\n");
  EXPECT_EQ(log.read(kMax), "first\n");
}

TEST_F(FollowedLog, S70_ARenamedFileIsReadToItsEndBeforeItsSuccessor) {
  append(path_, "a\n");
  fs::rename(path_, dir_ / "log.1");
  append(dir_ / "log.1", "b\n");
  put_file(path_, "c\n");
  EXPECT_EQ(log_.read(2), "a\n");
  EXPECT_EQ(log_.read(2), "b\n");
  EXPECT_EQ(log_.read(kMax), "c\n");
}

TEST(FileFollower, S70_ALinkThatIsTurnedIsFollowed) {
  const TempDir dir;
  put_file(dir / "be.INFO.log.1", "");
  fs::create_symlink("be.INFO.log.1", dir / "be.INFO");
  FileFollower log{dir / "be.INFO"};
  append(dir / "be.INFO.log.1", "a\n");
  put_file(dir / "be.INFO.log.2", "b\n");
  fs::remove(dir / "be.INFO");
  EXPECT_EQ(log.read(kMax), "a\n");
  EXPECT_EQ(log.read(kMax), "");  // between two files
  fs::create_symlink("be.INFO.log.2", dir / "be.INFO");
  EXPECT_EQ(log.read(kMax), "b\n");
}

TEST_F(FollowedLog, S70_AFileThatIsCutIsReadFromItsBeginning) {
  append(path_, "a long line\n");
  EXPECT_EQ(log_.read(kMax), "a long line\n");
  fs::resize_file(path_, 0);
  append(path_, "b\n");
  EXPECT_EQ(log_.read(kMax), "b\n");
}

TEST_F(FollowedLog, S70_SkipsToTheLastBytes) {
  append(path_, "0123456789");
  log_.skip_to_last(3);
  EXPECT_EQ(log_.read(kMax), "789");
}

TEST(FileFollower, S70_AFifoAFolderOrNothingInItsPlaceHoldsNobodyUp) {
  const TempDir dir;
  ASSERT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  for (const auto& path : {dir / "fifo", dir.path(), dir / "none/below", std::string{}}) {
    FileFollower log{path};
    EXPECT_EQ(log.read(kMax), "") << path;
    EXPECT_EQ(log.behind(), 0U) << path;
  }
}

}  // namespace
}  // namespace sragent
