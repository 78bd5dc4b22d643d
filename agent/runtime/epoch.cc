#include "runtime/epoch.h"

#include "core/text.h"
#include "io/files.h"
#include "runtime/log.h"

namespace sragent {
namespace {

constexpr std::size_t kMaxBytes = 64;
constexpr mode_t kMode = 0600;

}  // namespace

std::uint64_t next_epoch(const std::string& file) {
  const auto text = read_file(file, kMaxBytes);
  const auto before = text ? whole_number<std::uint64_t>(*text).value_or(0) : 0;
  const auto now = before + 1;
  if (const auto done = write_atomic(file, std::to_string(now), kMode); !done) {
    log_warn("mark_not_written", {{"error", done.error().what}});
    return 0;
  }
  return now;
}

}  // namespace sragent
