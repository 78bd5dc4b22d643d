#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace srsim {

using std::chrono::milliseconds;

/// How many times faster than StarRocks the process lives: SR_SIM_TIME_SCALE, 1 if unset or not
/// positive.
double time_scale();

/// A StarRocks constant divided by the time scale, never below 1 ms.
milliseconds scaled(milliseconds nominal);

/// Like scaled(), but never below `floor`: for time-outs that guard against a busy machine.
milliseconds scaled_at_least(milliseconds nominal, milliseconds floor);

void sleep_for(milliseconds real);

/// Wall clock, Unix milliseconds. It runs at the time scale, so that differences of the times that
/// SHOW prints are StarRocks seconds; all processes of one scale agree on it. With
/// SR_SIM_REAL_DATES set it is the machine's: for agents whose own time is not scaled.
std::int64_t unix_ms();

/// Monotonic milliseconds since an arbitrary start.
std::int64_t steady_ms();

/// The form of java.util.Date.toString() in UTC: "Sat Nov 21 07:48:46 UTC 2026".
std::string java_date(std::int64_t ms);

/// Time stamp of fe.log: "2026-11-21 08:22:56.663Z".
std::string log_stamp();

/// Time stamp of fe.out: "2026-11-21 08:46:38".
std::string out_stamp();

}  // namespace srsim
