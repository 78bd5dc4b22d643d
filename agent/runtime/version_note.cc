#include "runtime/version_note.h"

#include "runtime/log.h"
#include "starrocks/versions.h"

namespace sragent {

bool note_version(std::string& known, const std::string& told) {
  if (told.empty() || told == known) return false;
  known = told;
  log_info("server_version", {{"version", told}});
  const auto version = parse_version(told);
  const auto remark = version ? version_remark(*version) : version.error().what;
  if (!remark.empty()) log_warn("server_version_remark", {{"text", remark}});
  return true;
}

}  // namespace sragent
