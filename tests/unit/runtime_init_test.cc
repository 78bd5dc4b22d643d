#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include <gtest/gtest.h>

#include "core/exit_codes.h"
#include "io/files.h"
#include "runtime/init_once.h"
#include "runtime/server_plan.h"
#include "runtime/state_folder.h"

namespace sragent {
namespace {

namespace fs = std::filesystem;

class Folder : public testing::Test {
 public:
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

 protected:
  Folder() {
    std::string name = testing::TempDir() + "/init-XXXXXX";
    dir_ = ::mkdtemp(name.data());
  }
  ~Folder() override { fs::remove_all(dir_); }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories(fs::path{dir_ + "/" + name}.parent_path());
    std::ofstream{dir_ + "/" + name} << text;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    return read_file(dir_ + "/" + name, 1 << 20).value_or("(unreadable)");
  }
  [[nodiscard]] bool exists(const std::string& name) const { return fs::exists(dir_ + "/" + name); }

  std::string dir_{};
};

using DecisionFile = Folder;

/// What sh makes of `name` after it has sourced the file.
std::string sourced(const std::string& file, const std::string& name) {
  const auto command = "set -eu; . '" + file + "'; printf %s \"$" + name + "\"";
  const std::string line = "sh -c '" + [&] {
    std::string out;
    for (const char c : command)
      out += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
    return out;
  }() + "'";
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe{::popen(line.c_str(), "r"), ::pclose};
  std::array<char, 4096> bytes{};
  const auto count = std::fread(bytes.data(), 1, bytes.size(), pipe.get());
  return {bytes.data(), count};
}

TEST_F(DecisionFile, S13_IsReadBackBySh) {
  const DecisionValues values{{"FE_ROLE", "follower"},
                              {"FE_LEADER", "fe-0.search.ns:9030"},
                              {"FE_HELPER", ""},
                              {"V6", "[fd00::1]:9010"},
                              {"ODD", R"(a b; echo $HOME `id` "x" 'y' \ #z)"},
                              {"LINES", "one\ntwo"}};
  const auto file = dir_ + "/below/decision";
  ASSERT_TRUE(write_decision(file, values).has_value());
  for (const auto& [key, value] : values)
    EXPECT_EQ(sourced(file, key), value) << key;
  EXPECT_TRUE(is_decision_text(read("below/decision")));
  EXPECT_NE(read("below/decision").find("\nFE_LEADER=fe-0.search.ns:9030\n"), std::string::npos);
}

TEST_F(DecisionFile, ReplacesAnOlderOneWhole) {
  const auto file = dir_ + "/decision";
  ASSERT_TRUE(write_decision(file, {{"A", "1"}, {"B", "2"}}).has_value());
  ASSERT_TRUE(write_decision(file, {{"A", "3"}}).has_value());
  EXPECT_EQ(read("decision").find("B="), std::string::npos);
  EXPECT_EQ(std::distance(fs::directory_iterator{dir_}, fs::directory_iterator{}), 1);
}

bool removed(const std::string& file) {
  const auto done = remove_decision(file);
  EXPECT_TRUE(done.has_value());
  return done.value_or(false);
}

TEST_F(DecisionFile, IsRemovedOnlyIfItIsOurs) {
  const auto file = dir_ + "/decision";
  EXPECT_FALSE(removed(file));
  write("decision", "KEY=of somebody else\n");
  EXPECT_FALSE(removed(file));
  EXPECT_TRUE(exists("decision"));
  write("decision", std::string(1 << 20, 'x'));
  EXPECT_FALSE(removed(file));
  EXPECT_TRUE(exists("decision"));
  ASSERT_TRUE(write_decision(file, {{"A", "1"}}).has_value());
  EXPECT_TRUE(removed(file));
  EXPECT_FALSE(exists("decision"));
}

TEST_F(DecisionFile, NamesAPathThatCannotBeWritten) {
  write("file", "");
  const auto written = write_decision(dir_ + "/file/decision", {{"A", "1"}});
  ASSERT_FALSE(written.has_value());
  EXPECT_NE(written.error().what.find(dir_ + "/file"), std::string::npos) << written.error().what;
}

TEST_F(DecisionFile, S13_IsReadBackAsItWasWritten) {
  const DecisionValues values{{"FE_ROLE", "follower"},
                              {"EMPTY", ""},
                              {"V6", "[fd00::1]:9010"},
                              {"ODD", R"(a b; echo $HOME `id` "x" 'y' \ #z)"},
                              {"LINES", "one\ntwo=3\n"}};
  const auto text = decision_text(values);
  const auto back = parse_decision(text);
  ASSERT_TRUE(back.has_value()) << back.error().what;
  EXPECT_EQ(*back, values);
  EXPECT_EQ(decision_value(*back, "V6"), "[fd00::1]:9010");
  EXPECT_EQ(decision_value(*back, "NONE"), "");
  // Cut off anywhere it is no decision, or one with fewer whole lines.
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto part = parse_decision(text.substr(0, size));
    EXPECT_LT(part.value_or(DecisionValues{}).size(), values.size()) << size;
  }
}

TEST_F(DecisionFile, RefusesWhatItWouldNotHaveWritten) {
  const std::string heading = decision_text({});
  for (const std::string text : {"", "KEY=x\n", "# decision\nKEY=x\n"})
    EXPECT_FALSE(parse_decision(text)) << text;
  for (const std::string line :
       {"KEY", "=x\n", "key=x\n", "KEY=a b\n", "KEY=$(id)\n", "KEY='x\n", "\n"})
    EXPECT_FALSE(parse_decision(heading + line)) << line;
  const auto missing = read_decision(dir_ + "/none");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  write("decision", "half");
  EXPECT_NE(read_decision(dir_ + "/decision").error().what.find(dir_), std::string::npos);
}

/// A node whose name servers do not answer and whose disk decides.
class Init : public Folder {
 protected:
  Init() {
    config_.node.root = dir_ + "/sr";
    config_.node.pod_ip = "127.0.9.21";
    config_.node.pod_fqdn = "fe-0.search.ns";
    config_.node.host_type = HostTypeSetting::kFqdn;
    config_.node.runtime_dir = dir_ + "/runtime";
    config_.node.service = {{"fe-service", 0}};
    config_.dns.servers = {{"127.0.9.21", 9}};
    write("sr/fe/conf/fe.conf", "meta_dir = " + dir_ + "/meta\n");
    write("sr/cn/conf/cn.conf", "");
  }

  [[nodiscard]] InitResult init(NodeKind kind, bool dry_run) const {
    const auto shot = make_one_shot(kind, config_);
    if (!shot) return {.code = -1, .detail = shot.error().what};
    return init_once(*shot, {.dry_run = dry_run});
  }

  void seal() const {
    write("meta/image/ROLE", "role=FOLLOWER\nhostType=FQDN\nname=fe-0.search.ns_9010_1\n");
    write("meta/image/VERSION", "clusterId=77\ntoken=t\n");
    write("meta/bdb/00000000.jdb", "x");
  }

  [[nodiscard]] static std::string value(const InitResult& result, const std::string& key) {
    for (const auto& [name, text] : result.values)
      if (name == key) return text;
    return "(none)";
  }

  Config config_{};
};

TEST_F(Init, S13_ResumesASealedFeWithoutAskingAnybody) {
  seal();
  const auto result = init(NodeKind::kFe, true);
  EXPECT_EQ(result.code, kExitDone) << result.detail;
  EXPECT_EQ(result.rule, "5");
  EXPECT_EQ(value(result, "FE_ROLE"), "resume");
  EXPECT_EQ(value(result, "FE_LEADER"), "");
  EXPECT_EQ(value(result, "FE_HELPER"), "");
  EXPECT_EQ(value(result, "HOST_TYPE"), "FQDN");
  EXPECT_EQ(value(result, "CLUSTER_ID"), "77");
  EXPECT_EQ(value(result, "EXPIRES_UNIX_MS"), "(none)");
  EXPECT_EQ(value(result, "SESSION").size(), 16U);
}

TEST_F(Init, S13_IsUndecidableWhileTheNameServersAreSilent) {
  const auto result = init(NodeKind::kFe, false);
  EXPECT_EQ(result.code, kExitUndecidable);
  EXPECT_EQ(result.rule, "15");
  EXPECT_EQ(result.reason, Reason::kDnsNotReady);
  EXPECT_TRUE(result.values.empty());
  EXPECT_EQ(init(NodeKind::kCn, false).code, kExitUndecidable);
}

TEST_F(Init, ADryRunWritesNothing) {
  EXPECT_EQ(init(NodeKind::kFe, true).code, kExitUndecidable);
  EXPECT_FALSE(exists("meta"));
  EXPECT_FALSE(exists("runtime"));
}

TEST_F(Init, S13_RefusesDamagedMetadataAndLeavesItAsItIs) {
  seal();
  write("meta/image/VERSION", "");
  const auto result = init(NodeKind::kFe, false);
  EXPECT_EQ(result.code, kExitMetadata) << result.detail;
  EXPECT_EQ(result.reason, Reason::kMetaDamaged);
  EXPECT_TRUE(result.values.empty());
  EXPECT_TRUE(exists("meta/image/ROLE"));
  EXPECT_EQ(read("meta/image/VERSION"), "");
}

TEST_F(Init, S13_RefusesMetadataOfAnotherHost) {
  seal();
  config_.node.pod_fqdn = "fe-1.search.ns";
  const auto result = init(NodeKind::kFe, false);
  EXPECT_EQ(result.code, kExitIdentity) << result.detail;
  EXPECT_EQ(result.reason, Reason::kHostMismatch);
}

TEST_F(Init, MovesHalfMadeMetadataAsideAndLooksAgain) {
  write("meta/.sr-agent/keep", "");
  ASSERT_EQ(init(NodeKind::kFe, false).rule, "15");
  const auto state = StateFolder::open(dir_ + "/meta/.sr-agent", dir_ + "/meta", "");
  ASSERT_TRUE(state.has_value());
  IntentNote intent;
  intent.kind = IntentKind::kFound;
  ASSERT_TRUE(state->write(intent).has_value());
  write("meta/image/ROLE", "");
  EXPECT_EQ(init(NodeKind::kFe, true).rule, "9");
  EXPECT_TRUE(exists("meta/image/ROLE"));
  EXPECT_EQ(init(NodeKind::kFe, false).rule, "15");
  EXPECT_FALSE(exists("meta/image/ROLE"));
  EXPECT_TRUE(exists("meta/.sr-agent/aside"));
}

TEST_F(Init, RefusesAConfFileThatTheServerWouldRefuse) {
  write("sr/fe/conf/fe.conf", "edit_log_port = none\n");
  const auto result = init(NodeKind::kFe, false);
  EXPECT_EQ(result.code, kExitServerConf);
  EXPECT_NE(result.detail.find("edit_log_port"), std::string::npos) << result.detail;
}

TEST_F(Init, RefusesAStateFolderThatCannotBeMade) {
  write("meta", "a file");
  const auto result = init(NodeKind::kFe, false);
  EXPECT_EQ(result.code, kExitPath) << result.detail;
  EXPECT_EQ(result.reason, Reason::kPathNotWritable);
}

constexpr std::int64_t kNow = 1'000'000;

DecisionValues fe_decision(const std::string& role, const std::string& helper = {}) {
  return {{"KIND", "fe"}, {"FE_ROLE", role}, {"FE_HELPER", helper}, {"HOST_TYPE", "FQDN"}};
}

DecisionValues with(DecisionValues values, const std::string& key, const std::string& value) {
  values.emplace_back(key, value);
  return values;
}

class Planned : public Init {
 protected:
  [[nodiscard]] ServerPlan plan(const DecisionValues& decision) const {
    return plan_server(decision, config_, kNow);
  }
  [[nodiscard]] std::vector<std::string> argv(const std::vector<std::string>& options) const {
    std::vector<std::string> out{dir_ + "/sr/fe/bin/start_fe.sh", "--host_type", "FQDN"};
    out.insert(out.end(), options.begin(), options.end());
    return out;
  }
};

TEST_F(Planned, S13_AnEmptyFeStartsAsItWasDecided) {
  EXPECT_EQ(plan(fe_decision("follower", "fe-1.search.ns:9010")).argv,
            argv({"--helper", "fe-1.search.ns:9010"}));
  EXPECT_EQ(plan(fe_decision("observer", "h:9010")).argv, argv({"--helper", "h:9010"}));
  const auto founding = with(fe_decision("master"), "EXPIRES_UNIX_MS", std::to_string(kNow + 1));
  EXPECT_EQ(plan(founding).argv, argv({}));
}

TEST_F(Planned, S13_ADecisionThatNoLongerFitsIsVoid) {
  const auto is_void = [this](const DecisionValues& decision) {
    const auto made = plan(decision);
    EXPECT_TRUE(made.argv.empty());
    EXPECT_FALSE(made.detail.empty());
    return made.code == kExitUndecidable;
  };
  EXPECT_TRUE(is_void(with(fe_decision("master"), "EXPIRES_UNIX_MS", std::to_string(kNow))));
  EXPECT_TRUE(is_void(with(fe_decision("master"), "EXPIRES_UNIX_MS", "soon")));
  EXPECT_TRUE(is_void(fe_decision("master"))) << "a founding that never ends is none";
  EXPECT_TRUE(is_void(fe_decision("resume"))) << "an empty disk has nothing to resume";
  EXPECT_TRUE(is_void(fe_decision("follower"))) << "without a helper it would found";
  EXPECT_TRUE(is_void(fe_decision("leader", "h:9010")));
  EXPECT_TRUE(is_void({{"KIND", "fe"}, {"FE_ROLE", "follower"}, {"FE_HELPER", "h:9010"}}));
  EXPECT_TRUE(is_void({{"KIND", "broker"}}));
  write("meta/image/ROLE", "");  // a founding that was begun
  EXPECT_TRUE(is_void(with(fe_decision("master"), "EXPIRES_UNIX_MS", std::to_string(kNow + 1))));
  EXPECT_EQ(plan(fe_decision("follower", "h:9010")).argv, argv({"--helper", "h:9010"}));
}

TEST_F(Planned, S13_AMemberStartsWithoutAHelperWhateverTheFileSays) {
  seal();
  for (const auto& decision :
       {fe_decision("follower", "h:9010"), fe_decision("resume"), fe_decision("master")})
    EXPECT_EQ(plan(decision).argv, argv({}));
  EXPECT_EQ(plan(with(fe_decision("resume"), "CLUSTER_ID", "77")).argv, argv({}));
  const auto other = plan(with(fe_decision("follower", "h:9010"), "CLUSTER_ID", "78"));
  EXPECT_EQ(other.code, kExitIdentity);
  EXPECT_NE(other.detail.find("77"), std::string::npos);
  write("meta/image/VERSION", "");
  EXPECT_EQ(plan(fe_decision("resume")).code, kExitMetadata);
}

TEST_F(Planned, S13_ABeOrCnStartsInAnyCase) {
  EXPECT_EQ(plan({{"KIND", "cn"}, {"FE_LEADER", "fe-0:9030"}}).argv.front(),
            dir_ + "/sr/cn/bin/start_cn.sh");
}

}  // namespace
}  // namespace sragent
