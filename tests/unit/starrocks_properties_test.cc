#include <gtest/gtest.h>

#include "starrocks/properties.h"

namespace sragent {
namespace {

struct Case {
  const char* name;
  std::string_view text;
  Properties expected;
};

TEST(Properties, AreReadAsJavaReadsThem) {
  const std::vector<Case> cases{
      {"nothing", "", {}},
      {"comments and blanks", "#a=1\n  !b=2\n\n \t\nc=3", {{"c", "3"}}},
      {"three separators",
       "a=1\nb:2\nc 3\nd\t=\t4",
       {{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}}},
      {"a key without a value", "hostType=\nplain", {{"hostType", ""}, {"plain", ""}}},
      {"trailing blanks stay", "a=1  ", {{"a", "1  "}}},
      {"escaped colons", "name=fd00\\:\\:8_9010_1700", {{"name", "fd00::8_9010_1700"}}},
      {"escaped key", "a\\ b\\=c=1", {{"a b=c", "1"}}},
      {"unicode", R"(a=\u0041\u00e4\u20ac)", {{"a", "A\xC3\xA4\xE2\x82\xAC"}}},
      {"a surrogate pair", "a=\\ud83d\\ude00", {{"a", "\xF0\x9F\x98\x80"}}},
      {"half a pair", "a=\\ud83dx", {{"a", "\xEF\xBF\xBDx"}}},
      {"a continued line", "a=1,\\\n   2,\\\r\n3", {{"a", "1,2,3"}}},
      {"an escaped backslash ends no line", "a=1\\\\\nb=2", {{"a", "1\\"}, {"b", "2"}}},
      {"the last wins", "a=1\na=2", {{"a", "2"}}},
      {"CR alone ends a line", "a=1\rb=2\r\nc=3", {{"a", "1"}, {"b", "2"}, {"c", "3"}}},
      {"a backslash at the very end", "a=1\\", {{"a", "1"}}},
      {"a lonely backslash", "\\", {{"", ""}}},
  };
  for (const auto& row : cases) {
    const auto got = parse_properties(row.text);
    ASSERT_TRUE(got) << row.name << ": " << got.error().what;
    EXPECT_EQ(*got, row.expected) << row.name;
  }
}

TEST(Properties, RefuseAMalformedUnicodeEscapeWithItsLine) {
  for (const auto* text : {"ok=1\nb=\\u12", "ok=1\nb=\\uzzzz", "ok=1\n\\u1=2"}) {
    const auto got = parse_properties(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().kind, ErrorKind::kGarbled);
    EXPECT_NE(got.error().what.find("line 2"), std::string::npos) << got.error().what;
  }
}

TEST(Properties, TellLineAndSeparator) {
  std::vector<PropertyLine> lines;
  ASSERT_TRUE(scan_properties("# one\na = 1\nb 2\\\n3\nc:4",
                              [&](PropertyLine line) { lines.push_back(std::move(line)); }));
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].line, 2);
  EXPECT_TRUE(lines[0].separator);
  EXPECT_EQ(lines[1].line, 3);
  EXPECT_FALSE(lines[1].separator);
  EXPECT_EQ(lines[1].value, "23");
  EXPECT_EQ(lines[2].line, 5);
}

TEST(Properties, SurviveEveryByteAndEveryCut) {
  std::string text = "name=a\\:b\\u0041\\\n c\n#x\nhostType=\n";
  for (int byte = 0; byte < 256; ++byte)
    text += static_cast<char>(byte);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const auto got = parse_properties(std::string_view(text).substr(0, cut));
    const auto keys = got ? got->size() : 0U;
    EXPECT_LE(keys, 260U);
  }
}

/// Each of these lines goes on; counting all backslashes before it again took minutes.
TEST(Properties, AMegabyteOfContinuedLinesIsRead) {
  std::string text = "a=";
  for (int i = 0; i < 250'000; ++i)
    text += "\\\\\\\n";
  const auto got = parse_properties(text);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->at("a"), std::string(250'000, '\\'));
}

}  // namespace
}  // namespace sragent
