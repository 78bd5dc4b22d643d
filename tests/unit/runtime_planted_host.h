#pragma once

#include <string>

#include <gtest/gtest.h>

#include "io/files.h"
#include "io_peer.h"
#include "runtime/host_facts.h"

namespace sragent::test {

inline constexpr const char* kPlantedLimits =
    "Limit                     Soft Limit           Hard Limit           Units     \n"
    "Max processes             unlimited            unlimited            processes \n"
    "Max open files            1048576              1048576              files     \n";

/// A machine of files: its /proc and /sys, and a server's folder.
class PlantedHost {
 public:
  explicit PlantedHost(NodeKind kind = NodeKind::kBe) {
    context.kind = kind;
    context.home = dir / "home";
    plant("/proc/sys/vm/max_map_count", "262144\n");
    plant("/proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n");
    plant("/proc/self/limits", kPlantedLimits);
    plant("/proc/meminfo", "MemTotal:       67108864 kB\n");  // 64 GiB
    plant("/proc/cpuinfo", "flags\t: fpu avx2\n");
    plant("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
    plant("/.dockerenv", "");
    set_conf("");
  }

  void plant(const std::string& path, const std::string& text) const {
    const auto file = dir / ("root" + path);
    EXPECT_TRUE(mkdir_p(file.substr(0, file.rfind('/'))));
    put_file(file, text);
  }
  void remove(const std::string& path) const { EXPECT_TRUE(remove_file(dir / ("root" + path))); }
  void group(const std::string& text) const { plant("/proc/self/cgroup", text); }
  void set_conf(const std::string& text) const {
    EXPECT_TRUE(mkdir_p(context.home + "/conf"));
    put_file(context.home + "/conf/" + std::string{conf_name(context.kind)}, text);
  }
  [[nodiscard]] std::string root() const { return dir / "root"; }
  [[nodiscard]] HostSeen read() const { return read_host(config, context, root()); }
  [[nodiscard]] HostFinding finding(const std::string& check) const {
    for (auto& one : judge_host(read()))
      if (one.check == check) return one;
    return {};
  }

  TempDir dir{};
  Config config{};
  ConfContext context{};
};

}  // namespace sragent::test
