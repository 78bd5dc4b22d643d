#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "starrocks/meta_dir.h"

namespace sragent {
namespace {

namespace fs = std::filesystem;

constexpr const char* kReadyRole =
    "#Sat Nov 21 07:50:35 UTC 2026\nrole=FOLLOWER\nhostType=FQDN\n"
    "name=fe-1.fe.lab_9010_1795247427915\n";
constexpr const char* kEarlyRole =
    "#Sat Nov 21 07:50:35 UTC 2026\nname=fe-1.fe.lab_9010_1795247427915\nhostType=\n"
    "role=FOLLOWER\n";
constexpr const char* kVersion =
    "#Sat Nov 21 07:48:37 UTC 2026\nclusterId=909264802\nrunMode=shared_nothing\n"
    "token=c9bdd640-3384-4cf4-875d-f415d56adae0\n";

/// A metadata directory that a test fills.
class MetaDir : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    dir_ = fs::path(::testing::TempDir()) /
           ("sragent-meta-" + std::to_string(::getpid()) + "-" + test->name());
    fs::remove_all(dir_);
    fs::create_directories(dir_);
  }
  void TearDown() override { fs::remove_all(dir_); }

  void put(const std::string& name, const std::string& text = "x") {
    fs::create_directories((dir_ / name).parent_path());
    std::ofstream(dir_ / name, std::ios::binary) << text;
  }
  void folder(const std::string& name) { fs::create_directories(dir_ / name); }

  [[nodiscard]] MetaState state() const {
    return classify_meta(read_meta_dir(dir_.string(), read_state_files(state_dir())));
  }
  [[nodiscard]] MetaFiles files() const {
    return read_meta_dir(dir_.string(), read_state_files(state_dir()));
  }
  [[nodiscard]] std::string state_dir() const { return state_folder(dir_.string()); }

  void sealed_member() {
    put("image/ROLE", kReadyRole);
    put("image/VERSION", kVersion);
    put("bdb/00000000.jdb");
  }

  fs::path dir_;
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST_F(MetaDir, ThatDoesNotExistIsEmpty) {
  fs::remove_all(dir_);
  EXPECT_EQ(state().kind, MetaKind::kEmpty);
}

TEST_F(MetaDir, WithFoldersAloneIsEmpty) {
  folder("image/v2");
  folder("bdb");
  folder("lost+found");
  folder("image/lost+found");
  put(".sr-agent/journal");
  EXPECT_EQ(state().kind, MetaKind::kEmpty);
}

TEST_F(MetaDir, OfAMemberIsSealed) {
  sealed_member();
  const auto meta = state();
  EXPECT_EQ(meta.kind, MetaKind::kSealed);
  EXPECT_EQ(meta.cluster_id, "909264802");
  EXPECT_EQ(meta.host, "fe-1.fe.lab");
  EXPECT_EQ(meta.port, 9010);
  EXPECT_EQ(meta.role, FeRole::kFollower);
  EXPECT_TRUE(meta.was_ready);
  EXPECT_EQ(meta.host_type, HostType::kFqdn);
}

TEST_F(MetaDir, OfAnEarlyFirstStartIsUnfinished) {
  put("image/ROLE", "");
  EXPECT_EQ(state().kind, MetaKind::kUnfinished);
  put("image/ROLE", kEarlyRole);
  EXPECT_EQ(state().kind, MetaKind::kUnfinished);
  put("image/VERSION", kVersion);
  EXPECT_EQ(state().kind, MetaKind::kUnfinished);
  put("bdb/00000000.jdb");
  EXPECT_EQ(state().kind, MetaKind::kUnfinished);
}

TEST_F(MetaDir, IntentAndMarksAreRead) {
  put("image/ROLE", kEarlyRole);
  put("image/VERSION", kVersion);
  put(".sr-agent/intent", to_text(IntentNote{IntentKind::kJoin, "909264802", "fe-0:9010", true}));
  auto meta = state();
  EXPECT_EQ(meta.kind, MetaKind::kJoinIntent);
  EXPECT_EQ(meta.helper, "fe-0:9010");
  EXPECT_TRUE(meta.helper_run_ended);
  sealed_member();
  EXPECT_EQ(state().kind, MetaKind::kJoinIntent);
  put(".sr-agent/sealed", to_text(SealedNote{"909264802"}));
  EXPECT_EQ(state().kind, MetaKind::kSealed);
  put(".sr-agent/left", to_text(LeftNote{"909264802", "scale-in"}));
  EXPECT_EQ(state().kind, MetaKind::kLeft);
}

struct Damage {
  const char* name;
  const char* file;
  std::string text;
  std::string_view named;
};

TEST_F(MetaDir, S16_EveryDamageNamesItsFile) {
  const std::vector<Damage> cases{
      {"ROLE of garbage", "image/ROLE", "\x01\x02garbage", "image/ROLE"},
      {"ROLE with a bad role", "image/ROLE", "role=LEADER\nname=a_1_2\n", "image/ROLE"},
      {"ROLE with a bad name", "image/ROLE", "role=FOLLOWER\nname=fe\n", "image/ROLE"},
      {"ROLE with a port of words", "image/ROLE", "role=FOLLOWER\nname=a_x_2\n", "image/ROLE"},
      {"ROLE with a foreign hostType",
       "image/ROLE",
       "role=FOLLOWER\nname=a_1_2\nhostType=DNS\n",
       "hostType"},
      {"ROLE that Java refuses", "image/ROLE", "role=\\u1\n", "image/ROLE"},
      {"ROLE far too long", "image/ROLE", std::string(100'000, 'a'), "image/ROLE"},
      {"empty ROLE beside VERSION", "image/ROLE", "", "image/ROLE"},
      {"VERSION empty", "image/VERSION", "", "image/VERSION"},
      {"VERSION without id", "image/VERSION", "token=x\n", "image/VERSION"},
      {"VERSION with a word for id", "image/VERSION", "clusterId=abc\n", "image/VERSION"},
      {"VERSION cut in the id key", "image/VERSION", "#x\nclusterI", "image/VERSION"},
  };
  for (const auto& row : cases) {
    sealed_member();
    put(row.file, row.text);
    const auto meta = state();
    EXPECT_EQ(meta.kind, MetaKind::kDamaged) << row.name;
    EXPECT_TRUE(contains(meta.detail, row.named)) << row.name << ": " << meta.detail;
  }
}

TEST_F(MetaDir, S16_VersionWithoutRoleAndLogWithoutImageAreDamaged) {
  put("image/VERSION", kVersion);
  EXPECT_EQ(state().kind, MetaKind::kDamaged);
  EXPECT_TRUE(contains(state().detail, "VERSION without"));
  fs::remove_all(dir_ / "image");
  put("bdb/00000000.jdb");
  EXPECT_EQ(state().kind, MetaKind::kDamaged);
  EXPECT_TRUE(contains(state().detail, "bdb/"));
}

TEST_F(MetaDir, S16_WhatIsNoRegularFileIsDamageAndNeverNew) {
  folder("image/ROLE");
  put("image/VERSION", kVersion);
  EXPECT_EQ(state().kind, MetaKind::kDamaged);
  EXPECT_TRUE(contains(state().detail, "image/ROLE")) << state().detail;
  fs::remove_all(dir_ / "image");
  ASSERT_EQ(::mkfifo((dir_ / "pipe").c_str(), 0600), 0);
  folder("image");
  fs::rename(dir_ / "pipe", dir_ / "image" / "ROLE");  // opening it would block for ever
  EXPECT_EQ(state().kind, MetaKind::kDamaged);
}

TEST_F(MetaDir, S16_AFileInPlaceOfAFolderIsDamage) {
  put("image", "I am a file");
  const auto meta = state();
  EXPECT_EQ(meta.kind, MetaKind::kDamaged);
  EXPECT_TRUE(contains(meta.detail, "image")) << meta.detail;
}

TEST_F(MetaDir, S16_UnreadableIsNeverNew) {
  if (::geteuid() == 0) {  // root reads everything; a link to itself cannot be followed by anybody
    fs::create_symlink(dir_ / "image", dir_ / "image");
  } else {
    folder("image");
    fs::permissions(dir_ / "image", fs::perms::none);
  }
  const auto meta = state();
  EXPECT_EQ(meta.kind, MetaKind::kDamaged);
  EXPECT_TRUE(contains(meta.detail, "image")) << meta.detail;
  if (::geteuid() != 0) fs::permissions(dir_ / "image", fs::perms::owner_all);
}

TEST_F(MetaDir, ADanglingLinkIsAFile) {
  folder("image");
  fs::create_symlink("/nowhere/at/all", dir_ / "image" / "image.7");
  EXPECT_TRUE(files().any_regular_file);
}

TEST_F(MetaDir, S80_ABrokenIntentBesideMetadataIsDamageAndNamesTheFile) {
  sealed_member();
  const auto text = to_text(IntentNote{IntentKind::kJoin, "1", "fe-0:9010", false});
  put(".sr-agent/intent", text.substr(0, text.size() / 2));
  const auto meta = state();
  EXPECT_EQ(meta.kind, MetaKind::kDamaged);
  EXPECT_TRUE(contains(meta.detail, ".sr-agent/intent")) << meta.detail;
}

TEST_F(MetaDir, S80_ABrokenIntentWithoutMetadataOrBesideASealIsNoDamage) {
  put(".sr-agent/intent", "half");
  EXPECT_EQ(state().kind, MetaKind::kEmpty);
  EXPECT_EQ(read_state_files(state_dir()).broken.size(), 1U);
  sealed_member();
  put(".sr-agent/sealed", to_text(SealedNote{"909264802"}));
  EXPECT_EQ(state().kind, MetaKind::kSealed);
}

TEST_F(MetaDir, BrokenNotesAreNamedWithTheirPath) {
  put(".sr-agent/certificate", "torn");
  put(".sr-agent/remembered", "");
  const auto read = read_state_files(state_dir());
  EXPECT_FALSE(read.certificate);
  ASSERT_EQ(read.broken.size(), 2U);
  EXPECT_TRUE(contains(read.broken[0].what(), ".sr-agent/certificate: "));
  EXPECT_TRUE(contains(read.broken[1].what(), ".sr-agent/remembered: "));
  EXPECT_FALSE(read.broken[0].unreadable);
}

TEST_F(MetaDir, AnOwnFileThatTheSystemRefusesIsNamedWithItsPathAndWhy) {
  std::filesystem::create_directories(state_dir() + "/certificate");  // also for root no file
  const auto read = read_state_files(state_dir());
  ASSERT_EQ(read.broken.size(), 1U);
  EXPECT_TRUE(read.broken[0].unreadable);
  EXPECT_EQ(read.broken[0].path, state_dir() + "/certificate");
  EXPECT_EQ(read.broken[0].why, "is not a regular file");
}

TEST_F(MetaDir, ACertificateElsewhereIsReadAlike) {
  const Certificate birth{"5", "fe-0", {"fe-0"}, 7};
  put("log/sr-agent.certificate", to_text(birth));
  EXPECT_EQ(read_certificate((dir_ / "log/sr-agent.certificate").string()).value(), birth);
  EXPECT_EQ(read_certificate((dir_ / "log/none").string()).error().kind, ErrorKind::kNotFound);
}

TEST_F(MetaDir, PartsAreWhatMayBeMovedAside) {
  EXPECT_TRUE(meta_parts(dir_.string()).empty());
  sealed_member();
  put(".sr-agent/journal");
  EXPECT_EQ(meta_parts(dir_.string()), (std::vector<std::string>{"image", "bdb"}));
}

TEST(RoleFile, Ipv6AndUnderscoresInHostsAreRead) {
  const auto v6 = parse_role("role=OBSERVER\nhostType=IP\nname=fd00\\:\\:8_9010_1700000000000\n");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "fd00::8");
  EXPECT_EQ(v6->port, 9010);
  EXPECT_EQ(v6->role, FeRole::kObserver);
  EXPECT_EQ(v6->host_type, HostType::kIp);
  const auto odd = parse_role("role=FOLLOWER\nname=my_fe_0_19010_17\n");
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->host, "my_fe_0");
  EXPECT_EQ(odd->port, 19010);
  EXPECT_FALSE(odd->host_type_key);
}

TEST_F(MetaDir, AnOlderMemberWithoutTheKeyHostTypeIsSealed) {
  sealed_member();
  put("image/ROLE", "role=FOLLOWER\nname=10.0.0.1_9010_17\n");
  EXPECT_EQ(state().kind, MetaKind::kSealed);
  EXPECT_FALSE(state().host_type_known);
}

TEST_F(MetaDir, S28_TheClusterOfABeDiskIsRead) {
  EXPECT_EQ(read_be_cluster_id(dir_.string()).value(), "");
  put("cluster_id", "909264802");
  EXPECT_EQ(read_be_cluster_id(dir_.string()).value(), "909264802");
  put("cluster_id", "909264802-c9bdd640\n");
  EXPECT_EQ(read_be_cluster_id(dir_.string()).value(), "909264802");
  put("cluster_id", "");
  EXPECT_EQ(read_be_cluster_id(dir_.string()).value(), "");
  put("cluster_id", "what?");
  EXPECT_EQ(read_be_cluster_id(dir_.string()).error().kind, ErrorKind::kGarbled);
  put("cluster_id", std::string(1'000'000, '1'));
  EXPECT_FALSE(read_be_cluster_id(dir_.string()));
}

}  // namespace
}  // namespace sragent
