#include "sim_clock.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>
#include <thread>

namespace srsim {
namespace {

double read_scale() {
  const char* text = std::getenv("SR_SIM_TIME_SCALE");
  const double value = text == nullptr ? 1.0 : std::strtod(text, nullptr);
  return value > 0 ? value : 1.0;
}

std::string utc(std::int64_t ms, const char* format) {
  const std::time_t seconds = ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << std::put_time(&parts, format);
  return text.str();
}

}  // namespace

double time_scale() {
  static const double scale = read_scale();
  return scale;
}

milliseconds scaled(milliseconds nominal) {
  const double real = static_cast<double>(nominal.count()) / time_scale();
  return milliseconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(real)));
}

milliseconds scaled_at_least(milliseconds nominal, milliseconds floor) {
  return std::max(scaled(nominal), floor);
}

void sleep_for(milliseconds real) {
  std::this_thread::sleep_for(real);
}

std::int64_t unix_ms() {
  static const double scale = std::getenv("SR_SIM_REAL_DATES") == nullptr ? time_scale() : 1.0;
  constexpr std::int64_t kOrigin = 1'767'225'600'000;  // 2026-01-01 UTC, where both clocks agree
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto real = std::chrono::duration_cast<milliseconds>(now).count();
  return kOrigin + static_cast<std::int64_t>(static_cast<double>(real - kOrigin) * scale);
}

std::int64_t steady_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(now).count();
}

std::string java_date(std::int64_t ms) {
  return utc(ms, "%a %b %d %H:%M:%S UTC %Y");
}

std::string log_stamp() {
  const std::int64_t now = unix_ms();
  std::string millis = std::to_string(now % 1000);
  millis.insert(0, 3 - millis.size(), '0');
  return utc(now, "%Y-%m-%d %H:%M:%S.") + millis + "Z";
}

std::string out_stamp() {
  return utc(unix_ms(), "%Y-%m-%d %H:%M:%S");
}

}  // namespace srsim
