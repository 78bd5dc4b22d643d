// Does what scripts.jsonl and timings.jsonl of corpus/ recorded, with the simulator's scripts and
// servers: exit statuses, what is printed, what becomes of the process and its pid file; and the
// order in which ports open.

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "lab.h"
#include "meta_dir.h"

namespace srsim {
namespace {

using Json = nlohmann::json;

/// Lines of a file of the corpus, oldest first.
std::vector<Json> lines_of(const std::string& name) {
  std::ifstream in(std::string(CORPUS_DIR) + "/" + name);
  std::vector<Json> out;
  for (std::string line; std::getline(in, line);)
    out.push_back(Json::parse(line));
  return out;
}

/// Three FEs, of which the first one is started and stopped as recorded.
class ScriptCorpus : public testing::Test {
 protected:
  void up() {
    if (fe_.pid() > 0) return;
    std::filesystem::remove(pid_file_);
    fe_.start();
    ASSERT_TRUE(fe_.wait_port(8030));
  }
  /// How the process ended, as `wait_exit` has it; nullopt: none was running.
  static std::optional<int> recorded_end(const Json& line) {
    if (line["process_exit"].empty()) return std::nullopt;
    const auto& end = line["process_exit"][0];
    return end.contains("exit_code") ? end["exit_code"].get<int>()
                                     : 1000 + end["killed_by_signal"].get<int>();
  }
  void start_line(const Json& line) {
    up();
    const std::string event = line["event"];
    const bool odd = event.find("unknown option") != std::string::npos;
    using Words = std::vector<std::string>;
    const auto [status, text] = fe_.script("start_fe.sh", odd ? Words{"--bogus"} : Words{});
    EXPECT_EQ(status, line["exit_status"].get<int>());
    // The recorder's text for a path swallowed the line's beginning.
    const std::string tail = " running as process ";
    EXPECT_NE(line["stdout"].get<std::string>().find(tail), std::string::npos);
    EXPECT_NE(text.find(tail + std::to_string(fe_.pid()) + ". Stop it first.\n"), std::string::npos)
        << text;
    EXPECT_EQ(text.find("unrecognized option '--bogus'\n") != std::string::npos, odd) << text;
  }
  void stop_line(const Json& line) {
    const std::string event = line["event"];
    const std::string note = line["note"];
    if (line["was_running"]) up();
    if (note.starts_with("stale")) write_file(pid_file_, "4000000");
    if (note.starts_with("pid file names")) write_file(pid_file_, std::to_string(getpid()));
    ASSERT_EQ(std::filesystem::exists(pid_file_), line["pid_file_before"].get<bool>());
    std::istringstream words(event.substr(event.find(' ')));
    std::vector<std::string> options;
    for (std::string word; words >> word;)
      options.push_back(word);
    // The script waits until the process is gone, so somebody else has to reap it.
    auto stopping =
        std::async(std::launch::async, [&] { return fe_.script("stop_fe.sh", options); });
    if (const auto end = recorded_end(line)) {
      EXPECT_EQ(fe_.wait_exit(), end);
    }
    const auto [status, text] = stopping.get();
    EXPECT_EQ(status, line["exit_status"].get<int>());
    EXPECT_EQ(text, line["stdout"].get<std::string>() + line["stderr"].get<std::string>());
    EXPECT_EQ(std::filesystem::exists(pid_file_), line["pid_file_after"].get<bool>());
    EXPECT_EQ(fe_.pid() > 0, line["still_running"].get<bool>());
  }

  // The 15 s of a graceful exit stay longer than the 3 s that one line gives it.
  SimLab lab_{{.time_scale = 2}};
  SimNode& fe_ = lab_.fe(0);
  const std::string pid_file_ = fe_.home() + "/bin/fe.pid";
};

TEST_F(ScriptCorpus, EachEndsAsRecorded) {
  ASSERT_TRUE(lab_.start_frontends(3));
  int done = 0;
  for (const auto& line : lines_of("scripts.jsonl")) {
    const std::string event = line["event"];
    SCOPED_TRACE(event + " " + line.value("note", ""));
    ++done;
    if (event.starts_with("start_fe.sh")) {
      start_line(line);
    } else if (event.starts_with("stop_fe.sh")) {
      stop_line(line);
    } else {
      ASSERT_EQ(event, "start with a stale pid file that names a foreign live process");
      write_file(pid_file_, std::to_string(getpid()));
      fe_.start();
      ASSERT_TRUE(fe_.wait_port(8030));
      EXPECT_EQ(read_file(pid_file_), std::to_string(fe_.pid()));
    }
    if (HasFatalFailure()) return;
  }
  EXPECT_EQ(done, 10);
}

constexpr std::array<std::uint16_t, 4> kPorts{8030, 9030, 9020, 9010};

/// Which ports were open before which, where the record has more than 100 ms between them.
using Order = std::vector<std::pair<std::uint16_t, std::uint16_t>>;

Order recorded_order(const Json& ports) {
  Order out;
  for (const auto& [first, at] : ports.items()) {
    for (const auto& [second, later] : ports.items()) {
      if (later.get<double>() > at.get<double>() + 0.1)
        out.emplace_back(std::stoi(first), std::stoi(second));
    }
  }
  return out;
}

/// A port that is open when it is looked at, and each that is looked at after it.
using Sight = std::vector<std::uint16_t>;

/// What is open, from the last port to the first, until all are.
std::vector<Sight> watch(const SimNode& fe) {
  std::vector<Sight> out;
  const bool all = wait_until([&] {
    out.emplace_back();
    for (const std::uint16_t port : kPorts)
      if (fe.port(port)) out.back().push_back(port);
    return out.back().size() == kPorts.size();
  });
  EXPECT_TRUE(all);
  return out;
}

bool open(const Sight& sight, std::uint16_t port) {
  return std::ranges::find(sight, port) != sight.end();
}

TEST(TimingCorpus, PortsOpenInTheRecordedOrderAndNoneForWhoIsNotAdded) {
  SimLab lab;
  lab.fe(0).start();
  auto sights = watch(lab.fe(0));
  const std::vector<std::string> helper{"--helper", lab.fe(0).name() + ":9010"};
  lab.fe(1).start(helper);
  ASSERT_TRUE(
      wait_until([&] { return lab.fe(1).log().find("please add it first") != std::string::npos; }));
  for (const auto port : kPorts)
    EXPECT_FALSE(lab.fe(1).port(port)) << port << " of an FE that is not added";
  ASSERT_TRUE(lab.fe(0).sql("ALTER SYSTEM ADD FOLLOWER '" + lab.fe(1).name() + ":9010'").ok);
  std::ranges::copy(watch(lab.fe(1)), std::back_inserter(sights));
  int orders = 0;
  for (const auto& line : lines_of("timings.jsonl")) {
    const auto& ports = line["port_open_after_s"];
    if (ports.contains("6090")) continue;  // shared data: not the mode of these FEs
    for (const auto& [first, second] : recorded_order(ports)) {
      ++orders;
      for (const auto& sight : sights)
        EXPECT_TRUE(open(sight, first) || !open(sight, second)) << first << " " << second;
    }
  }
  EXPECT_GT(orders, 50);
}

}  // namespace
}  // namespace srsim
