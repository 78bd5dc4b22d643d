#include "runtime/server_env.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace sragent {
namespace {

constexpr std::array<std::string_view, 3> kSecrets{"MYSQL_PWD", "FE_PASSWORD", "FE_PWD"};

bool withheld(std::string_view entry) {
  const auto name = entry.substr(0, entry.find('='));
  if (name.substr(0, 9) == "SR_AGENT_") return true;
  return std::find(kSecrets.begin(), kSecrets.end(), name) != kSecrets.end();
}

}  // namespace

std::vector<std::string> server_env(const std::vector<std::string>& own) {
  std::vector<std::string> out;
  for (const auto& entry : own)
    if (!withheld(entry)) out.push_back(entry);
  return out;
}

std::vector<std::string> own_env() {
  std::vector<std::string> out;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at)
    out.emplace_back(*at);
  return out;
}

}  // namespace sragent
