#pragma once

#include <string>
#include <string_view>

namespace srsim {

/// Directs log lines to `path` (appended) and, when `console`, to stdout as well. Call once, early.
void open_log(const std::string& path, bool console);

/// Name of the thread in log lines, "main|1" if never set: "UNKNOWN fe-0_9010_17...(-1)|1".
void name_main_thread(const std::string& name);

/// A line of fe.log: `<stamp> LEVEL (thread) [where] text`. `where` is Class.method():line.
void log_info(std::string_view where, std::string_view text);
void log_warn(std::string_view where, std::string_view text);
void log_error(std::string_view where, std::string_view text);
/// A line without stamp: part of a stack trace.
void log_raw(std::string_view text);

/// Directs lines about statements to `path` (appended). Call once, early.
void open_audit_log(const std::string& path);
/// A line of fe.audit.log, with the fields of StarRocks that the simulator has: when, who, what.
void audit_line(std::string_view client, std::string_view user, std::string_view statement);

/// A line of fe.out: "[<stamp>] text" on stdout.
void out_line(std::string_view text);

}  // namespace srsim
