#include <cctype>
#include <chrono>
#include <cstdint>

#include "dialect.h"
#include "text_codec.h"

namespace srsim {

std::optional<int> zone_offset_minutes(const std::string& zone) {
  if (zone == "UTC" || zone == "Etc/UTC" || zone == "GMT" || zone.empty()) return 0;
  if (zone == "Asia/Shanghai" || zone == "CST" || zone == "PRC") return 8 * 60;
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
  const auto hours = parse_number(std::string_view(zone).substr(1, 2));
  const auto minutes = parse_number(std::string_view(zone).substr(4, 2));
  if (!hours || !minutes) return std::nullopt;
  const int offset = static_cast<int>(*hours * 60 + *minutes);
  return zone[0] == '-' ? -offset : offset;
}

std::string format_time(Millis time, int offset_minutes) {
  using namespace std::chrono;
  const sys_seconds at{floor<seconds>(milliseconds{time}) + minutes{offset_minutes}};
  const auto midnight = floor<days>(at);
  const year_month_day date{midnight};
  const hh_mm_ss clock{at - midnight};
  std::string out = "0000-00-00 00:00:00";
  const auto put = [&](std::size_t end, std::int64_t value, int digits) {
    for (; digits > 0; --digits, value /= 10)
      out[--end] = static_cast<char>('0' + value % 10);
  };
  put(4, static_cast<int>(date.year()), 4);
  put(7, static_cast<unsigned>(date.month()), 2);
  put(10, static_cast<unsigned>(date.day()), 2);
  put(13, clock.hours().count(), 2);
  put(16, clock.minutes().count(), 2);
  put(19, clock.seconds().count(), 2);
  return out;
}

std::optional<std::string> show_time(const Context& context, Millis time, bool of_nodes) {
  if (time == 0) return std::nullopt;
  if (of_nodes && context.profile.show_times_utc8) return format_time(time, 8 * 60);
  const auto zone = variable(context, "time_zone").value_or("Etc/UTC");
  return format_time(time, zone_offset_minutes(zone).value_or(0));
}

bool like(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '%') {
    for (std::size_t skip = 0; skip <= text.size(); ++skip)
      if (like(text.substr(skip), pattern.substr(1))) return true;
    return false;
  }
  if (text.empty()) return false;
  const auto low = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  if (pattern.front() != '_' && low(pattern.front()) != low(text.front())) return false;
  return like(text.substr(1), pattern.substr(1));
}

}  // namespace srsim
