#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "io/memory.h"

namespace sragent {
namespace {

/// KiB that this process has mapped in of the code of its program (proc(5), smaps).
long resident_code() {
  std::ifstream file{"/proc/self/smaps"};
  long sum = 0;
  bool code = false;
  const auto program = std::filesystem::read_symlink("/proc/self/exe").string();
  for (std::string line; std::getline(file, line);) {
    std::istringstream words{line};
    std::string range, second;
    words >> range >> second;
    if (range.find('-') != std::string::npos && second.size() == 4)
      code = second == "r-xp" && line.find(program) != std::string::npos;
    if (code && range == "Rss:") sum += std::stol(second);
  }
  return sum;
}

struct Shape {
  virtual ~Shape() = default;
  [[nodiscard]] virtual int corners() const = 0;
};
struct Square : Shape {
  [[nodiscard]] int corners() const override { return 4; }
};

int one() {
  return 1;
}
int two() {
  return 2;
}

/// Pointers in constants: the loader has written each of them.
using Function = int (*)();
const std::array<Function, 2> kFunctions{one, two};

TEST(StartMemory, CodeIsGivenBackAndComesAgainWhenItIsUsed) {
  const auto before = resident_code();
  give_back_start_memory();
  const auto after = resident_code();
  EXPECT_GT(before, 0);
  EXPECT_LT(after, before);
  const std::unique_ptr<Shape> shape = std::make_unique<Square>();
  EXPECT_EQ(shape->corners(), 4);
  EXPECT_EQ(kFunctions[0]() + kFunctions[1](), 3);
}

TEST(StartMemory, WhatIsInUseStays) {
  std::vector<std::unique_ptr<std::string>> kept;
  for (int i = 0; i < 1'000; ++i) {
    kept.push_back(std::make_unique<std::string>(1'000, 'a'));
    const auto freed = std::make_unique<std::string>(10'000, 'b');
  }
  give_back_start_memory();
  for (const auto& text : kept)
    ASSERT_EQ(*text, std::string(1'000, 'a'));
  static std::string in_data = "written at run time";
  in_data += ", and kept";
  give_back_start_memory();
  EXPECT_EQ(in_data, "written at run time, and kept");
}

}  // namespace
}  // namespace sragent
