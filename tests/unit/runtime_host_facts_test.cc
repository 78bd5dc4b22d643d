#include "io/disk_space.h"
#include "runtime_planted_host.h"

namespace sragent {
namespace {

using test::PlantedHost;

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30U;

TEST(PlantedMachine, S66_IsReadWithoutAWarningWhereAllIsWell) {
  const PlantedHost host;
  host.group("0::/\n");
  host.plant("/sys/fs/cgroup/memory.max", "17179869184\n");
  const auto facts = host.read();
  EXPECT_EQ(facts.max_map_count.value(), 262'144U);
  EXPECT_EQ(facts.swap->total, 0U);
  EXPECT_EQ(facts.open_files->hard, 1'048'576U);
  EXPECT_EQ(facts.processes->hard, kUnlimited);
  EXPECT_EQ(facts.huge_pages.value(), "madvise");
  EXPECT_TRUE(facts.cpu->avx2);
  EXPECT_EQ(facts.memory.machine.value(), 64 * kGiB);
  EXPECT_EQ(facts.memory.container->bytes, 16 * kGiB);
  EXPECT_TRUE(facts.memory.dockerenv);
  EXPECT_EQ(facts.memory.wish->percent, 90.0);
  EXPECT_EQ(
      host.finding("mem_limit").value,
      "mem_limit = 90% (the default) comes to 14.4 GiB, the container has 16.0 GiB (cgroup v2)");
}

TEST(PlantedMachine, S66_NothingThereIsNothingKnown) {
  PlantedHost host;
  host.config.node.state_dir = "/";
  host.context.home = host.dir / "nowhere";
  const auto facts = read_host(host.config, host.context, host.dir / "empty");
  const auto all = judge_host(facts);
  EXPECT_EQ(all.size(), 8U);
  for (const auto& one : all) {
    EXPECT_EQ(one.state, HostState::kUnknown) << host_line(one);
    EXPECT_NE(one.value.find("o such file"), std::string::npos) << host_line(one);
  }
  EXPECT_EQ(host_refusal(all), "");
}

TEST(PlantedMachine, S66_GarbageIsNotKnownAndNamesItsFile) {
  const PlantedHost host;
  for (const std::string file : {"/proc/sys/vm/max_map_count",
                                 "/proc/swaps",
                                 "/proc/self/limits",
                                 "/proc/meminfo",
                                 "/proc/cpuinfo",
                                 "/proc/self/cgroup",
                                 "/sys/kernel/mm/transparent_hugepage/enabled"})
    host.plant(file, "\x01\xff what is this?\n");
  int unknown = 0;
  for (const auto& one : judge_host(host.read())) {
    if (one.check == "disk") continue;
    ++unknown;
    EXPECT_EQ(one.state, HostState::kUnknown) << host_line(one);
    EXPECT_NE(one.value.find(host.root()), std::string::npos) << host_line(one);
    EXPECT_EQ(one.value.find('\x01'), std::string::npos) << host_line(one);
  }
  EXPECT_EQ(unknown, 7);
}

TEST(PlantedMachine, S66_AHugeFileIsNotRead) {
  const PlantedHost host;
  host.plant("/proc/swaps", std::string(std::size_t{1} << 20U, '7'));
  const auto one = host.finding("swap");
  EXPECT_EQ(one.state, HostState::kUnknown);
  EXPECT_NE(one.value.find("/proc/swaps"), std::string::npos) << one.value;
}

struct GroupCase {
  std::string name{};
  std::string groups{};
  std::vector<std::pair<std::string, std::string>> files{};  ///< Below /sys/fs/cgroup.
  std::optional<std::uint64_t> bytes{};
  int version = 2;
  Tri swap = Tri::kUnknown;
  friend void PrintTo(const GroupCase& value, std::ostream* out) { *out << value.name; }
};

class ControlGroups : public testing::TestWithParam<GroupCase> {};

TEST_P(ControlGroups, S66_TellTheContainersMemory) {
  const PlantedHost host;
  const auto& given = GetParam();
  host.group(given.groups);
  for (const auto& [file, text] : given.files)
    host.plant("/sys/fs/cgroup/" + file, text);
  const auto limit = read_memory_limit(host.root());
  ASSERT_TRUE(limit) << limit.error().what;
  EXPECT_EQ(limit->bytes, given.bytes);
  EXPECT_EQ(limit->version, given.version);
  EXPECT_EQ(read_swap_use(host.root()), given.swap);
}

INSTANTIATE_TEST_SUITE_P(
    Cases,
    ControlGroups,
    testing::Values(
        GroupCase{"v2_own_namespace",
                  "0::/\n",
                  {{"memory.max", "1073741824\n"}, {"memory.swap.max", "0\n"}},
                  kGiB,
                  2,
                  Tri::kNo},
        GroupCase{"v2_max", "0::/\n", {{"memory.max", "max\n"}}, std::nullopt, 2, Tri::kUnknown},
        GroupCase{"v2_swap_allowed",
                  "0::/\n",
                  {{"memory.max", "1073741824\n"}, {"memory.swap.max", "max\n"}},
                  kGiB,
                  2,
                  Tri::kYes},
        GroupCase{"v2_of_the_node_the_least_counts",
                  "0::/kubepods/pod1/c\n",
                  {{"kubepods/memory.max", "8589934592\n"},
                   {"kubepods/pod1/memory.max", "1073741824\n"},
                   {"kubepods/pod1/c/memory.max", "max\n"},
                   {"kubepods/pod1/memory.swap.max", "0\n"},
                   {"kubepods/pod1/c/memory.swap.max", "max\n"}},
                  kGiB,
                  2,
                  Tri::kNo},
        GroupCase{"v2_path_of_the_node_and_own_mount",
                  "0::/kubepods/pod1/c\n",
                  {{"memory.max", "2147483648\n"}},
                  2 * kGiB,
                  2,
                  Tri::kUnknown},
        GroupCase{"v2_path_outside_of_the_namespace",
                  "0::/../../other\n",
                  {{"memory.max", "2147483648\n"}},
                  2 * kGiB,
                  2,
                  Tri::kUnknown},
        GroupCase{"v1",
                  "9:memory:/docker/abc\n3:cpu:/docker/abc\n",
                  {{"memory/memory.limit_in_bytes", "1073741824\n"},
                   {"memory/memory.memsw.limit_in_bytes", "1073741824\n"}},
                  kGiB,
                  1,
                  Tri::kNo},
        GroupCase{"v1_no_limit",
                  "9:memory:/\n",
                  {{"memory/memory.limit_in_bytes", "9223372036854771712\n"},
                   {"memory/memory.memsw.limit_in_bytes", "9223372036854771712\n"}},
                  std::nullopt,
                  1,
                  Tri::kYes},
        GroupCase{"v1_swap_on_top",
                  "9:memory:/\n",
                  {{"memory/memory.limit_in_bytes", "1073741824\n"},
                   {"memory/memory.memsw.limit_in_bytes", "2147483648\n"}},
                  kGiB,
                  1,
                  Tri::kYes},
        GroupCase{"hybrid_takes_the_one_with_memory",
                  "9:memory:/a\n0::/b\n",
                  {{"memory/a/memory.limit_in_bytes", "1073741824\n"},
                   {"memory.max", "5\n"},
                   {"unified/b/cgroup.procs", "1\n"}},
                  kGiB,
                  1,
                  Tri::kUnknown}),
    [](const testing::TestParamInfo<GroupCase>& value) { return value.param.name; });

TEST(ControlGroupsThat, S66_TellNothingAreNotKnown) {
  const PlantedHost host;
  EXPECT_FALSE(read_memory_limit(host.root())) << "no /proc/self/cgroup";
  EXPECT_EQ(read_swap_use(host.root()), Tri::kUnknown);
  host.group("0::/\n");
  EXPECT_EQ(read_memory_limit(host.root()).error().kind, ErrorKind::kNotFound);
  host.group("3:cpu:/\n");
  EXPECT_EQ(read_memory_limit(host.root()).error().kind, ErrorKind::kNotFound);
  host.group("0::/\n");
  host.plant("/sys/fs/cgroup/memory.max", "a lot\n");
  const auto garbled = read_memory_limit(host.root());
  ASSERT_FALSE(garbled);
  EXPECT_NE(garbled.error().what.find("memory.max: expected "), std::string::npos);
  EXPECT_EQ(host.finding("mem_limit").state, HostState::kUnknown);
}

TEST(PlantedMachine, S66_EveryVolumeOfABeIsLookedAt) {
  PlantedHost host;
  const auto data = host.dir / "data";
  ASSERT_TRUE(mkdir_p(data));
  host.set_conf("storage_root_path = " + data + ",medium:ssd;" + (host.dir / "later/data") +
                "\nsys_log_dir = " + (host.dir / "log") + "\n");
  const auto disks = host.read().disks;
  ASSERT_EQ(disks.size(), 4U);
  EXPECT_EQ(disks[0].path, data);
  EXPECT_EQ(disks[0].use, DiskUse::kStorage);
  EXPECT_EQ(disks[0].at, "");
  EXPECT_EQ(disks[1].path, host.dir / "later/data");
  EXPECT_EQ(disks[1].at + "/", host.dir / "");
  EXPECT_EQ(disks[2].path, host.context.home + "/log");
  EXPECT_EQ(disks[3].path, host.dir / "log");
  for (const auto& disk : disks)
    EXPECT_EQ(disk.space.value().total, disk_space(data).value().total);
}

TEST(PlantedMachine, S66_EveryVolumeOfAnFeAndOfACnIsLookedAt) {
  PlantedHost fe(NodeKind::kFe);
  fe.config.node.state_dir = fe.dir / "state";
  fe.set_conf("meta_dir = " + (fe.dir / "meta") + "\naudit_log_dir = audit\nJAVA_OPTS = -Xmx4g\n");
  const auto disks = fe.read().disks;
  ASSERT_EQ(disks.size(), 4U);  // LOG_DIR and sys_log_dir are one
  EXPECT_EQ(disks[0].use, DiskUse::kMeta);
  EXPECT_EQ(disks[2].path, "audit");
  EXPECT_FALSE(disks[2].space) << "relative";
  EXPECT_EQ(disks[3].use, DiskUse::kState);
  EXPECT_EQ(fe.read().memory.wish->bytes, 4 * kGiB);
  const PlantedHost cn(NodeKind::kCn);
  const auto its = cn.read().disks;
  ASSERT_FALSE(its.empty());
  EXPECT_EQ(its.back().path, "/dev/shm/sr-agent/state");
}

TEST(PlantedMachine, S66_AConfFileThatCannotBeReadLeavesTheRestToBeJudged) {
  PlantedHost host;
  host.set_conf("be_port = many\n");
  EXPECT_EQ(host.finding("disk").state, HostState::kUnknown);
  EXPECT_NE(host.finding("disk").value.find("be_port"), std::string::npos);
  EXPECT_EQ(host.finding("max_map_count").state, HostState::kOk);
  host.set_conf("mem_limit = lots\n");
  EXPECT_EQ(host.finding("mem_limit").state, HostState::kWarning);
}

TEST(DiskSpace, TellsNotFoundFromATrouble) {
  EXPECT_EQ(disk_space("/no/such/path").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(disk_space("/dev/null/x").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(disk_space("/proc").error().kind, ErrorKind::kGarbled);
  const auto here = disk_space("/").value();
  EXPECT_GT(here.total, 0U);
  EXPECT_LE(here.free, here.total);
}

}  // namespace
}  // namespace sragent
