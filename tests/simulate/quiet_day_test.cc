#include <gtest/gtest.h>

#include "world.h"

/// What an agent logs on a day on which nothing happens: S70.
namespace sragent::simulate {
namespace {

constexpr Ms kHour = 3'600'000;
constexpr std::size_t kPage = 60;

bool logged_by(const std::string& line, const std::string& pod) {
  const auto name = line.find_first_not_of(' ', line.find(' ', line.find_first_not_of(' ')));
  return name != std::string::npos && line.compare(name, pod.size() + 1, pod + " ") == 0 &&
         line.find("agent:") != std::string::npos;
}

TEST(QuietDay, S70_TheLinesOfEachAgentFitOnAPage) {
  Plan plan;
  plan.seed = 1;
  plan.bes = 3;
  plan.cns = 2;
  plan.version = "3.5.7";
  plan.end = 24 * kHour;
  const auto day = World(plan, true).run();
  ASSERT_EQ(day.broken, Broken::kNothing) << day.what;
  for (int node = 0; node < plan.nodes(); ++node) {
    const auto pod = node_name(plan, node);
    std::size_t lines = 0;
    std::string text;
    for (const auto& line : day.story) {
      if (!logged_by(line, pod)) continue;
      ++lines;
      text += line + "\n";
    }
    std::printf("%s: %zu lines\n", pod.c_str(), lines);
    EXPECT_GT(lines, 3U) << "its start is told";
    EXPECT_LE(lines, kPage) << text;
  }
}

}  // namespace
}  // namespace sragent::simulate
