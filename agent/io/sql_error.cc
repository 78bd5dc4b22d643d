#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string>

#include <errmsg.h>

#include "io/sql.h"

namespace sragent {
namespace {

struct CodeKind {
  int code;
  ErrorKind kind;
};

// Server codes: docs/starrocks.md section 3 (privilege and TLS codes differ by version). Client
// codes: errmsg.h of the connector.
constexpr std::array kCodes{
    CodeKind{1044, ErrorKind::kPrivilege},    // Access denied to a database.
    CodeKind{1045, ErrorKind::kAuth},         // User or password refused.
    CodeKind{1153, ErrorKind::kGarbled},      // Packet above max_allowed_packet.
    CodeKind{1227, ErrorKind::kPrivilege},    // StarRocks to 3.1.0.
    CodeKind{1252, ErrorKind::kPrivilege},    // StarRocks 3.1.1 to 3.2.
    CodeKind{1698, ErrorKind::kAuth},         // Refused without a password.
    CodeKind{2000, ErrorKind::kGarbled},      // The connector does not know what it read.
    CodeKind{2001, ErrorKind::kIo},           // No socket to be had.
    CodeKind{2002, ErrorKind::kUnreachable},  // connect(2) failed.
    CodeKind{2003, ErrorKind::kUnreachable},
    CodeKind{2004, ErrorKind::kIo},  // bind(2) to the source address failed.
    CodeKind{2005, ErrorKind::kUnreachable},
    CodeKind{2006, ErrorKind::kUnreachable},  // Closed between statements.
    CodeKind{2007, ErrorKind::kGarbled},      // Another protocol version.
    CodeKind{2008, ErrorKind::kIo},           // Out of memory.
    CodeKind{2012, ErrorKind::kGarbled},
    CodeKind{2013, ErrorKind::kUnreachable},  // Closed within an answer.
    CodeKind{2014, ErrorKind::kGarbled},
    CodeKind{2020, ErrorKind::kGarbled},
    CodeKind{2026, ErrorKind::kTls},
    CodeKind{2027, ErrorKind::kGarbled},
    CodeKind{2049, ErrorKind::kAuth},  // An authentication that we do not do.
    CodeKind{2059, ErrorKind::kAuth},
    CodeKind{2061, ErrorKind::kAuth},
    CodeKind{5001, ErrorKind::kIo},    // The same, by its documented code.
    CodeKind{5010, ErrorKind::kAuth},  // The server wants another authentication plugin.
    CodeKind{5013, ErrorKind::kUnreachable},
    CodeKind{5014, ErrorKind::kUnreachable},
    CodeKind{5026, ErrorKind::kGarbled},
    CodeKind{5203, ErrorKind::kPrivilege},  // StarRocks 3.3 and later.
    CodeKind{5205, ErrorKind::kTls},        // StarRocks 3.5: insecure transport prohibited.
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// The connector puts errno in brackets at the end: "Can't connect to server on 'x' (110)".
bool kernel_timed_out(std::string_view text) {
  return text.ends_with("(110)") || text.ends_with("(110 \"Connection timed out\")");
}

}  // namespace

ErrorKind translate_sql_error(int code, std::string_view text) {
  const auto* const entry = std::find_if(
      kCodes.begin(), kCodes.end(), [&](const CodeKind& row) { return row.code == code; });
  if (entry != kCodes.end()) {
    const bool connecting = entry->kind == ErrorKind::kUnreachable;
    return connecting && kernel_timed_out(text) ? ErrorKind::kTimeout : entry->kind;
  }
  // StarRocks reports most failures as 1064; a refused login among them. The privilege form always
  // says what is needed.
  if (code == 1064 && contains(text, "Access denied; you need")) return ErrorKind::kPrivilege;
  if (code == 1064 && contains(text, "Access denied")) return ErrorKind::kAuth;
  if (code >= CR_MIN_ERROR && code <= CR_MAX_ERROR) return ErrorKind::kGarbled;
  return ErrorKind::kRejected;
}

}  // namespace sragent
