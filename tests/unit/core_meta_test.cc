#include <gtest/gtest.h>

#include "core/meta.h"

namespace sragent {
namespace {

/// ROLE with hostType as told, VERSION, and a log.
MetaFiles ready_files() {
  MetaFiles out;
  out.any_regular_file = true;
  out.bdb_files = true;
  out.has_jdb = true;
  out.role = FileState::kParsed;
  out.version = FileState::kParsed;
  out.host_type_key = true;
  out.host_type_value = true;
  out.role_host = "fe-1";
  out.role_port = 9010;
  out.version_id = "1";
  return out;
}

MetaFiles half_made() {
  auto out = ready_files();
  out.host_type_value = false;
  return out;
}

struct Case {
  const char* name;
  MetaFiles (*make)();
  void (*bend)(MetaFiles&);
  MetaKind expected;
};

void join(MetaFiles& f) {
  f.intent = IntentKind::kJoin;
  f.intent_id = "1";
  f.intent_helper = "fe-0:9010";
}
MetaFiles none() {
  return {};
}

TEST(ClassifyMeta, EveryKindAtItsBoundaries) {
  const std::vector<Case> cases{
      {"nothing at all", none, [](MetaFiles&) {}, MetaKind::kEmpty},
      {"nothing but a sealed mark",
       none,
       [](MetaFiles& f) { f.sealed_mark = true; },
       MetaKind::kEmpty},
      {"nothing but a left mark", none, [](MetaFiles& f) { f.left_mark = true; }, MetaKind::kEmpty},

      {"ready once, no intent", ready_files, [](MetaFiles&) {}, MetaKind::kSealed},
      {"sealed mark", ready_files, [](MetaFiles& f) { f.sealed_mark = true; }, MetaKind::kSealed},
      {"sealed mark, hostType still empty",
       half_made,
       [](MetaFiles& f) { f.sealed_mark = true; },
       MetaKind::kSealed},
      {"sealed mark wins over an intent",
       ready_files,
       [](MetaFiles& f) {
         join(f);
         f.sealed_mark = true;
       },
       MetaKind::kSealed},
      {"older than hostType",
       half_made,
       [](MetaFiles& f) { f.host_type_key = false; },
       MetaKind::kSealed},

      {"founding, nothing yet",
       none,
       [](MetaFiles& f) { f.intent = IntentKind::kFound; },
       MetaKind::kFoundIntent},
      {"founding, ready once",
       ready_files,
       [](MetaFiles& f) { f.intent = IntentKind::kFound; },
       MetaKind::kFoundIntent},
      {"founding, garbage",
       none,
       [](MetaFiles& f) {
         f.any_regular_file = true;
         f.role = FileState::kUnreadable;
         f.intent = IntentKind::kFound;
       },
       MetaKind::kFoundIntent},
      {"joining, nothing yet", none, join, MetaKind::kJoinIntent},
      {"joining, ready once: a fork looks like this too", ready_files, join, MetaKind::kJoinIntent},

      {"ROLE empty, no VERSION",
       none,
       [](MetaFiles& f) {
         f.any_regular_file = true;
         f.role = FileState::kEmpty;
       },
       MetaKind::kUnfinished},
      {"hostType without value", half_made, [](MetaFiles&) {}, MetaKind::kUnfinished},
      {"hostType without value, no log",
       half_made,
       [](MetaFiles& f) { f.has_jdb = f.bdb_files = false; },
       MetaKind::kUnfinished},
      {"ROLE without value, no VERSION, no log",
       half_made,
       [](MetaFiles& f) {
         f.version = FileState::kAbsent;
         f.has_jdb = f.bdb_files = false;
       },
       MetaKind::kUnfinished},
      {"ready, but no log",
       ready_files,
       [](MetaFiles& f) { f.has_jdb = false; },
       MetaKind::kUnfinished},

      {"left", ready_files, [](MetaFiles& f) { f.left_mark = true; }, MetaKind::kLeft},
      {"left wins over sealed",
       ready_files,
       [](MetaFiles& f) { f.left_mark = f.sealed_mark = true; },
       MetaKind::kLeft},

      {"ROLE unreadable",
       ready_files,
       [](MetaFiles& f) { f.role = FileState::kUnreadable; },
       MetaKind::kDamaged},
      {"VERSION unreadable",
       ready_files,
       [](MetaFiles& f) { f.version = FileState::kUnreadable; },
       MetaKind::kDamaged},
      {"VERSION empty",
       half_made,
       [](MetaFiles& f) { f.version = FileState::kEmpty; },
       MetaKind::kDamaged},
      {"ROLE empty beside VERSION",
       half_made,
       [](MetaFiles& f) { f.role = FileState::kEmpty; },
       MetaKind::kDamaged},
      {"VERSION without ROLE",
       half_made,
       [](MetaFiles& f) { f.role = FileState::kAbsent; },
       MetaKind::kDamaged},
      {"a log without image",
       none,
       [](MetaFiles& f) { f.any_regular_file = f.bdb_files = f.has_jdb = true; },
       MetaKind::kDamaged},
      {"ROLE, a log, no VERSION",
       half_made,
       [](MetaFiles& f) { f.version = FileState::kAbsent; },
       MetaKind::kDamaged},
      {"ROLE with value, no VERSION",
       ready_files,
       [](MetaFiles& f) {
         f.version = FileState::kAbsent;
         f.has_jdb = f.bdb_files = false;
       },
       MetaKind::kDamaged},
      {"a member's files without their log",
       ready_files,
       [](MetaFiles& f) {
         f.sealed_mark = true;
         f.has_jdb = false;
       },
       MetaKind::kDamaged},
      {"an image without ROLE and VERSION",
       none,
       [](MetaFiles& f) { f.any_regular_file = true; },
       MetaKind::kDamaged},
  };
  for (const auto& one : cases) {
    auto files = one.make();
    one.bend(files);
    EXPECT_EQ(to_string(classify_meta(files).kind), to_string(one.expected)) << one.name;
  }
}

/// All combinations of what the judge looks at.
template <typename Visit>
void every_combination(const Visit& visit) {
  constexpr int kStates = 4;
  constexpr int kFlags = 6;
  for (int role = 0; role < kStates; ++role) {
    for (int version = 0; version < kStates; ++version) {
      for (int intent = 0; intent < 3; ++intent) {
        for (unsigned flags = 0; flags < (1U << kFlags); ++flags) {
          MetaFiles f;
          f.role = static_cast<FileState>(role);
          f.version = static_cast<FileState>(version);
          f.intent = static_cast<IntentKind>(intent);
          f.has_jdb = f.bdb_files = (flags & 1U) != 0;
          f.host_type_key = (flags & 2U) != 0;
          f.host_type_value = f.host_type_key && (flags & 4U) != 0;
          f.sealed_mark = (flags & 8U) != 0;
          f.left_mark = (flags & 16U) != 0;
          f.any_regular_file = f.role != FileState::kAbsent || f.version != FileState::kAbsent ||
                               f.has_jdb || (flags & 32U) != 0;
          visit(f);
        }
      }
    }
  }
}

TEST(ClassifyMeta, OnlyASaneMemberIsSealedAndOnlyNothingIsEmpty) {
  every_combination([](const MetaFiles& f) {
    const auto kind = classify_meta(f).kind;
    if (kind == MetaKind::kEmpty) {
      EXPECT_FALSE(f.any_regular_file);
    }
    if (kind == MetaKind::kLeft) {
      EXPECT_TRUE(f.left_mark);
    }
    if (kind == MetaKind::kSealed) {
      EXPECT_TRUE(f.has_jdb);
      EXPECT_EQ(f.role, FileState::kParsed);
      EXPECT_EQ(f.version, FileState::kParsed);
      EXPECT_TRUE(f.sealed_mark || f.intent == IntentKind::kNone);
    }
  });
}

TEST(ClassifyMeta, UnreadableIsNeverNewAndNeverAMember) {
  every_combination([](const MetaFiles& f) {
    if (f.role != FileState::kUnreadable && f.version != FileState::kUnreadable) return;
    const auto kind = classify_meta(f).kind;
    EXPECT_NE(kind, MetaKind::kEmpty);
    EXPECT_NE(kind, MetaKind::kSealed);
    EXPECT_NE(kind, MetaKind::kUnfinished);
  });
}

TEST(ClassifyMeta, S16_DamageAlwaysSaysWhat) {
  every_combination([](const MetaFiles& f) {
    const auto meta = classify_meta(f);
    if (meta.kind == MetaKind::kDamaged) {
      EXPECT_FALSE(meta.detail.empty());
    }
  });
  auto files = ready_files();
  files.role = FileState::kUnreadable;
  files.damage = "/data/meta/image/ROLE: no key role";
  EXPECT_EQ(classify_meta(files).detail, "/data/meta/image/ROLE: no key role");
}

TEST(ClassifyMeta, CarriesWhatTheFilesSay) {
  auto files = ready_files();
  files.role_role = FeRole::kObserver;
  files.role_host_type = HostType::kIp;
  const auto meta = classify_meta(files);
  EXPECT_EQ(meta.cluster_id, "1");
  EXPECT_EQ(meta.host, "fe-1");
  EXPECT_EQ(meta.port, 9010);
  EXPECT_EQ(meta.role, FeRole::kObserver);
  EXPECT_TRUE(meta.host_type_known);
  EXPECT_EQ(meta.host_type, HostType::kIp);
  MetaFiles joining;
  join(joining);
  joining.intent_id = "7";
  EXPECT_EQ(classify_meta(joining).cluster_id, "7");
  EXPECT_EQ(classify_meta(joining).helper, "fe-0:9010");
}

}  // namespace
}  // namespace sragent
