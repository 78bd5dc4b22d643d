// Sends every HTTP request on record to a simulated FE of the same version and role and compares
// the answers: status, the headers that mean something, body. tests/sim/corpus/README.md says
// whence the record comes. Values that no two clusters share (ids, tokens, times, addresses) are
// compared by their form, lists of SHOW PROC by their columns.

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "lab.h"

namespace srsim {
namespace {

using Json = nlohmann::ordered_json;

struct Recorded {
  std::string version{};
  std::string node{};
  std::string caller{};  ///< fe0 ..., empty: no FE.
  std::string note{};
  HttpCall call{};
  HttpReply reply{};
};

std::string text_of(const Json& line, const char* key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// The raw answer of a request that was sent from an FE's own address.
HttpReply parse_raw(const std::string& raw) {
  HttpReply out;
  std::istringstream in(raw);
  std::string line;
  std::getline(in, line);
  out.status = std::stoi(line.substr(line.find(' ') + 1));
  while (std::getline(in, line) && !line.empty()) {
    const auto colon = line.find(": ");
    out.headers[lower(line.substr(0, colon))] = line.substr(colon + 2);
  }
  if (const auto head = raw.find("\n\n"); head != std::string::npos)
    out.body = raw.substr(head + 2);
  return out;
}

Recorded parse(const Json& line) {
  Recorded out;
  out.version = text_of(line, "version");
  out.node = text_of(line, "node");
  out.note = text_of(line, "note");
  out.call = {.method = text_of(line, "method"), .target = text_of(line, "path")};
  if (const auto auth = text_of(line, "auth"); !auth.empty()) {
    out.call.user = auth.substr(0, auth.find(':'));
    out.call.password = auth.substr(auth.find(':') + 1);
  }
  if (const auto from = text_of(line, "from_ns"); from.starts_with("srfe"))
    out.caller = from.substr(2);
  if (line.contains("raw")) {
    out.reply = parse_raw(text_of(line, "raw"));
    return out;
  }
  out.reply.status = line.at("status");
  out.reply.body = text_of(line, "body");
  for (const auto& header : line.at("headers"))
    out.reply.headers[lower(header.at(0))] = header.at(1);
  return out;
}

std::vector<Recorded> record() {
  std::ifstream in(HTTP_CORPUS);
  std::vector<Recorded> out;
  for (std::string line; std::getline(in, line);)
    out.push_back(parse(Json::parse(line)));
  return out;
}

/// What stays of a value that another cluster has in another form of the same kind.
std::string form_of(std::string text) {
  static const std::vector<std::pair<std::regex, std::string>> forms{
      {std::regex("[0-9a-f]{8}-[0-9a-f-]{27}"), "TOKEN"},
      {std::regex(R"((fe-\d\.fe\.lab|\d+\.\d+\.\d+\.\d+)_9010_\d+)"), "NODE"},
      {std::regex(R"(\b\d+\.\d+\.\d+\.\d+\b)"), "ADDRESS"},
      {std::regex("^#[^\\n]*\\n"), "#DATE\n"},
      {std::regex("replayedJournalId\":[1-9]\\d*"), "replayedJournalId\":JOURNAL"},
      {std::regex("imageJournalId\":\\d+"), "imageJournalId\":JOURNAL"},
      {std::regex(R"(heapUsedPercent":0\.\d+)"), "heapUsedPercent\":PART"},
      {std::regex("_backend_num\":\\d+"), "_backend_num\":COUNT"},
      {std::regex("\\d{6,}"), "NUMBER"},
  };
  for (const auto& [pattern, form] : forms)
    text = std::regex_replace(text, pattern, form);
  return text;
}

/// A list of SHOW PROC: its columns, not the rows of that cluster.
std::string columns_of(const std::string& body) {
  const auto rows = Json::parse(body, nullptr, false);
  if (!rows.is_array() || rows.empty()) return body;
  std::string out;
  for (const auto& [name, value] : rows.front().items())
    out += name + (value.is_string() ? " " : "(not a text) ");
  return out;
}

/// The lines of an answer in which two clusters agree.
std::string form_of(const HttpCall& call, const HttpReply& reply) {
  static const std::set<std::string> meaningful{"content-type",
                                                "www-authenticate",
                                                "content-disposition",
                                                "token",
                                                "cluster_id",
                                                "role",
                                                "name",
                                                "id",
                                                "x-image-size"};
  const auto header = [&reply](const std::string& value) {
    return value == std::to_string(reply.body.size()) ? "LENGTH" : value;  // x-image-size
  };
  std::string out = std::to_string(reply.status) + "\n";
  for (const auto& [name, value] : reply.headers)
    if (meaningful.contains(name)) out += name + ": " + form_of(header(value)) + "\n";
  const bool list = call.target.starts_with("/api/show_proc");
  return out + "\n" + form_of(list ? columns_of(reply.body) : reply.body);
}

enum class Stage : std::uint8_t { kAlone, kAdded, kWhole, kDropped, kEnding };

/// What the recorder's cluster looked like when it asked.
Stage stage_of(const Recorded& one) {
  static const std::map<std::string, Stage> stages{
      {"right after 9030 opened", Stage::kAlone},
      {"founder", Stage::kAlone},
      {"caller is no FE yet", Stage::kAlone},
      {"asked from the founder host about an unknown FE", Stage::kAlone},
      {"known FE", Stage::kAlone},
      {"missing port", Stage::kAlone},
      {"caller is a known FE", Stage::kAlone},
      {"caller is no FE", Stage::kAlone},
      {"follower just joined", Stage::kAdded},
      {"caller is added, has never joined", Stage::kAdded},
      {"asked from a follower", Stage::kAdded},
      {"dropped follower, still running", Stage::kDropped},
      {"dropped observer", Stage::kDropped},
      {"as root", Stage::kEnding},
  };
  const bool ends = one.call.target == "/api/stop" && one.reply.status == 200;
  const auto found = stages.find(one.note);
  if (ends) return Stage::kEnding;
  return found == stages.end() ? Stage::kWhole : found->second;
}

/// Requests that are not sent, since the simulator is known to answer otherwise. Each must be
/// needed.
struct Exception {
  std::string version{};  ///< Regular expressions, searched for.
  std::string target{};
  std::string note{};
  std::string reason{};
  std::size_t hits = 0;
};

std::vector<Exception> exceptions() {
  return {
      {"", "^/api/v2/", "", "the simulator has no v2 interface"},
      {"", "^/metrics\\?type=", "", "metrics are offered in the default form alone"},
      {"", "^/api/(colocate|connection|query_detail|get_log_file)", "", "nobody asks for these"},
      {"", "^/frontend$", "", "no web pages"},
      {"", "^/info\\?subdir=/starmgr", "", "no metadata of StarMgr"},
      {"^3\\.3", "^/api/health", "", "its Content-Type has no charset; the simulator's always has"},
      {"",
       "",
       "restarted|after leader kill|role conflict|dropped while running|^3\\.3: dropped",
       "states that the tests of the processes make (Sim13_16, Sim13_17)"},
  };
}

/// A cluster of one version that goes through the stages in their order.
class Cluster {
 public:
  explicit Cluster(const std::string& version)
      : first_(version.starts_with("3.5") ? 0 : 3), lab_({.time_scale = 20, .version = version}) {}

  /// What differs, or empty.
  std::string compare(const Recorded& one) {
    reach(stage_of(one));
    HttpCall call = one.call;
    call.target = translated(call.target);
    const std::string from = one.caller.empty() ? lab_.ip(200) : lab_.fe(number(one.caller)).ip();
    const auto reply = lab_.fe(number(one.node)).http(call, from);
    if (!reply) return "no answer: " + reply.error().what;
    const auto expected = form_of(one.call, one.reply);
    const auto actual = form_of(one.call, *reply);
    return expected == actual ? "" : "expected\n" + expected + "\ngot\n" + actual;
  }

  /// Of the recorded cluster, so that its own values can be told from wrong ones.
  void learn(const Recorded& one) {
    if (const auto token = one.reply.headers.find("token"); token != one.reply.headers.end())
      theirs_[token->second] = "token";
    std::smatch match;
    if (std::regex_search(one.reply.body, match, std::regex("clusterId=(\\d+)")))
      theirs_[match[1]] = "clusterId";
  }

 private:
  /// The founder of the recorded cluster is FE 0 here.
  [[nodiscard]] int number(const std::string& node) const {
    return std::stoi(node.substr(2)) - first_;
  }

  std::string translated(std::string target) {
    for (const auto& [value, key] : theirs_)
      target = std::regex_replace(target, std::regex(value), own(key));
    static const std::regex numbered(R"(host=(?:fe-|10\.89\.0\.1)(\d)(?:\.fe\.lab)?)");
    std::smatch match;
    if (std::regex_search(target, match, numbered)) {
      const auto host = "host=" + lab_.fe(number("fe" + match[1].str())).name();
      target = std::regex_replace(target, numbered, host);
    }
    return target;
  }

  /// From VERSION of the simulated founder.
  std::string own(const std::string& key) {
    std::smatch match;
    const auto version = lab_.fe(0).file("meta/image/VERSION");
    return std::regex_search(version, match, std::regex(key + "=(\\S+)")) ? match[1].str() : "";
  }

  void reach(Stage stage) {
    for (; at_ < stage || !founded_; founded_ = true) {
      if (founded_) at_ = static_cast<Stage>(static_cast<int>(at_) + 1);
      make(at_);
    }
  }

  void make(Stage stage) {
    SimNode& leader = lab_.fe(0);
    const auto add = [&](int i) {
      return leader.sql("ALTER SYSTEM ADD FOLLOWER '" + lab_.fe(i).name() + ":9010'").ok;
    };
    switch (stage) {
      case Stage::kAlone:
        ASSERT_TRUE(lab_.start_frontends(1));
        ASSERT_TRUE(wait_until([&] { return leader.sql("SHOW FRONTENDS").rows.size() == 1; }));
        return;
      case Stage::kAdded:
        ASSERT_TRUE(SimLab::join(leader, lab_.fe(1)));
        ASSERT_TRUE(wait_until([&] { return add(2); }));
        return;
      case Stage::kWhole:
        lab_.fe(2).start({"--helper", leader.name() + ":9010"});
        ASSERT_TRUE(wait_until([&] {
          return cell(leader.sql("SHOW FRONTENDS").row("IP", lab_.fe(2).name()), "Alive") == "true";
        }));
        ASSERT_TRUE(SimLab::join(leader, lab_.fe(3), "OBSERVER"));
        ASSERT_TRUE(SimLab::join(leader, lab_.be(2), "BACKEND"));
        return;
      case Stage::kDropped:
        ASSERT_TRUE(leader.sql("ALTER SYSTEM DROP FOLLOWER '" + lab_.fe(2).name() + ":9010'").ok);
        ASSERT_TRUE(leader.sql("ALTER SYSTEM DROP OBSERVER '" + lab_.fe(3).name() + ":9010'").ok);
        return;
      case Stage::kEnding:
        return;
    }
  }

  int first_;
  SimLab lab_;
  Stage at_ = Stage::kAlone;
  bool founded_ = false;
  std::map<std::string, std::string> theirs_{};
};

/// Sends what one version's FEs were asked; the number of answers that are the same.
std::size_t replay(std::vector<Recorded> all,
                   const std::string& version,
                   std::vector<Exception>& excepted) {
  std::erase_if(all, [&](const Recorded& one) { return one.version != version; });
  std::ranges::stable_sort(all, {}, stage_of);
  Cluster cluster(version);
  for (const auto& one : all)
    cluster.learn(one);
  std::size_t same = 0;
  for (const auto& one : all) {
    const auto spared = std::ranges::find_if(excepted, [&](const Exception& e) {
      return std::regex_search(version, std::regex(e.version)) &&
             std::regex_search(one.call.target, std::regex(e.target)) &&
             std::regex_search(one.note, std::regex(e.note));
    });
    if (spared != excepted.end()) {
      ++spared->hits;
      continue;
    }
    const auto mismatch = cluster.compare(one);
    if (testing::Test::HasFatalFailure()) return same;
    if (mismatch.empty()) ++same;
    EXPECT_EQ(mismatch, "") << version << " " << one.node << " " << one.call.method << " "
                            << one.call.target << " | " << one.note;
  }
  return same;
}

TEST(HttpCorpus, EveryRecordedRequestIsAnsweredAsRecorded) {
  constexpr std::size_t kLines = 126;
  constexpr std::size_t kSpared = 33;
  const auto all = record();
  ASSERT_EQ(all.size(), kLines);
  auto excepted = exceptions();
  std::size_t same = 0;
  for (const std::string version : {"3.5.7-d2da301", "main-70d1c24", "3.3-92d3ab2"})
    same += replay(all, version, excepted);
  std::size_t spared = 0;
  for (const auto& e : excepted) {
    EXPECT_GT(e.hits, 0U) << "exception not needed: " << e.reason;
    spared += e.hits;
    std::cout << "  " << e.hits << " x " << e.reason << "\n";
  }
  std::cout << "corpus: " << same << " answers compared equal, " << spared << " excepted\n";
  EXPECT_EQ(spared, kSpared);
  EXPECT_EQ(same + spared, kLines);
}

}  // namespace
}  // namespace srsim
