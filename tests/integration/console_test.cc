#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "fe_lab.h"
#include "leave_lab.h"
#include "terminal.h"
#include "worker_lab.h"

/// What `kubectl logs` and `kubectl describe` show: S70. Crashes of a server:
/// server_process_test.cc.
namespace podlab {
namespace {

namespace fs = std::filesystem;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t out = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++out;
  return out;
}

void append(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::app) << text;
}

/// One FE that found its cluster.
struct OneFe {
  OneFe() { net.serve_name("fe", 0, true); }
  PodNet net{{.fe_count = 1, .all_names = false}};
  Pod& fe{net.fe(0)};
  std::string log{fe.home() + "/log/fe.log"};
};

TEST(S70_Console, TheServersLogFilesAreFollowedOverARotationWhereThatIsChosen) {
  OneFe lab;
  lab.fe.set_env("SR_AGENT_NODE__LOG_FOLLOW", "true");
  lab.fe.start();
  ASSERT_TRUE(wait_sealed(lab.fe)) << lab.fe.console();
  append(lab.log, "the first file\n");
  fs::rename(lab.log, lab.log + ".20261122-1");
  append(lab.log + ".20261122-1", "the end of the first file\n");
  append(lab.log, "the second file\n");
  append(lab.fe.home() + "/log/fe.out", "a word of the JVM\n");
  EXPECT_TRUE(wait_until([&] {
    const auto text = lab.fe.console();
    return has(text, "the second file\n") && has(text, "a word of the JVM\n");
  })) << lab.fe.console();
  const auto text = lab.fe.console();
  EXPECT_LT(text.find("\nthe first file\n"), text.find("\nthe end of the first file\n"));
  EXPECT_LT(text.find("\nthe end of the first file\n"), text.find("\nthe second file\n"));
  EXPECT_EQ(times(text, "the second file\n"), 1U);
  EXPECT_TRUE(has(text, "notify new FE type transfer: LEADER")) << "a line of the server's own";
}

TEST(S70_Console, TheServersLogFilesStayFilesWithoutThatChoice) {
  OneFe lab;
  lab.fe.start();
  ASSERT_TRUE(wait_sealed(lab.fe)) << lab.fe.console();
  append(lab.log, "a line of the file\n");
  lab.fe.signal(SIGTERM);
  ASSERT_TRUE(lab.fe.wait_exit()) << lab.fe.console();
  EXPECT_FALSE(has(lab.fe.console(), "a line of the file")) << lab.fe.console();
}

/// Of the agent's own lines in JSON from `at` on, the first one of `event`.
nlohmann::json line_of(const std::string& console, std::size_t at, const std::string& event) {
  std::istringstream lines{console.substr(at)};
  for (std::string line; std::getline(lines, line);) {
    auto out = nlohmann::json::parse(line, nullptr, false);
    if (out.is_object() && out.value("event", "") == event) return out;
  }
  return nlohmann::json::object();
}

TEST(S70_Console, AnFeThatDiesOfItsSettingsSaysWhyInJsonInItsTailAndInItsLastWords) {
  OneFe lab;
  lab.fe.start();
  ASSERT_TRUE(wait_sealed(lab.fe)) << lab.fe.console();
  lab.fe.signal(SIGTERM);
  ASSERT_TRUE(lab.fe.wait_exit()) << lab.fe.console();
  lab.fe.set_env("SR_AGENT_LOG__FORMAT", "auto");  // the console is no terminal
  lab.fe.add_conf("run_mode = shared_data");
  const auto before = lab.fe.console().size();
  lab.fe.start();
  EXPECT_EQ(lab.fe.wait_exit(), 255) << lab.fe.console();
  const auto console = lab.fe.console();
  const auto ended = line_of(console, before, "server_ended");
  EXPECT_EQ(ended.value("status", ""), "exited with 255") << console;
  EXPECT_EQ(ended.value("level", ""), "error") << console;
  EXPECT_EQ(ended.value("log", ""), lab.log);
  EXPECT_NE(console.find("Unmatched run mode between config file and version file", before),
            std::string::npos)
      << console;
  const auto words = nlohmann::json::parse(lab.fe.termination_message(), nullptr, false);
  ASSERT_TRUE(words.is_object()) << lab.fe.termination_message();
  for (const auto* field : {"reason", "phase", "exit", "signal"})
    EXPECT_TRUE(words.contains(field)) << field << ": " << words;
  EXPECT_EQ(words.value("exit", 0), 255) << words;
  EXPECT_TRUE(words["signal"].is_null()) << words;
}

/// The FE's container with one of its two streams, 1 or 2, at the terminal, until it serves; then
/// its end.
void run_at(Terminal& terminal, Pod& fe, const std::string& stream) {
  fe.start_command({"/bin/sh",
                    "-c",
                    R"(exec "$0" run fe "$1" )" + stream + R"(> "$2")",
                    agent_program(),
                    fe.spec().service,
                    terminal.name()});
  EXPECT_TRUE(wait_until(
      [&] {
        terminal.text();
        return probe(fe, "/readyz") == 200;
      },
      milliseconds(120000)))
      << terminal.text() << fe.console();
  fe.signal(SIGTERM);
  EXPECT_TRUE(wait_until([&] {
    terminal.text();
    return !fe.running();
  })) << terminal.text();
}

TEST(S70_Console, ItsLinesAreForPeopleWhereTheyGoToATerminal) {
  OneFe lab;
  lab.fe.set_env("SR_AGENT_LOG__FORMAT", "auto");
  Terminal terminal;
  ASSERT_NE(terminal.name(), "");
  run_at(terminal, lab.fe, "2");
  const auto text = terminal.text();
  EXPECT_TRUE(has(text, "Z sr-agent info start kind=fe host=" + lab.fe.fqdn() + " ")) << text;
  EXPECT_TRUE(has(text, "Z sr-agent info exit code=143 ")) << text;
  EXPECT_FALSE(has(text, R"("program":"sr-agent")")) << text;
  EXPECT_FALSE(has(lab.fe.console(), "sr-agent")) << "they go to one place";

  run_at(terminal, lab.fe, "1");
  EXPECT_EQ(line_of(lab.fe.console(), 0, "start").value("kind", ""), "fe") << lab.fe.console();
  EXPECT_FALSE(has(lab.fe.console(), " sr-agent info start ")) << lab.fe.console();
}

}  // namespace
}  // namespace podlab
