#include <gtest/gtest.h>

#include "runtime/host_text.h"

namespace sragent {
namespace {

/// As the kernel writes it (proc(5)).
constexpr const char* kLimits =
    "Limit                     Soft Limit           Hard Limit           Units     \n"
    "Max cpu time              unlimited            unlimited            seconds   \n"
    "Max processes             62987                unlimited            processes \n"
    "Max open files            1024                 524288               files     \n";

template <typename T>
ErrorKind kind_of(const Result<T>& got) {
  EXPECT_FALSE(got);
  if (got) return ErrorKind::kIo;
  EXPECT_NE(got.error().what.find("expected "), std::string::npos) << got.error().what;
  EXPECT_EQ(got.error().what.find('\n'), std::string::npos) << got.error().what;
  return got.error().kind;
}

TEST(HostText, ReadsACount) {
  EXPECT_EQ(parse_count("65530\n").value(), 65'530U);
  EXPECT_EQ(parse_count("0").value(), 0U);
  for (const char* bad :
       {"", "\n", "x\n", "-1\n", " 1\n", "1 2\n", "1\n2\n", "1\x1b[0m\n", "99999999999999999999\n"})
    EXPECT_EQ(kind_of(parse_count(bad)), ErrorKind::kGarbled) << bad;
}

TEST(HostText, ReadsALimitOfItsOwnName) {
  const auto files = parse_limit(kLimits, "Max open files").value();
  EXPECT_EQ(files.soft, 1'024U);
  EXPECT_EQ(files.hard, 524'288U);
  const auto processes = parse_limit(kLimits, "Max processes").value();
  EXPECT_EQ(processes.soft, 62'987U);
  EXPECT_EQ(processes.hard, kUnlimited);
  for (const char* bad : {"", "Max open files\n", "Max open files 1\n", "Max open files x y\n"})
    EXPECT_EQ(kind_of(parse_limit(bad, "Max open files")), ErrorKind::kGarbled) << bad;
}

TEST(HostText, AddsUpTheSwapSpaces) {
  constexpr const char* kHead = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
  EXPECT_EQ(parse_swaps(kHead).value(), 0U);
  EXPECT_EQ(parse_swaps(std::string{kHead} +
                        "/dev/sda2                               partition\t2097152\t0\t-2\n"
                        "/swap\\040file file 1024 1024 -3\n")
                .value(),
            (std::uint64_t{2} << 30U) + (std::uint64_t{1} << 20U));
  for (const char* bad : {"", "/dev/sda2 partition 1 0 -2\n"})
    EXPECT_EQ(kind_of(parse_swaps(bad)), ErrorKind::kGarbled) << bad;
  for (const char* bad : {"/dev/sda2\n",
                          "/dev/sda2 partition x 0 -2\n",
                          "/dev/sda2 partition 18446744073709551615 0 -2\n",
                          "\n"})
    EXPECT_EQ(kind_of(parse_swaps(std::string{kHead} + bad)), ErrorKind::kGarbled) << bad;
}

TEST(HostText, ReadsTheMemoryOfTheMachine) {
  EXPECT_EQ(parse_memory("MemTotal:       16129508 kB\nMemFree: 1 kB\n").value(),
            std::uint64_t{16'129'508} << 10U);
  for (const char* bad : {"",
                          "MemFree: 1 kB\n",
                          "MemTotal:\n",
                          "MemTotal: 0 kB\n",
                          "MemTotal: 5 MB\n",
                          "MemTotal: -5 kB\n",
                          "MemTotal: 18446744073709551615 kB\n"})
    EXPECT_EQ(kind_of(parse_memory(bad)), ErrorKind::kGarbled) << bad;
}

TEST(HostText, ReadsTheModeInForce) {
  EXPECT_EQ(parse_huge_pages("always [madvise] never\n").value(), "madvise");
  EXPECT_EQ(parse_huge_pages("[always] madvise never\n").value(), "always");
  for (const char* bad : {"", "always madvise never\n", "[]\n", "[\n"})
    EXPECT_EQ(kind_of(parse_huge_pages(bad)), ErrorKind::kGarbled) << bad;
}

TEST(HostText, ReadsTheProcessor) {
  const auto new_one = parse_cpu("processor\t: 0\nflags\t\t: fpu avx avx2 bmi1\n").value();
  EXPECT_TRUE(new_one.x86 && new_one.avx2);
  const auto old_one = parse_cpu("processor\t: 0\nflags\t\t: fpu avx avx2x xavx2\n").value();
  EXPECT_TRUE(old_one.x86 && !old_one.avx2);
  const auto arm = parse_cpu("processor\t: 0\nFeatures\t: fp asimd avx2\n").value();
  EXPECT_FALSE(arm.x86 || arm.avx2);
  EXPECT_TRUE(parse_cpu("vmx flags\t: avx2\nflags\t: fpu\n").value().x86);
  for (const char* bad : {"", "processor: 0\n", "flags avx2\n"})
    EXPECT_EQ(kind_of(parse_cpu(bad)), ErrorKind::kGarbled) << bad;
}

TEST(HostText, ReadsALimitOfAControlGroup) {
  EXPECT_EQ(parse_group_limit("max\n").value(), std::nullopt);
  EXPECT_EQ(parse_group_limit("9223372036854771712\n").value(), std::nullopt);  // version 1: none
  EXPECT_EQ(parse_group_limit("1073741824\n").value(), std::uint64_t{1} << 30U);
  EXPECT_EQ(parse_group_limit("0\n").value(), std::uint64_t{0});
  for (const char* bad : {"", "maximum\n", "-1\n", "1.5\n", "lots\n"})
    EXPECT_EQ(kind_of(parse_group_limit(bad)), ErrorKind::kGarbled) << bad;
}

TEST(HostText, FindsTheControlGroupsOfThisProcess) {
  const auto two = parse_groups("0::/kubepods/pod1/c\n").value();
  EXPECT_EQ(two.unified, "/kubepods/pod1/c");
  EXPECT_FALSE(two.memory_v1);
  const auto hybrid = parse_groups("11:cpu,cpuacct:/a\n5:memory:/b:c\n0::/d\n").value();
  EXPECT_EQ(hybrid.memory_v1, "/b:c");
  EXPECT_EQ(hybrid.unified, "/d");
  EXPECT_EQ(parse_groups("3:hugetlb,memory:/x\n").value().memory_v1, "/x");
  EXPECT_FALSE(parse_groups("3:memoryless:/x\n").value().memory_v1);
  EXPECT_FALSE(parse_groups("").value().unified);
  for (const char* bad : {"x\n", "0::\n", "0:\n", "0::kubepods\n", "\n"})
    EXPECT_EQ(kind_of(parse_groups(bad)), ErrorKind::kGarbled) << bad;
}

}  // namespace
}  // namespace sragent
