#include <gtest/gtest.h>

#include "starrocks/memory_conf.h"

namespace sragent {
namespace {

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30U;

ConfFile conf(NodeKind kind, const std::string& text) {
  return parse_conf(text, {kind, "/opt/starrocks/x", {}});
}

Result<MemoryWish> be(const std::string& text) {
  return worker_memory(conf(NodeKind::kBe, text));
}

Result<MemoryWish> fe(const std::string& text, const EnvMap& env = {}) {
  return fe_heap(conf(NodeKind::kFe, text), env);
}

TEST(MemoryConf, S66_ABeTakesAPartOrASize) {
  EXPECT_EQ(be("").value().percent, 90.0);
  EXPECT_EQ(be("").value().said, "mem_limit = 90% (the default)");
  EXPECT_EQ(be("mem_limit = 80%").value().percent, 80.0);
  EXPECT_EQ(be("mem_limit = 80 %").value().percent, 80.0);
  EXPECT_EQ(be("mem_limit=100G").value().bytes, 100 * kGiB);
  EXPECT_EQ(be("mem_limit = 1.5t").value().bytes, 1'536 * kGiB);
  EXPECT_EQ(be("mem_limit = 512m").value().bytes, kGiB / 2);
  EXPECT_EQ(be("mem_limit = 2048k").value().bytes, std::uint64_t{2} << 20U);
  EXPECT_EQ(be("mem_limit = 1073741824").value().bytes, kGiB);
  EXPECT_EQ(be("mem_limit = 1073741824B").value().bytes, kGiB);
}

TEST(MemoryConf, S66_ABeDoesNotStartWithAnythingElse) {
  for (const std::string bad : {"lots",
                                "",
                                "%",
                                "G",
                                "0",
                                "0%",
                                "-5",
                                "-5%",
                                "1.5%",
                                "1e400G",
                                "nanG",
                                "infG",
                                "-1G",
                                "99999999999999999999",
                                "9999999999T",
                                "10GB"}) {
    const auto got = be("mem_limit = " + bad);
    ASSERT_FALSE(got) << bad;
    EXPECT_EQ(got.error().kind, ErrorKind::kBadConfig) << bad;
    EXPECT_NE(got.error().what.find("mem_limit: expected"), std::string::npos) << got.error().what;
  }
}

TEST(MemoryConf, S66_AnFesHeapIsTheLastOption) {
  const auto got =
      fe("DATE = \"$(date +%Y%m%d-%H%M%S)\"\n"
         "JAVA_OPTS=\"-Xmx8192m -XX:+UseG1GC -Xlog:gc*:${LOG_DIR}/fe.gc.log.$DATE:time\"\n");
  EXPECT_EQ(got.value().bytes, 8 * kGiB);
  EXPECT_EQ(got.value().said, "-Xmx8192m");
  EXPECT_EQ(fe("JAVA_OPTS = -Xmx1g -Xmx2g").value().bytes, 2 * kGiB);
  EXPECT_EQ(fe("JAVA_OPTS = -Xmx1g -XX:MaxHeapSize=3g").value().bytes, 3 * kGiB);
  EXPECT_EQ(fe("JAVA_OPTS = -Xmx1073741824").value().bytes, kGiB);
  EXPECT_EQ(fe("JAVA_OPTS = -XX:MaxRAMPercentage=75.0").value().percent, 75.0);
  EXPECT_EQ(fe("JAVA_OPTS = -XX:MaxRAMPercentage=75 -Xmx1g").value().bytes, kGiB);
}

TEST(MemoryConf, S66_TheEnvironmentCountsWhereTheFileSaysNothing) {
  const EnvMap env{{"JAVA_OPTS", "-Xmx4g"}, {"HEAP", "6g"}};
  EXPECT_EQ(fe("", env).value().bytes, 4 * kGiB);
  EXPECT_EQ(fe("JAVA_OPTS = -Xmx2g", env).value().bytes, 2 * kGiB);
  const auto file = parse_conf("JAVA_OPTS = -Xmx${HEAP}", {NodeKind::kFe, "/x", env});
  EXPECT_EQ(fe_heap(file, env).value().bytes, 6 * kGiB);
}

TEST(MemoryConf, S66_AHeapThatOnlyAShellOrAJdkCouldTellIsNotKnown) {
  for (const std::string text : {"",
                                 "JAVA_OPTS = -XX:+UseG1GC",
                                 "JAVA_OPTS = -Xmx$(cat /heap)",
                                 "JAVA_OPTS = -Xmx`cat /heap`",
                                 "JAVA_OPTS = -Xmx",
                                 "JAVA_OPTS = -Xmx0",
                                 "JAVA_OPTS = -Xmx-1g",
                                 "JAVA_OPTS = -Xmx99999999999g",
                                 "JAVA_OPTS = -Xmx99999999999999999999",
                                 "JAVA_OPTS = -Xmx1.5g",
                                 "JAVA_OPTS = -XX:MaxRAMPercentage=0",
                                 "JAVA_OPTS = -XX:MaxRAMPercentage=900",
                                 "JAVA_OPTS = -Xmx1g\nJAVA_OPTS_FOR_JDK_11 = -Xmx2g"}) {
    const auto got = fe(text);
    ASSERT_FALSE(got) << text;
    EXPECT_NE(got.error().kind, ErrorKind::kBadConfig) << text;
    EXPECT_FALSE(got.error().what.empty()) << text;
  }
  EXPECT_EQ(fe("JAVA_OPTS = -Xmx1g\nJAVA_OPTS_FOR_JDK_11 = -Xmx1024m").value().bytes, kGiB);
}

TEST(MemoryConf, S66_TheScriptMayChooseTheHeapItself) {
  const auto file = conf(NodeKind::kFe, "");
  EXPECT_EQ(fe_auto_heap(file, {}), std::nullopt);
  EXPECT_EQ(fe_auto_heap(file, {{"FE_ENABLE_AUTO_JVM_XMX_DETECT", "1"}}), std::nullopt);
  EnvMap env{{"FE_ENABLE_AUTO_JVM_XMX_DETECT", "true"}};
  EXPECT_EQ(fe_auto_heap(file, env), 70.0);
  env["FE_JVM_XMX_PERCENTAGE"] = "60";
  EXPECT_EQ(fe_auto_heap(file, env), 60.0);
  env["FE_JVM_XMX_PERCENTAGE"] = "most";
  EXPECT_EQ(fe_auto_heap(file, env), std::nullopt);
}

TEST(MemoryConf, S66_WantsFollowTheServersSettingsWhereTheyAreNumbers) {
  const auto wants = host_wants(conf(NodeKind::kFe,
                                     "bdbje_reserved_disk_size = 1073741824\n"
                                     "max_bdbje_clock_delta_ms = 20000\n"
                                     "min_file_descriptor_number = 1000\n"
                                     "storage_flood_stage_usage_percent = 80\n"
                                     "storage_flood_stage_left_capacity_bytes = 5\n"));
  EXPECT_EQ(wants.meta_reserve, kGiB);
  EXPECT_EQ(wants.clock_ms, 20'000);
  EXPECT_EQ(wants.open_files, 1'000U);
  EXPECT_EQ(wants.flood_percent, 80);
  EXPECT_EQ(wants.flood_bytes, 5U);
  const auto bad = host_wants(conf(NodeKind::kFe,
                                   "max_bdbje_clock_delta_ms = -1\n"
                                   "storage_flood_stage_usage_percent = 180\n"
                                   "bdbje_reserved_disk_size = lots\n"));
  EXPECT_EQ(bad.clock_ms, 5'000);
  EXPECT_EQ(bad.flood_percent, 95);
  EXPECT_EQ(bad.meta_reserve, std::uint64_t{512} << 20U);
}

}  // namespace
}  // namespace sragent
