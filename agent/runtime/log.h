#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "config/config.h"

/// The agent's own lines on standard error: one for each change, key=value or JSON, times in UTC.
/// The server's output shares the console, so each line names the program. Any thread.
namespace sragent {

using LogField = std::pair<std::string_view, std::string>;

/// kAuto: text where standard error is a terminal, else JSON.
void set_up_log(LogLevelSetting level, LogFormatSetting format);
void set_log_level(LogLevelSetting level);

/// What was asked of others and what came back; all else is a change and goes to the three below.

void log_debug(std::string_view event, std::initializer_list<LogField> fields = {});

void log_info(std::string_view event, std::initializer_list<LogField> fields = {});
void log_warn(std::string_view event, std::initializer_list<LogField> fields = {});
void log_error(std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace sragent
