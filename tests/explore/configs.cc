#include "configs.h"

#include <algorithm>
#include <array>

namespace sragent::explore {
namespace {

constexpr std::array kConfigs{
    Config{.name = "ThreeEmptyDir",
           .what = "volumes that end with their pod, old instances that run on",
           .claims = false,
           .faults = 2},
    Config{.name = "ThreeCounted", .what = "three FEs, count told, empty volumes", .faults = 3},
    Config{.name = "ThreeCountedFormed",
           .what = "the same, a running cluster",
           .formed = true,
           .faults = 3},
    Config{.name = "ThreeCountedOrdered",
           .what = "a running cluster, OrderedReady",
           .ordered = true,
           .formed = true,
           .faults = 3},
    Config{.name = "ThreeCensus",
           .what = "three FEs, count not told, empty volumes",
           .count = 0,
           .faults = 3},
    Config{.name = "ThreeCensusFormed",
           .what = "count not told, a running cluster",
           .count = 0,
           .formed = true,
           .faults = 3},
    Config{.name = "ThreeCensusOrdered",
           .what = "count not told, empty volumes, OrderedReady",
           .count = 0,
           .ordered = true,
           .faults = 3},
    Config{.name = "ThreeCensusWithBes",
           .what = "count not told, a running cluster, BE agents remember its id",
           .count = 0,
           .bes = true,
           .formed = true,
           .faults = 3},
    Config{.name = "ThreeCensusLogVolume",
           .what = "count not told, empty volumes, the certificate is on a second volume",
           .count = 0,
           .log_volume = true,
           .faults = 3},
    Config{.name = "ThreeStrict",
           .what = "bootstrap = strict, a running cluster",
           .count = 0,
           .bootstrap = Bootstrap::kStrict,
           .formed = true},
    Config{.name = "ThreeTwoFounders",
           .what = "FE 0 and the others name different founders",
           .two_founders = true,
           .faults = 2},
    Config{.name = "ThreeOddRow",
           .what = "FE 2's row has another port",
           .odd_row = true,
           .formed = true,
           .faults = 2},
    Config{.name = "OneCounted", .what = "one FE", .nodes = 1, .count = 1, .faults = 3},
    Config{.name = "OneEmptyDir",
           .what = "one FE, its volume ends with its pod",
           .nodes = 1,
           .count = 1,
           .claims = false,
           .faults = 3},
    Config{.name = "FiveCounted",
           .what = "five FEs, count told, empty volumes",
           .nodes = 5,
           .count = 5,
           .faults = 1},
    Config{.name = "FiveCountedFormed",
           .what = "five FEs, a running cluster",
           .nodes = 5,
           .count = 5,
           .formed = true,
           .faults = 2},
};

}  // namespace

std::span<const Config> default_configs() {
  return kConfigs;
}

const Config* find_config(std::string_view name) {
  const auto* it = std::find_if(
      kConfigs.begin(), kConfigs.end(), [&](const Config& config) { return config.name == name; });
  return it == kConfigs.end() ? nullptr : &*it;
}

}  // namespace sragent::explore
