#include <gtest/gtest.h>

#include "core/disk_trend.h"

namespace sragent {
namespace {

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30U;
constexpr Millis kHour{3'600'000};

TEST(DiskTrend, OneReadingHasNoRate) {
  const auto trend = take_free({}, 10 * kGiB, Instant{5});
  EXPECT_EQ(time_until(trend, 0), std::nullopt);
  EXPECT_EQ(time_until({}, 0), std::nullopt);
}

TEST(DiskTrend, ASteadyLossGivesTheHoursThatAreLeft) {
  DiskTrend trend;
  for (int i = 0; i <= 4; ++i)
    trend = take_free(trend, (10 - static_cast<std::uint64_t>(i)) * kGiB, kHour * i);
  const auto left = time_until(trend, 2 * kGiB);
  ASSERT_TRUE(left);
  EXPECT_NEAR(static_cast<double>(left->count()), static_cast<double>((kHour * 4).count()), 1'000);
  EXPECT_EQ(time_until(trend, 6 * kGiB), Millis{0});
  EXPECT_EQ(time_until(trend, 7 * kGiB), Millis{0}) << "below it already";
}

TEST(DiskTrend, ARotatedLogDoesNotTurnItAndLastingRoomDoes) {
  DiskTrend trend;
  std::uint64_t free = 100 * kGiB;
  for (int i = 0; i <= 120; ++i, free -= kGiB / 10)
    trend = take_free(trend, free, Millis{60'000} * i);
  const auto before = time_until(trend, 0);
  ASSERT_TRUE(before);
  trend = take_free(trend, free + kGiB, Millis{60'000} * 121);
  EXPECT_TRUE(time_until(trend, 0)) << "one reading with more room";
  for (int i = 122; i <= 600; ++i, free += kGiB / 10)
    trend = take_free(trend, free, Millis{60'000} * i);
  EXPECT_EQ(time_until(trend, 0), std::nullopt);
}

TEST(DiskTrend, ATimeThatDoesNotGoOnChangesNothing) {
  const auto first = take_free({}, kGiB, kHour);
  EXPECT_EQ(take_free(first, 0, kHour).free, kGiB);
  EXPECT_EQ(take_free(first, 0, Instant{0}).free, kGiB);
}

TEST(DiskTrend, AForecastOfMonthsIsNone) {
  auto trend = take_free({}, 100 * kGiB, Instant{0});
  trend = take_free(trend, 100 * kGiB - 1, kHour);
  EXPECT_EQ(time_until(trend, 0), std::nullopt);
}

}  // namespace
}  // namespace sragent
