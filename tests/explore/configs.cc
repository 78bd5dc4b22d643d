#include "configs.h"

#include <algorithm>
#include <array>

namespace sragent::explore {
namespace {

constexpr std::array kConfigs{
    Config{.name = "ThreeCounted", .faults = 3},
    Config{.name = "ThreeCountedFormed", .formed = true, .faults = 3},
    Config{.name = "ThreeCountedOrdered", .ordered = true, .formed = true, .faults = 3},
    Config{.name = "ThreeCensus", .count = 0, .faults = 2},
    Config{.name = "ThreeCensusFormed", .count = 0, .formed = true, .faults = 3},
    Config{.name = "ThreeCensusOrdered", .count = 0, .ordered = true, .faults = 3},
    Config{.name = "ThreeCensusWithBes", .count = 0, .bes = true, .formed = true, .faults = 3},
    Config{.name = "ThreeCensusLogVolume", .count = 0, .log_volume = true, .faults = 2},
    Config{.name = "ThreeStrict", .count = 0, .bootstrap = Bootstrap::kStrict, .formed = true},
    Config{.name = "ThreeTwoFounders", .two_founders = true, .faults = 2},
    Config{.name = "ThreeOddRow", .odd_row = true, .formed = true, .faults = 2},
    Config{.name = "ThreeEmptyDir", .claims = false, .faults = 2},
    Config{.name = "OneCounted", .nodes = 1, .count = 1, .faults = 3},
    Config{.name = "OneEmptyDir", .nodes = 1, .count = 1, .claims = false, .faults = 3},
    Config{.name = "FiveCounted", .nodes = 5, .count = 5, .faults = 1},
    Config{.name = "FiveCountedFormed", .nodes = 5, .count = 5, .formed = true, .faults = 2},
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
