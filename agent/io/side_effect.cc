// Part of the tree with the address sanitizer alone (agent/io/CMakeLists.txt).
#include "io/side_effect.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "io/fd.h"

namespace sragent {
namespace {

/// What the environment asks for, and how often each side of each effect was passed.
struct CrashPlan {
  CrashPlan() {
    if (const char* file = std::getenv("SRAGENT_CRASH_TRACE")) trace = file;
    const char* text = std::getenv("SRAGENT_CRASH_AT");
    if (text == nullptr) return;
    const std::string_view asked = text;
    const auto colon = asked.rfind(':');
    const auto digits = colon == std::string_view::npos ? "1" : asked.substr(colon + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    point = asked.substr(0, colon);
  }

  std::string trace{};
  std::string point{};
  unsigned number = 0;
  std::mutex mutex{};
  std::map<std::string, unsigned> passed{};
};

void append_line(const std::string& file, const std::string& line) {
  const UniqueFd fd{::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)};
  const auto text = line + "\n";
  if (!fd || ::write(fd.get(), text.data(), text.size()) < 0) std::abort();
}

}  // namespace

void crash_point(const char* name, const char* side) noexcept {
  static CrashPlan plan;
  if (plan.trace.empty() && plan.point.empty()) return;
  const int kept = errno;
  const std::scoped_lock lock(plan.mutex);
  const auto point = std::string(name) + "." + side;
  const bool fatal = ++plan.passed[point] == plan.number && point == plan.point;
  if (!plan.trace.empty()) append_line(plan.trace, point);
  if (fatal) ::kill(::getpid(), SIGKILL);
  errno = kept;
}

}  // namespace sragent
