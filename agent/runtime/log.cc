#include "runtime/log.h"

#include <unistd.h>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "runtime/log_line.h"

namespace sragent {
namespace {

LogFormatSetting g_format = LogFormatSetting::kText;  // written once, before any thread exists

spdlog::level::level_enum level_of(LogLevelSetting level) {
  switch (level) {
    case LogLevelSetting::kDebug:
      return spdlog::level::debug;
    case LogLevelSetting::kInfo:
      return spdlog::level::info;
    case LogLevelSetting::kWarn:
      return spdlog::level::warn;
    case LogLevelSetting::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

/// Never destroyed: worker threads that were given up may log while the process ends.
spdlog::logger& the_logger() {
  static auto* const logger =
      new spdlog::logger("sr-agent", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  return *logger;
}

void write(spdlog::level::level_enum level,
           std::string_view event,
           std::initializer_list<LogField> fields) {
  auto& logger = the_logger();
  if (!logger.should_log(level)) return;
  const bool json = g_format == LogFormatSetting::kJson;
  const auto line = json ? log_json(event, fields) : log_text(event, fields);
  logger.log(level, spdlog::string_view_t{line.data(), line.size()});
}

}  // namespace

void set_up_log(LogLevelSetting level, LogFormatSetting format) {
  if (format == LogFormatSetting::kAuto)
    format = ::isatty(STDERR_FILENO) == 1 ? LogFormatSetting::kText : LogFormatSetting::kJson;
  g_format = format;
  set_log_level(level);
  const bool json = format == LogFormatSetting::kJson;
  the_logger().set_pattern(
      json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","program":"%n",%v})"
           : "%Y-%m-%dT%H:%M:%S.%eZ sr-agent %l %v",
      spdlog::pattern_time_type::utc);
}

void set_log_level(LogLevelSetting level) {
  the_logger().set_level(level_of(level));
}

void log_debug(std::string_view event, std::initializer_list<LogField> fields) {
  write(spdlog::level::debug, event, fields);
}
void log_info(std::string_view event, std::initializer_list<LogField> fields) {
  write(spdlog::level::info, event, fields);
}
void log_warn(std::string_view event, std::initializer_list<LogField> fields) {
  write(spdlog::level::warn, event, fields);
}
void log_error(std::string_view event, std::initializer_list<LogField> fields) {
  write(spdlog::level::err, event, fields);
}

}  // namespace sragent
