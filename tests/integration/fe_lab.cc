#include "fe_lab.h"

#include <cstdlib>
#include <filesystem>
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

bool all_sealed(PodNet& net, int count) {
  return wait_until(
      [&] {
        for (int i = 0; i < count; ++i)
          if (!fs::exists(net.fe(i).state() + "/sealed")) return false;
        return true;
      },
      milliseconds(60000));
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

}  // namespace podlab
