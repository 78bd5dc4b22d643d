#include <array>

#include <gtest/gtest.h>

#include "config/nearest.h"
#include "config/value.h"

namespace sragent {
namespace {

TEST(ConfigValues, ListChoicesForAMessage) {
  const std::array<std::string_view, 4> choices{"", "a", "b", ""};
  EXPECT_EQ(listed(choices, ""), "a, b");
  EXPECT_EQ(listed(choices, "\""), R"("a", "b")");
  EXPECT_EQ(listed({}, "\""), "");
}

struct EndpointCase {
  std::string_view text{};
  std::optional<ConfigEndpoint> endpoint{};
};

TEST(ConfigValues, ReadEndpoints) {
  const std::vector<EndpointCase> cases{
      {"fe", ConfigEndpoint{"fe", 0}},
      {"fe-0.fe-search.ns.svc.cluster.local:9030",
       ConfigEndpoint{"fe-0.fe-search.ns.svc.cluster.local", 9030}},
      {"10.0.0.3:53", ConfigEndpoint{"10.0.0.3", 53}},
      {"[::1]:8099", ConfigEndpoint{"::1", 8099}},
      {"[::1]", ConfigEndpoint{"::1", 0}},
      {"fd00::1", ConfigEndpoint{"fd00::1", 0}},
      {"", std::nullopt},
      {":9030", std::nullopt},
      {"fe:", std::nullopt},
      {"fe:0", std::nullopt},
      {"fe:65536", std::nullopt},
      {"fe:90x", std::nullopt},
      {"fe:+9", std::nullopt},
      {"fe 0", std::nullopt},
      {"-fe", std::nullopt},
      {"fe..ns", std::nullopt},
      {"a:b:c", std::nullopt},
      {"[::1", std::nullopt},
      {"[fe]:1", std::nullopt},
      {"[::1]9030", std::nullopt},
      {"tcp://10.0.0.3:9030", std::nullopt},
  };
  for (const auto& row : cases)
    EXPECT_EQ(parse_endpoint(row.text), row.endpoint) << row.text;
  using std::string_view_literals::operator""sv;
  EXPECT_EQ(parse_endpoint("fd00::1\0x"sv), std::nullopt) << "nothing hides behind a NUL byte";
  EXPECT_FALSE(has_format("10.0.0.3\0x"sv, TextFormat::kAddress));
}

TEST(ConfigValues, WriteEndpointsThatTheyReadBack) {
  for (const auto* text : {"fe", "fe:9030", "[::1]:53", "10.0.0.3:1"}) {
    const auto endpoint = parse_endpoint(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(to_text(*endpoint), text);
  }
}

struct FormatCase {
  TextFormat format{};
  std::string_view text{};
  bool fits{};
};

TEST(ConfigValues, KnowTheirFormats) {
  const std::string long_label(64, 'a');
  const std::vector<FormatCase> cases{
      {TextFormat::kPath, "/a/b", true},
      {TextFormat::kPath, "a/b", false},
      {TextFormat::kPath, std::string_view{"/a\0b", 4}, false},
      {TextFormat::kAddress, "127.0.0.1", true},
      {TextFormat::kAddress, "::1", true},
      {TextFormat::kAddress, "127.0.0", false},
      {TextFormat::kAddress, "fe-0", false},
      {TextFormat::kFqdn, "fe-0.search", true},
      {TextFormat::kFqdn, "fe-0", false},
      {TextFormat::kFqdn, "fe-0.", false},
      {TextFormat::kHost, "ns", true},
      {TextFormat::kHost, "a b", false},
      {TextFormat::kHost, long_label, false},
      {TextFormat::kHostPort, "fe", true},
      {TextFormat::kHostAndPort, "fe", false},
      {TextFormat::kHostAndPort, "fe:1", true},
      {TextFormat::kAddressPort, "10.0.0.1", true},
      {TextFormat::kAddressPort, "dns:53", false},
      {TextFormat::kListen, "0.0.0.0:8099", true},
      {TextFormat::kListen, "0.0.0.0", false},
      {TextFormat::kListen, "localhost:8099", false},
  };
  for (const auto& row : cases) {
    EXPECT_EQ(has_format(row.text, row.format), row.fits)
        << format_text(row.format) << ": " << row.text;
  }
}

TEST(ConfigValues, SplitListsAtCommas) {
  EXPECT_EQ(split_list("a, b ,,c"), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(split_list("").empty());
  EXPECT_TRUE(split_list(" , ").empty());
}

TEST(ConfigValues, AreWrittenAsTomlReadsThem) {
  EXPECT_EQ(to_toml(true), "true");
  EXPECT_EQ(to_toml(std::int64_t{-5}), "-5");
  EXPECT_EQ(to_toml(std::string{"a\"b\\c\n"}), R"("a\"b\\c\u000a")");
  EXPECT_EQ(to_toml(std::vector<std::string>{"a", "b"}), R"(["a", "b"])");
}

TEST(NearestWord, FindsTypingMistakes) {
  const std::vector<std::string> words{"password_file", "user", "listen"};
  EXPECT_EQ(nearest_word("pasword_file", words), "password_file");
  EXPECT_EQ(nearest_word("uesr", words), "user");
  EXPECT_EQ(nearest_word("listn", words), "listen");
}

TEST(NearestWord, SaysNothingWhenAllAreFar) {
  const std::vector<std::string> words{"password_file", "user"};
  EXPECT_EQ(nearest_word("zzzz", words), std::nullopt);
  EXPECT_EQ(nearest_word(std::string(100'000, 'a'), words), std::nullopt);
  EXPECT_EQ(nearest_word("user", std::span<const std::string>{}), std::nullopt);
}

}  // namespace
}  // namespace sragent
