#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runtime/log_line.h"

namespace sragent {
namespace {

TEST(LogLine, QuotesWhatIsNoPlainWord) {
  EXPECT_EQ(log_text("joined", {{"host", "fe-0"}, {"why", "two words"}, {"none", ""}}),
            "joined host=fe-0 why=\"two words\" none=\"\"");
}

TEST(LogLine, NoValueSteersATerminalOrBeginsALine) {
  EXPECT_EQ(log_text("e", {{"a", "x\x1b[2J"}, {"b", "x\ry\nz"}, {"c", "\x7f\xc2\x9b"}}),
            R"(e a="x\u001b[2J" b="x\u000dy\nz" c="\u007f\u009b")");
}

TEST(LogLine, IsJsonWhateverTheBytes) {
  const auto text = "{" + log_json("e", {{"a", "\xff\xed\xa0\x80\"\\"}, {"b", "\xc3\xa4"}}) + "}";
  const auto json = nlohmann::json::parse(text, nullptr, false);
  ASSERT_TRUE(json.is_object()) << text;
  EXPECT_EQ(json["a"], "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"\\");
  EXPECT_EQ(json["b"], "\xc3\xa4");
}

}  // namespace
}  // namespace sragent
