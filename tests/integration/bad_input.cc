#include "bad_input.h"

#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>

namespace podlab {

namespace fs = std::filesystem;

std::map<std::string, std::string> volume(const Pod& pod) {
  std::map<std::string, std::string> out;
  const auto root =
      pod.home() + (pod.name().find("-fe-") == std::string::npos ? "/storage" : "/meta");
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator(root, ignored)) {
    const auto path = entry.path().string();
    if (!entry.is_regular_file() || path.find("/.sr-agent/") != std::string::npos) continue;
    out[path.substr(root.size() + 1)] = read_text(path);
  }
  return out;
}

nlohmann::json explained(const Pod& pod) {
  auto out = nlohmann::json::parse(pod.verb({"explain", "-o", "json"}).second, nullptr, false);
  return out.is_object() ? out : nlohmann::json::object();
}

void expect_waits(Pod& fe,
                  const std::string& rule,
                  const std::string& reason,
                  const std::map<std::string, std::string>& before) {
  ASSERT_TRUE(fe.wait_reason(reason)) << fe.console();
  const auto told = explained(fe);
  EXPECT_EQ(told.value("rule", ""), rule) << told.dump(1);
  EXPECT_EQ(told.value("reason", ""), reason) << told.dump(1);
  const auto journal = fe.file("meta/.sr-agent/journal");
  const auto line = journal.find(R"("rule":")" + rule + "\"");
  ASSERT_NE(line, std::string::npos) << journal;
  EXPECT_NE(journal.find("\"" + reason + "\"", line), std::string::npos) << journal;
  int live = 0;
  static_cast<void>(fe.agent("/livez", &live));
  EXPECT_EQ(live, 200);
  EXPECT_TRUE(fe.running());
  EXPECT_EQ(fe.server_pid(), 0);
  EXPECT_EQ(fe.console().find("start_fe.sh"), std::string::npos) << "no server was ever started";
  EXPECT_EQ(volume(fe), before);
}

void expect_stops(Pod& pod) {
  EXPECT_NE(pod.server_pid(), 0);
  pod.signal(SIGTERM);
  EXPECT_EQ(pod.wait_exit(), 143) << pod.console();
}

void expect_ends_on_term(Pod& pod, const std::string& reason) {
  pod.signal(SIGTERM);
  EXPECT_EQ(pod.wait_exit(), 143) << pod.console();
  EXPECT_NE(pod.termination_message().find("\"" + reason + "\""), std::string::npos)
      << pod.termination_message();
}

}  // namespace podlab
