// Runs the files of folders through one target, without libFuzzer: seeds and what was found once.
//   fuzz_replay TARGET FOLDER...   0: all promises held; a broken one aborts with its place.

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz.h"

namespace {

namespace fs = std::filesystem;
using namespace sragent::fuzz;

struct Target {
  std::string_view name{};
  void (*run)(Bytes data){};
};

#define SRAGENT_TARGET(name)    \
  Target {                      \
#name, &sragent::fuzz::name \
  }
constexpr std::array kTargets{
    SRAGENT_TARGET(conf),
    SRAGENT_TARGET(control),
    SRAGENT_TARGET(dns_message),
    SRAGENT_TARGET(dns_server),
    SRAGENT_TARGET(explain),
    SRAGENT_TARGET(fe_http),
    SRAGENT_TARGET(http_peer),
    SRAGENT_TARGET(http_request),
    SRAGENT_TARGET(identity),
    SRAGENT_TARGET(log_line),
    SRAGENT_TARGET(meta),
    SRAGENT_TARGET(node_name),
    SRAGENT_TARGET(resolv),
    SRAGENT_TARGET(rows),
    SRAGENT_TARGET(settings),
    SRAGENT_TARGET(sql_server),
    SRAGENT_TARGET(state),
    SRAGENT_TARGET(toml),
};
#undef SRAGENT_TARGET

std::vector<std::uint8_t> bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// In the order of their names, so that a run can be repeated.
std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_regular_file()) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

int usage() {
  std::fprintf(stderr, "usage: fuzz_replay TARGET FOLDER...; targets:");
  for (const auto& target : kTargets)
    std::fprintf(stderr, " %s", std::string{target.name}.c_str());
  std::fprintf(stderr, "\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 2) return usage();
  const auto* const target = std::find_if(
      kTargets.begin(), kTargets.end(), [&](const Target& row) { return row.name == words[0]; });
  if (target == kTargets.end()) return usage();
  std::size_t count = 0;
  target->run({});
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (!fs::is_directory(words[i])) continue;  // A target without findings has no such folder.
    for (const auto& path : files_in(words[i])) {
      std::printf("%s\n", path.c_str());
      std::fflush(stdout);  // The last line names the file that breaks a promise.
      target->run(bytes_of(path));
      ++count;
    }
  }
  std::printf("%s: %zu files\n", words[0].c_str(), count);
  return count == 0 ? 1 : 0;
}
