#include <gtest/gtest.h>

#include "io/files.h"
#include "io_peer.h"
#include "runtime/state_folder.h"

namespace sragent {
namespace {

using test::put_file;
using test::TempDir;

TEST(StateFolder, OpensBesideWhatAKilledAgentLeftAndRemovesIt) {
  const TempDir dir;
  ASSERT_TRUE(mkdir_p(dir / "log"));
  ASSERT_TRUE(mkdir_p(dir / "meta/.sr-agent"));
  put_file(dir / "meta/.sr-agent/intent.tmp.1.4", "half");
  put_file(dir / "log/sr-agent.certificate.tmp.1.9", "half");
  put_file(dir / "log/fe.log.tmp.1.1", "of somebody else");
  ASSERT_TRUE(StateFolder::open(dir / "meta/.sr-agent", dir / "meta", dir / "log"));
  EXPECT_TRUE(list_dir(dir / "meta/.sr-agent").value().empty());
  EXPECT_EQ(file_kind(dir / "log/sr-agent.certificate.tmp.1.9").value(), FileKind::kAbsent);
  EXPECT_EQ(file_kind(dir / "log/fe.log.tmp.1.1").value(), FileKind::kRegular);
}

/// An agent that was killed between sending a statement and reading its answer keeps the note.
TEST(StateFolder, AMemberHasNoOpenStatement) {
  const TempDir dir;
  ASSERT_TRUE(mkdir_p(dir / "log"));
  const auto state = StateFolder::open(dir / "meta/.sr-agent", dir / "meta", dir / "log");
  ASSERT_TRUE(state);
  ASSERT_TRUE(state->write(StatementNote{"ALTER SYSTEM ADD FOLLOWER", "fe-0", 1}));
  ASSERT_TRUE(state->read().statement);
  Certificate certificate;
  certificate.cluster_id = "7";
  ASSERT_TRUE(state->seal(certificate));
  EXPECT_TRUE(state->read().sealed);
  EXPECT_FALSE(state->read().statement);
}

}  // namespace
}  // namespace sragent
