#include <gtest/gtest.h>

#include "config/load.h"
#include "config/probe_keys.h"
#include "config/reload.h"

namespace sragent {
namespace {

LoadedConfig load(const std::string& text) {
  ConfigSources sources;
  sources.file_name = "f.toml";
  sources.file_text = text;
  return load_config(sources);
}

/// The one mistake of a probe with these lines behind its name.
std::string mistake(const std::string& lines) {
  const auto loaded = load("[[probe]]\nname = \"p\"\n" + lines);
  EXPECT_EQ(loaded.errors.size(), 1U) << lines;
  return loaded.errors.empty() ? "" : loaded.errors.front();
}

TEST(ProbeConfigFile, TakesAnyNumberAndGivesDefaults) {
  const auto loaded = load(
      "[log]\nlevel = \"debug\"\n"
      "[[probe]]\nname = \"port\"\nkind = \"tcp\"\naddress = \"self:9030\"\n"
      "[[probe]]\nname = \"rows\"\nkind = \"sql\"\nquery = \"SELECT 1\"\nrows = 1\n"
      "counts_for = \"ready\"\ninitial = \"ok\"\nperiod_ms = 500\n");
  ASSERT_TRUE(loaded.ok()) << loaded.errors.front();
  ASSERT_EQ(loaded.config.probes.size(), 2U);
  const auto& port = loaded.config.probes[0];
  EXPECT_EQ(port.kind, ProbeKindSetting::kTcp);
  EXPECT_EQ(port.counts_for, ProbeCountsSetting::kReport);
  EXPECT_EQ(port.failure_threshold, 3U);
  EXPECT_FALSE(port.initial_ok);
  const auto& rows = loaded.config.probes[1];
  EXPECT_EQ(rows.counts_for, ProbeCountsSetting::kReady);
  EXPECT_TRUE(rows.initial_ok);
  EXPECT_EQ(rows.rows, 1U);
}

TEST(ProbeConfigFile, MistakesNamePlaceKeyAndWhatWasExpected) {
  EXPECT_EQ(mistake("kind = \"tcp\"\naddress = \"self:1\"\nperiod_m = 5\n"),
            "f.toml:5: probe.period_m: expected a key of a probe; the nearest is period_ms");
  EXPECT_EQ(mistake("kind = \"tcp\"\n"),
            "f.toml:1: probe.address: expected to be there for kind tcp");
  EXPECT_EQ(mistake("kind = \"tcp\"\naddress = \"self:1\"\nquery = \"x\"\n"),
            "f.toml:1: probe.query: expected a key of kind tcp; query is one of sql");
  EXPECT_EQ(mistake("kind = \"tcp\"\naddress = \"fe.search:9030\"\n"),
            "f.toml:1: probe.address: expected ADDRESS:PORT or self:PORT");
  EXPECT_EQ(mistake("kind = \"tcp\"\naddress = \"self:1\"\nperiod_ms = 1\n"),
            "f.toml:5: probe.period_ms: expected an integer from 100 to 86400000");
  EXPECT_EQ(mistake("kind = \"exec\"\ncommand = [\"df\"]\n"),
            "f.toml:4: probe.command: expected a list of texts, the first an absolute path");
  EXPECT_EQ(
      mistake("kind = \"http\"\nurl = \"ftp://self:1/\"\n"),
      "f.toml:1: probe.url: expected http://ADDRESS:PORT/PATH, https too, or self in place of "
      "the address");
}

TEST(ProbeConfigFile, NamesAreUniqueAndNoVerdicts) {
  const std::string one = "[[probe]]\nkind = \"tcp\"\naddress = \"self:1\"\nname = ";
  EXPECT_EQ(load(one + "\"a\"\n" + one + "\"a\"\n").errors.size(), 1U);
  for (const auto* name : {"\"live\"", "\"ready\"", "\"startup\"", "\"A\"", "\"a b\"", "\"\""})
    EXPECT_FALSE(load(one + name + "\n").ok()) << name;
}

TEST(ProbeConfigFile, OtherShapesAreMistakesAndNoCrash) {
  for (const auto* text : {"probe = 1\n",
                           "[probe]\nname = \"x\"\n",
                           "probe = [1, 2]\n",
                           "[[probe]]\n",
                           "[[probe]]\nname = 5\nkind = [\"tcp\"]\n",
                           "[[probe]]\nname = \"x\"\nkind = {a = 1}\n"})
    EXPECT_FALSE(load(text).ok()) << text;
}

TEST(ProbeConfigFile, IsShownAsItReadsBack) {
  const std::string text =
      "[[probe]]\nname = \"full\"\nkind = \"metric\"\nmetric = \"m{a=\\\"b\\\"}\"\n"
      "compare = \"<\"\nvalue = \"5\"\nurl = \"https://10.0.0.1:8443/m\"\ntls_verify = false\n"
      "tls_ca = \"/ca.pem\"\n[[probe]]\nname = \"f\"\nkind = \"file\"\npath = \"/x\"\n"
      "present = false\nmax_age_s = 9\nbody = \"ok\"\n[[probe]]\nname = \"e\"\nkind = \"exec\"\n"
      "command = [\"/bin/true\", \"a b\"]\n";
  const auto first = load(text);
  ASSERT_TRUE(first.ok()) << first.errors.front();
  std::string shown;
  for (const auto& probe : first.config.probes)
    shown += to_toml(probe);
  EXPECT_EQ(load(shown).config.probes, first.config.probes) << shown;
}

TEST(ProbeConfigFile, AChangeIsTakenUpLive) {
  const auto one = load("[[probe]]\nname = \"a\"\nkind = \"tcp\"\naddress = \"self:1\"\n");
  const auto two = load("[[probe]]\nname = \"a\"\nkind = \"tcp\"\naddress = \"self:2\"\n");
  const auto plan = plan_reload(one.config, two.config);
  EXPECT_EQ(plan.config.probes, two.config.probes);
  ASSERT_EQ(plan.changes.size(), 1U);
  EXPECT_EQ(plan.changes[0].key, "probe");
  EXPECT_EQ(plan.changes[0].change, KeyChange::kApplied);
  EXPECT_TRUE(plan_reload(one.config, one.config).changes.empty());
}

TEST(ProbePlace, ReadsAddressesAndUrls) {
  const auto url = parse_probe_url("https://[fd00::1]:8443/a?b=c");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->host, "fd00::1");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/a?b=c");
  EXPECT_EQ(parse_probe_url("http://self:80")->path, "/");
  EXPECT_EQ(parse_probe_url("http://self:80")->host, "self");
  for (const auto* bad :
       {"http://self", "http://self:0/", "http://x:80/", "http://self:80/a b", ""})
    EXPECT_FALSE(parse_probe_url(bad)) << bad;
}

TEST(ProbeKeys, AreOnThePageWithAMeaning) {
  const auto page = probes_markdown();
  for (const auto& key : probe_keys()) {
    EXPECT_NE(page.find("| `" + std::string{key.name} + "` |"), std::string::npos);
    EXPECT_FALSE(key.help.empty()) << key.name;
    EXPECT_NE(key.store, nullptr) << key.name;
  }
}

}  // namespace
}  // namespace sragent
