#include "prometheus_server.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "io/http_client.h"
#include "io/process.h"
#include "io_peer.h"

namespace prometheuslab {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using sragent::test::kHere;

constexpr std::chrono::seconds kPatience{60};

std::string new_folder() {
  std::string path = "/tmp/prometheus-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("no folder for prometheus");
  return path;
}

/// JSON is YAML.
json configuration(const std::vector<const podlab::Pod*>& pods) {
  auto targets = json::array();
  for (const auto* pod : pods)
    targets.push_back({{"targets", {pod->ip() + ":8099"}},
                       {"labels", {{"namespace", "ns"}, {"pod", pod->name()}}}});
  return {{"global", {{"scrape_interval", "1s"}, {"scrape_timeout", "1s"}}},
          {"scrape_configs", {{{"job_name", "sr-agent"}, {"static_configs", targets}}}}};
}

std::string escaped(const std::string& text) {
  constexpr const char* kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
  }
  return out;
}

}  // namespace

bool installed() {
  const std::string program{SRAGENT_PROMETHEUS};
  return !program.empty() && ::access(program.c_str(), X_OK) == 0;
}

Server::Server(const std::vector<const podlab::Pod*>& pods)
    : folder_(new_folder()), port_(sragent::test::closed_port()) {
  std::ofstream(folder_ + "/config") << configuration(pods).dump();
  // Should the test itself be ended, the server ends soon after.
  const auto child = sragent::spawn(
      {.argv = {"/bin/sh",
                "-c",
                R"(exec /usr/bin/timeout -k 1 230 "$0" "$@" >)" + folder_ + "/log 2>&1",
                SRAGENT_PROMETHEUS,
                "--config.file=" + folder_ + "/config",
                "--storage.tsdb.path=" + folder_ + "/data",
                "--web.listen-address=" + std::string{kHere} + ":" + std::to_string(port_)}});
  if (!child) throw std::runtime_error(child.error().what);
  pid_ = child->pid;
  const bool ready = sragent::test::eventually(
      [&] {
        const auto answer = sragent::http_get({.address = kHere, .port = port_, .path = "/-/ready"},
                                              sragent::Deadline::after(std::chrono::seconds{5}));
        return answer && answer->status == 200;
      },
      kPatience);
  if (!ready) throw std::runtime_error("prometheus does not come up: " + log());
}

Server::~Server() {
  (void)sragent::kill_group(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::vector<Line> Server::query(const std::string& expression) const {
  const auto answer = sragent::http_get(
      {.address = kHere, .port = port_, .path = "/api/v1/query?query=" + escaped(expression)},
      sragent::Deadline::after(std::chrono::seconds{20}));
  if (!answer) throw std::runtime_error(answer.error().what);
  const auto body = json::parse(answer->body);
  if (body["status"] != "success") throw std::runtime_error(expression + ": " + answer->body);
  std::vector<Line> out;
  for (const auto& one : body["data"]["result"]) {
    auto line = one["metric"].get<Line>();
    line.erase("__name__");
    line["value"] = one["value"][1].get<std::string>();
    out.push_back(std::move(line));
  }
  return out;
}

std::string Server::log() const {
  return podlab::read_text(folder_ + "/log");
}

}  // namespace prometheuslab
