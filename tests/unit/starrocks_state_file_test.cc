#include <limits>

#include <gtest/gtest.h>

#include "starrocks/state_file.h"

namespace sragent {
namespace {

const IntentNote kJoinNote{IntentKind::kJoin, "909264802", "fe-0.fe.lab:9010", true};
const Certificate kBirth{"909264802", "fe-1.x", {"fe-0.x", "fe-1.x"}, 1795247310823};

TEST(StateFile, EveryNoteComesBackAsItWas) {
  const IntentNote found{IntentKind::kFound, "", "", false};
  const SealedNote sealed{"1"};
  const LeftNote left{"1", "scale-in\nby \\ hand = yes"};
  const RememberedNote remembered{{"1", "2"}};
  const MembersNote members{"1", {"fe-0.x", "fd00::8"}};
  const StatementNote statement{"ALTER SYSTEM ADD FOLLOWER \"a:1\"", "fe-0.x", 17};
  const WorkerNote worker{true, false, "9", "2026-11-21T10:06:30.042Z"};
  const SeenNote seen{"fe-0.x", "2026-11-21 10:06:30", {"be-1.x:9050", "be-2.x:9050"}, true};
  EXPECT_EQ(parse_seen(to_text(seen)).value(), seen);
  for (const auto& leave : {LeaveNote{123'456'789, std::nullopt, ""},
                            LeaveNote{std::nullopt, 5, "a disk is replaced"},
                            LeaveNote{7, 5, "both"},
                            LeaveNote{std::nullopt,
                                      5,
                                      "scale-in",
                                      true,
                                      true,
                                      true,
                                      "10001",
                                      "2026-11-21 10:06:30",
                                      "909264802",
                                      true,
                                      "scale-1",
                                      "scale-2",
                                      30,
                                      "quorum_risk",
                                      "this is the only FE"}})
    EXPECT_EQ(parse_leave(to_text(leave)).value(), leave);
  const MarksNote marks{"10001",
                        {{"fe-0.x", "2026-11-21 10:06:30", false}, {"fe-1.x", "NULL", true}}};
  EXPECT_EQ(parse_marks(to_text(marks)).value(), marks);
  EXPECT_EQ(parse_intent(to_text(kJoinNote)).value(), kJoinNote);
  EXPECT_EQ(parse_intent(to_text(found)).value(), found);
  EXPECT_EQ(parse_sealed(to_text(sealed)).value(), sealed);
  EXPECT_EQ(parse_left(to_text(left)).value(), left);
  EXPECT_EQ(parse_certificate(to_text(kBirth)).value(), kBirth);
  EXPECT_EQ(parse_remembered(to_text(remembered)).value(), remembered);
  EXPECT_EQ(parse_remembered(to_text(RememberedNote{})).value(), RememberedNote{});
  EXPECT_EQ(parse_members(to_text(members)).value(), members);
  EXPECT_EQ(parse_statement(to_text(statement)).value(), statement);
  EXPECT_EQ(parse_worker(to_text(worker)).value(), worker);
}

TEST(StateFile, S80_ATornTextIsNeverTakenForAWholeOne) {
  const auto whole = to_text(kJoinNote);
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    const auto got = parse_intent(std::string_view(whole).substr(0, cut));
    ASSERT_FALSE(got) << cut;
    EXPECT_EQ(got.error().kind, ErrorKind::kGarbled);
  }
}

TEST(StateFile, OneChangedByteIsNoticed) {
  const auto whole = to_text(kBirth);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    auto text = whole;
    text[at] = static_cast<char>(text[at] ^ 1);
    EXPECT_FALSE(parse_certificate(text)) << at;
  }
  EXPECT_FALSE(parse_certificate(whole + "x=1\n"));
  EXPECT_FALSE(parse_certificate(std::string(4096, '\0')));
}

TEST(StateFile, OneKindIsNotAnother) {
  EXPECT_FALSE(parse_sealed(to_text(LeftNote{"1", ""})));
  EXPECT_FALSE(parse_intent(to_text(SealedNote{"1"})));
}

TEST(StateFile, AJoinWithoutClusterOrHelperIsNone) {
  EXPECT_FALSE(parse_intent(to_text(IntentNote{IntentKind::kJoin, "", "a:1", false})));
  EXPECT_FALSE(parse_intent(to_text(IntentNote{IntentKind::kJoin, "1", "", false})));
  EXPECT_FALSE(parse_sealed(to_text(SealedNote{})));
  EXPECT_FALSE(parse_certificate(to_text(Certificate{})));
}

TEST(StateFile, S27_ADroppedRowIsRememberedOverRestarts) {
  WorkerMemory memory;
  memory.dropped = true;
  memory.decommissioned = true;
  memory.registered_id = "7";
  memory.seen = true;
  memory.misses = 2;
  const auto back = worker_memory(parse_worker(to_text(worker_note(memory))).value());
  EXPECT_TRUE(back.dropped);
  EXPECT_TRUE(back.decommissioned);
  EXPECT_EQ(back.registered_id, "7");
  EXPECT_FALSE(back.seen);
  EXPECT_EQ(back.misses, 0);
}

TEST(StateFile, AClockThatWentBackMakesAStatementYoung) {
  const StatementNote note{"x", "y", 10'000};
  EXPECT_EQ(statement_age(note, 45'000), Millis{35'000});
  EXPECT_EQ(statement_age(note, 9'000), Millis{0});
  constexpr auto kLongAgo = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(statement_age({"x", "y", kLongAgo}, 9'000), Millis{9'000}) << "no overflow";
}

TEST(StateFile, PathsAreUnderTheStateFolder) {
  EXPECT_EQ(state_folder("/data/meta"), "/data/meta/.sr-agent");
  EXPECT_EQ(state_folder("/data/meta//"), "/data/meta/.sr-agent");
  EXPECT_EQ(state_path("/s", state_names::kIntent), "/s/intent");
}

}  // namespace
}  // namespace sragent
