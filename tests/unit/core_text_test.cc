#include <cstdint>

#include <gtest/gtest.h>

#include "core/text.h"

namespace sragent {
namespace {

TEST(Text, FindsTheNumberBehindAName) {
  const auto signed_one = [](std::string_view text) { return number_after(text, "id: "); };
  EXPECT_EQ(signed_one("id: 12"), 12);
  EXPECT_EQ(signed_one("replayed id: 12, id: 13"), 12) << "the first one counts";
  EXPECT_EQ(signed_one("id: -7 of 9"), -7);
  EXPECT_EQ(signed_one("id: 12ms"), 12);
  EXPECT_EQ(signed_one("id: 9223372036854775807"), INT64_MAX);
  EXPECT_EQ(signed_one("id: 9223372036854775808"), std::nullopt);
  EXPECT_EQ(signed_one("id: x, id: 12"), std::nullopt);
  EXPECT_EQ(signed_one("id:  12"), std::nullopt);
  EXPECT_EQ(signed_one("id: "), std::nullopt);
  EXPECT_EQ(signed_one("12"), std::nullopt);
  EXPECT_EQ(signed_one(""), std::nullopt);
}

TEST(Text, ANumberIsTheWholeTextOrNone) {
  EXPECT_EQ(whole_number<int>("12"), 12);
  EXPECT_EQ(whole_number<int>("-12"), -12);
  for (const auto* const text : {"", " 12", "12 ", "+12", "12x", "x", "2147483648"})
    EXPECT_EQ(whole_number<int>(text), std::nullopt) << text;
  EXPECT_EQ(whole_number<std::uint16_t>("65535"), 65535);
  EXPECT_EQ(whole_number<std::uint16_t>("65536"), std::nullopt);
  EXPECT_EQ(whole_number<std::uint16_t>("-1"), std::nullopt);
  EXPECT_EQ(whole_number<double>("2.5"), 2.5);
}

TEST(Text, WordsStandBetweenBlanks) {
  using Words = std::vector<std::string_view>;
  EXPECT_EQ(words_in(" a\tbc  d "), (Words{"a", "bc", "d"}));
  EXPECT_EQ(words_in("a\r"), (Words{"a\r"}));
  EXPECT_EQ(words_in("a\r b\r", " \r"), (Words{"a", "b"}));
  EXPECT_EQ(words_in(" \t"), Words{});
  EXPECT_EQ(words_in(""), Words{});
}

TEST(Text, ReadsAsMuchAsTheTypeHolds) {
  EXPECT_EQ(number_after<std::uint64_t>("rchar: 18446744073709551615\n", "rchar: "), UINT64_MAX);
  EXPECT_EQ(number_after<std::uint64_t>("rchar: 18446744073709551616\n", "rchar: "), std::nullopt);
  EXPECT_EQ(number_after<std::uint64_t>("rchar: -1\n", "rchar: "), std::nullopt);
}

TEST(Text, EncodesWhatIsNotUnreserved) {
  EXPECT_EQ(percent_encoded(""), "");
  EXPECT_EQ(percent_encoded("azAZ09-._~"), "azAZ09-._~");
  EXPECT_EQ(percent_encoded("app in (a,b)"), "app%20in%20%28a%2Cb%29");
  EXPECT_EQ(percent_encoded("%/&=+?#:"), "%25%2F%26%3D%2B%3F%23%3A");
  EXPECT_EQ(percent_encoded("\xC3\xBC\xFF"), "%C3%BC%FF");
  EXPECT_EQ(percent_encoded(std::string_view{"a\0b", 3}), "a%00b");
}

}  // namespace
}  // namespace sragent
