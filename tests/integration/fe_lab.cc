#include "fe_lab.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

namespace podlab {

namespace fs = std::filesystem;

int leaders(const SqlAnswer& list) {
  int out = 0;
  for (const auto& row : list.rows)
    if (srsim::cell(row, "Role") == "LEADER") ++out;
  return out;
}

bool has_metadata(const Pod& pod) {
  return fs::exists(pod.meta() + "/image/ROLE") || fs::exists(pod.meta() + "/bdb/00000000.jdb");
}

bool sealed(const Pod& pod) {
  return fs::exists(pod.state() + "/sealed");
}

bool all_sealed(PodNet& net, int count, milliseconds limit) {
  return wait_until(
      [&] {
        for (int i = 0; i < count; ++i)
          if (!sealed(net.fe(i))) return false;
        return true;
      },
      limit);
}

bool start_two_members(PodNet& net, milliseconds limit) {
  for (int i = 0; i < 2; ++i)
    net.serve_name("fe", i, true);
  return net.start_frontends(2) && all_sealed(net, 2, limit);
}

bool looks_on(const Pod& pod) {
  constexpr long kPublications = 20;  // several in each round of looking
  const auto sequence = [&pod] {
    const auto text = pod.agent("/v1/status");
    const auto at = text.find("\"sequence\": ");
    return at == std::string::npos ? -1L : std::atol(text.c_str() + at + 12);
  };
  const long from = sequence();
  return from >= 0 && wait_until([&] { return sequence() > from + kPublications; });
}

std::vector<std::string> decisions_of(const Pod& pod) {
  std::vector<std::string> out;
  std::istringstream lines{pod.file("meta/.sr-agent/journal")};
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_object() && json.contains("rule"))
      out.push_back(json["rule"].get<std::string>() + " " + json["action"].get<std::string>());
  }
  return out;
}

bool decided(const Pod& pod, const std::string& what) {
  const auto all = decisions_of(pod);
  return std::find(all.begin(), all.end(), what) != all.end();
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::trunc) << text;
}

}  // namespace podlab
