#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

/// main() of the tests that need namespaces: runs the same program again below unshare(1), as root
/// of namespaces of its own. A program of its own, not unshare(2): a process that a sanitizer has
/// given threads cannot enter a user namespace. Where that is not permitted the tests run outside
/// and skip themselves.

namespace {

constexpr const char* kInside = "SR_TEST_INSIDE_NAMESPACE";
constexpr const char* kWhyNot = "SR_TEST_NO_NAMESPACE";

using Words = std::vector<std::string>;

const Words kUnshare{"unshare", "--map-root-user", "--net", "--mount", "--"};

std::vector<char*> pointers(Words& words) {
  std::vector<char*> out;
  for (auto& word : words)
    out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

/// Exit status of a command; 127 if it cannot be run.
int run(Words words) {
  const auto argv = pointers(words);
  pid_t child = 0;
  if (posix_spawnp(&child, argv[0], nullptr, nullptr, argv.data(), environ) != 0) return 127;
  int raw = 0;
  while (waitpid(child, &raw, 0) < 0 && errno == EINTR)
    continue;
  return WIFEXITED(raw) ? WEXITSTATUS(raw) : 127;
}

/// Tries each step that the tests need; empty: all of them are permitted.
std::string why_not() {
  const auto inside = [](const std::string& script) {
    Words words = kUnshare;
    words.insert(words.end(), {"sh", "-c", script + " >/dev/null 2>&1"});
    return run(words) == 0;
  };
  if (!inside("true")) return "unshare --map-root-user --net --mount is not permitted";
  if (!inside("ip link set lo up")) return "the loopback device cannot be set up (ip of iproute2)";
  if (!inside("mount --bind /etc/hosts /etc/hosts")) return "no file may be bound over another";
  if (!inside("nft add table ip probe")) return "nft is missing (nftables) or not permitted";
  return {};
}

/// Replaces this process by itself inside; comes back only if that cannot be done.
void enter(int argc, char** argv) {
  Words words = kUnshare;
  words.insert(words.end(), {"sh", "-c", R"(ip link set lo up && exec "$0" "$@")"});
  words.emplace_back(argv[0]);
  words.insert(words.end(), argv + 1, argv + argc);
  setenv(kInside, "1", 1);
  execvp(words[0].c_str(), pointers(words).data());
  unsetenv(kInside);
}

}  // namespace

int main(int argc, char** argv) {
  const bool lists = argc > 1 && std::string{argv[1]}.rfind("--gtest_list_tests", 0) == 0;
  if (!lists && std::getenv(kInside) == nullptr && std::getenv(kWhyNot) == nullptr) {
    auto why = why_not();
    if (why.empty()) {
      enter(argc, argv);
      why = "unshare cannot be run";
    }
    setenv(kWhyNot, why.c_str(), 1);
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
