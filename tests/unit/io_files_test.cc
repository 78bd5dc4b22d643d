#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "io/files.h"
#include "io_peer.h"

namespace sragent {
namespace {

using test::put_file;
using test::TempDir;

mode_t mode_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777U : 0;
}

const auto kAnyFile = [](const std::string&) { return true; };

TEST(ReadFile, TellsMissingFromUnreadable) {
  const TempDir dir;
  EXPECT_EQ(read_file(dir / "none", 10).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(read_file(dir.path(), 10).error().kind, ErrorKind::kIo);
  put_file(dir / "file", "text");
  EXPECT_EQ(read_file(dir / "file/below", 10).error().kind, ErrorKind::kNotFound);
}

TEST(ReadFile, StopsAtItsLimit) {
  const TempDir dir;
  put_file(dir / "f", "12345");
  EXPECT_EQ(read_file(dir / "f", 5).value(), "12345");
  EXPECT_EQ(read_file(dir / "f", 4).error().kind, ErrorKind::kGarbled);
  EXPECT_EQ(read_file("/dev/zero", 100).error().kind, ErrorKind::kGarbled);
}

TEST(ReadFile, DoesNotHangOnAFifo) {
  const TempDir dir;
  ASSERT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(read_file(dir / "fifo", 100).value_or("failed"), "");
}

TEST(WriteAtomic, ReplacesWithExactModeAndLeavesNothingElse) {
  const TempDir dir;
  const mode_t before = ::umask(077);
  ASSERT_TRUE(write_atomic(dir / "f", "one", 0644));
  ::umask(before);
  EXPECT_EQ(mode_of(dir / "f"), 0644U);
  ASSERT_TRUE(write_atomic(dir / "f", "two", 0600));
  EXPECT_EQ(read_file(dir / "f", 100).value(), "two");
  EXPECT_EQ(mode_of(dir / "f"), 0600U);
  EXPECT_EQ(list_dir(dir.path())->size(), 1U);
}

TEST(PutLink, TakesThePlaceOfAFileOrALinkAndIsSeenAsItself) {
  const TempDir dir;
  EXPECT_EQ(entry_at(dir / "l")->kind, FileKind::kAbsent);
  ASSERT_TRUE(put_link("/nowhere/one", dir / "l"));
  EXPECT_TRUE(entry_at(dir / "l")->link);
  EXPECT_EQ(entry_at(dir / "l")->points_to, "/nowhere/one");
  ASSERT_TRUE(put_link("/nowhere/two", dir / "l"));
  EXPECT_EQ(entry_at(dir / "l")->points_to, "/nowhere/two");
  put_file(dir / "f", "text");
  EXPECT_EQ(entry_at(dir / "f")->kind, FileKind::kRegular);
  ASSERT_TRUE(put_link("l", dir / "f"));
  EXPECT_EQ(entry_at(dir / "f")->points_to, "l");
  EXPECT_EQ(list_dir(dir.path())->size(), 2U);
}

TEST(PutLink, WhoseMakerWasKilledIsRemovedAsUnfinished) {
  const TempDir dir;
  ASSERT_TRUE(put_link("/nowhere", dir / "f.tmp.7.1"));
  ASSERT_TRUE(put_link("/nowhere", dir / "g.tmp.7.1"));
  remove_unfinished(dir.path(), "f");
  EXPECT_EQ(list_dir(dir.path())->size(), 1U);
}

TEST(WriteAtomic, KeepsTheOldFileWhenItFails) {
  const TempDir dir;
  ASSERT_TRUE(mkdir_p(dir / "target/full"));
  const auto done = write_atomic(dir / "target", "text");
  ASSERT_FALSE(done);
  EXPECT_EQ(list_dir(dir.path())->size(), 1U) << "a temporary file is left";
  EXPECT_EQ(write_atomic(dir / "no/such", "x").error().kind, ErrorKind::kNotFound);
}

/// A container's agent is PID 1 each time and counts from 1 each time.
TEST(WriteAtomic, IsNotHinderedByWhatAKilledOneOfTheSameNumberLeft) {
  const TempDir dir;
  constexpr int kMoreThanWereWritten = 200;
  const auto start = dir / ("f.tmp." + std::to_string(::getpid()) + ".");
  for (int i = 1; i <= kMoreThanWereWritten; ++i)
    put_file(start + std::to_string(i), "half");
  ASSERT_TRUE(write_atomic(dir / "f", "whole"));
  EXPECT_EQ(read_file(dir / "f", 100).value(), "whole");
}

TEST(RemoveUnfinished, TakesTemporaryFilesOnlyAndOfOneNameIfAsked) {
  const TempDir dir;
  for (const auto* name : {"a.tmp.1.7", "b.tmp.12.1", "a", ".tmp.1.1", "a.tmp.x", "a.tmp.1.1.old"})
    put_file(dir / name, "");
  ASSERT_TRUE(mkdir_p(dir / "c.tmp.1.1"));
  remove_unfinished(dir.path(), "a");
  EXPECT_EQ(file_kind(dir / "a.tmp.1.7").value(), FileKind::kAbsent);
  EXPECT_EQ(file_kind(dir / "b.tmp.12.1").value(), FileKind::kRegular);
  remove_unfinished(dir.path());
  EXPECT_EQ(list_dir(dir.path()).value().size(), 5U);
  EXPECT_EQ(file_kind(dir / "b.tmp.12.1").value(), FileKind::kAbsent);
  remove_unfinished(dir / "none");
}

TEST(AppendLine, AddsOneLineEachTime) {
  const TempDir dir;
  ASSERT_TRUE(append_line_fsync(dir / "log", "one"));
  ASSERT_TRUE(append_line_fsync(dir / "log", "two"));
  EXPECT_EQ(read_file(dir / "log", 100).value(), "one\ntwo\n");
}

TEST(RenameAside, MovesButNeverOver) {
  const TempDir dir;
  put_file(dir / "a", "a");
  put_file(dir / "b", "b");
  EXPECT_EQ(rename_aside(dir / "a", dir / "b").error().kind, ErrorKind::kRejected);
  EXPECT_EQ(read_file(dir / "b", 10).value(), "b");
  ASSERT_TRUE(rename_aside(dir / "a", dir / "c"));
  EXPECT_EQ(file_kind(dir / "a").value(), FileKind::kAbsent);
  EXPECT_EQ(read_file(dir / "c", 10).value(), "a");
  EXPECT_EQ(rename_aside(dir / "gone", dir / "d").error().kind, ErrorKind::kNotFound);
}

TEST(FileKind, TellsAbsentFromCannotTell) {
  const TempDir dir;
  put_file(dir / "f", "");
  ASSERT_EQ(::symlink("f", (dir / "link").c_str()), 0);
  ASSERT_EQ(::symlink("loop", (dir / "loop").c_str()), 0);
  EXPECT_EQ(file_kind(dir / "f").value(), FileKind::kRegular);
  EXPECT_EQ(file_kind(dir / "link").value(), FileKind::kRegular);
  EXPECT_EQ(file_kind(dir.path()).value(), FileKind::kDirectory);
  EXPECT_EQ(file_kind("/dev/null").value(), FileKind::kOther);
  EXPECT_EQ(file_kind(dir / "none").value(), FileKind::kAbsent);
  EXPECT_FALSE(file_kind(dir / "loop")) << "a loop of links is not absence";
}

TEST(ListDir, IsSortedAndLimited) {
  const TempDir dir;
  put_file(dir / "b", "");
  put_file(dir / "a", "");
  ASSERT_TRUE(mkdir_p(dir / "c"));
  const auto entries = list_dir(dir.path());
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_EQ((*entries)[0].name, "a");
  EXPECT_EQ((*entries)[2].kind, FileKind::kDirectory);
  EXPECT_EQ(list_dir(dir.path(), 2).error().kind, ErrorKind::kGarbled);
  EXPECT_EQ(list_dir(dir / "none").error().kind, ErrorKind::kNotFound);
}

TEST(AnyRegularFile, LooksBelowAndAsksForEach) {
  const TempDir dir;
  ASSERT_TRUE(mkdir_p(dir / "x/y"));
  EXPECT_FALSE(any_regular_file(dir.path(), kAnyFile).value());
  put_file(dir / "x/y/je.lck", "");
  EXPECT_TRUE(any_regular_file(dir.path(), kAnyFile).value());
  std::string seen;
  const auto not_the_lock = [&](const std::string& relative) {
    seen = relative;
    return relative != "x/y/je.lck";
  };
  EXPECT_FALSE(any_regular_file(dir.path(), not_the_lock).value());
  EXPECT_EQ(seen, "x/y/je.lck");
}

TEST(AnyRegularFile, DoesNotFollowLinksAndKeepsItsLimits) {
  const TempDir dir;
  const TempDir elsewhere;
  put_file(elsewhere / "f", "");
  ASSERT_EQ(::symlink(elsewhere.path().c_str(), (dir / "link").c_str()), 0);
  ASSERT_EQ(::symlink(dir.path().c_str(), (dir / "self").c_str()), 0);
  EXPECT_FALSE(any_regular_file(dir.path(), kAnyFile).value());
  EXPECT_EQ(any_regular_file(dir.path(), kAnyFile, 1).error().kind, ErrorKind::kGarbled);
  EXPECT_EQ(any_regular_file(dir / "none", kAnyFile).error().kind, ErrorKind::kNotFound);
  std::string deep = dir.path();
  for (int i = 0; i < 40; ++i)
    deep += "/d";
  ASSERT_TRUE(mkdir_p(deep));
  EXPECT_EQ(any_regular_file(dir.path(), kAnyFile).error().kind, ErrorKind::kGarbled);
}

TEST(AnyRegularFile, AnUnreadablePartIsNotAnEmptyOne) {
  if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
  const TempDir dir;
  ASSERT_TRUE(mkdir_p(dir / "closed", 0000));
  EXPECT_EQ(any_regular_file(dir.path(), kAnyFile).error().kind, ErrorKind::kIo);
  ::chmod((dir / "closed").c_str(), 0700);
}

TEST(MkdirP, MakesParentsAndMayBeRepeated) {
  const TempDir dir;
  ASSERT_TRUE(mkdir_p(dir / "a/b/c", 0700));
  ASSERT_TRUE(mkdir_p(dir / "a/b/c", 0755)) << "exists already";
  EXPECT_EQ(mode_of(dir / "a/b/c"), 0700U) << "what exists keeps its mode";
  put_file(dir / "file", "");
  EXPECT_FALSE(mkdir_p(dir / "file"));
  EXPECT_FALSE(mkdir_p(dir / "file/below"));
}

TEST(FileStamp, ChangesWithTheFileAndWithTheLink) {
  const TempDir dir;
  put_file(dir / "a", "1");
  put_file(dir / "b", "1");
  ASSERT_EQ(::symlink("a", (dir / "link").c_str()), 0);
  const auto first = file_stamp(dir / "link");
  EXPECT_EQ(first.value(), file_stamp(dir / "a").value());
  ASSERT_EQ(::symlink("b", (dir / "new").c_str()), 0);
  ASSERT_EQ(::rename((dir / "new").c_str(), (dir / "link").c_str()), 0);
  EXPECT_NE(first.value(), file_stamp(dir / "link").value());
  put_file(dir / "a", "22");
  EXPECT_NE(first.value(), file_stamp(dir / "a").value());
}

TEST(FileLock, IsHeldByOneAtATime) {
  const TempDir dir;
  {
    const auto held = FileLock::acquire(dir / "lock");
    ASSERT_TRUE(held);
    EXPECT_EQ(FileLock::acquire(dir / "lock").error().kind, ErrorKind::kRejected);
  }
  EXPECT_TRUE(FileLock::acquire(dir / "lock"));
}

TEST(RemoveFile, RefusesFolders) {
  const TempDir dir;
  EXPECT_FALSE(remove_file(dir.path()));
  put_file(dir / "f", "");
  EXPECT_TRUE(remove_file(dir / "f"));
  EXPECT_EQ(remove_file(dir / "f").error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace sragent
