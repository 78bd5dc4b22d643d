#include "starrocks/versions.h"

#include <array>
#include <charconv>
#include <initializer_list>

#include "core/printable.h"

namespace sragent {
namespace {

struct Release {
  int major;
  int minor;
  int patch;
};

/// "Since 3.2.12/3.3.6": in line 3.2 from patch 12 on, and in everything from the last one on.
bool since(const Version& version, std::initializer_list<Release> releases) {
  for (const auto& first : releases) {
    const Version least{first.major, first.minor, first.patch, false, {}};
    const bool same_line = version.major == first.major && version.minor == first.minor;
    const bool last = &first == releases.end() - 1;
    if ((same_line || last) && version >= least) return true;
  }
  return false;
}

VersionKnown knowledge(const Version& version) {
  if (version.main_branch) return VersionKnown::kNewer;
  if (!since(version, {{kFloorMajor, kFloorMinor, 0}})) return VersionKnown::kUnknown;
  return since(version, {{4, 1, 0}}) ? VersionKnown::kNewer : VersionKnown::kKnown;
}

void set_reading(const Version& version, Capabilities& out) {
  out.fe_id_column = since(version, {{3, 5, 0}});
  out.status_code = since(version, {{3, 4, 0}});
  out.warehouse_clause = since(version, {{3, 3, 6}});
  out.cngroup_clause = since(version, {{4, 0, 0}});
  out.backend_blacklist = since(version, {{3, 3, 0}});
  out.cn_blacklist = since(version, {{4, 0, 0}});
  out.running_queries = since(version, {{3, 1, 4}, {3, 2, 0}});
  out.image_v2 = since(version, {{3, 3, 3}});
  out.show_times_utc8 = version.main_branch;
  out.dead_observer_port = since(version, {{3, 5, 0}});
}

void set_signalling(const Version& version, Capabilities& out) {
  out.fe_graceful_exit = since(version, {{3, 4, 2}});
  out.be_counts_pipelines = since(version, {{3, 2, 12}, {3, 3, 6}});
  out.be_exit_loops = out.fe_graceful_exit ? 2 : 0;  // both came with 3.4.2
  const bool affected = !version.main_branch && version.has_patch && version.major == 3 &&
                        version.minor >= 3 && version.minor <= 5;
  out.be_hard_stop = affected && !since(version, {{3, 3, 19}, {3, 4, 8}, {3, 5, 6}});
  out.cn_hard_stop = affected && !since(version, {{3, 3, 17}, {3, 4, 6}, {3, 5, 2}});
  out.stop_timeout = since(version, {{3, 4, 2}});
  out.stop_cn_waits = since(version, {{3, 5, 7}});
  out.script_makes_meta_dir = since(version, {{3, 2, 10}, {3, 3, 2}});
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes a number off the front of `text`.
bool take_number(std::string_view& text, int& out) {
  if (text.empty() || !is_digit(text.front())) return false;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return true;
}

std::string last_part(std::string_view text) {
  const auto dash = text.rfind('-');
  return dash == std::string_view::npos ? std::string{} : std::string(text.substr(dash + 1));
}

tl::unexpected<Error> no_version(std::string_view text) {
  return tl::unexpected(
      Error{ErrorKind::kGarbled, "\"" + printable(text.substr(0, 60)) + "\" is no version"});
}

}  // namespace

std::strong_ordering Version::operator<=>(const Version& other) const {
  const auto branch = static_cast<int>(main_branch) <=> static_cast<int>(other.main_branch);
  if (std::is_neq(branch)) return branch;
  if (const auto order = major <=> other.major; std::is_neq(order)) return order;
  if (const auto order = minor <=> other.minor; std::is_neq(order)) return order;
  return patch <=> other.patch;
}

bool Version::operator==(const Version& other) const {
  return (*this <=> other) == std::strong_ordering::equal;
}

Result<Version> parse_version(std::string_view text) {
  Version out;
  out.commit = last_part(text);
  if (text == "main" || text.starts_with("main-")) {
    out.main_branch = true;
    return out;
  }
  auto rest = text;
  if (rest.starts_with('v')) rest.remove_prefix(1);
  if (!take_number(rest, out.major) || !rest.starts_with('.')) return no_version(text);
  rest.remove_prefix(1);
  if (!take_number(rest, out.minor)) return no_version(text);
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    if (!take_number(rest, out.patch)) return no_version(text);
    out.has_patch = true;
  }
  if (!rest.empty() && rest.front() != '-') return no_version(text);
  return out;
}

std::string to_string(const Version& version) {
  if (version.main_branch) return "main";
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
         std::to_string(version.patch);
}

Capabilities capabilities_of(const Version* version) {
  Capabilities out;
  out.logconsole_edits_conf = true;
  if (version == nullptr) return out;
  out.known = knowledge(*version);
  if (out.known == VersionKnown::kUnknown) return out;
  set_reading(*version, out);
  out.logconsole_edits_conf = !since(*version, {{3, 2, 12}, {3, 3, 5}});
  if (out.known == VersionKnown::kKnown) set_signalling(*version, out);
  return out;
}

std::string version_remark(const Version& version) {
  switch (knowledge(version)) {
    case VersionKnown::kKnown:
      return {};
    case VersionKnown::kUnknown:
      return "StarRocks " + to_string(version) +
             " is older than 3.1, for which this agent is made; nothing that needs a newer one is "
             "used";
    case VersionKnown::kNewer:
      return "StarRocks " + to_string(version) +
             " is newer than this agent's table; it is read like the newest known one and stopped "
             "by SIGTERM alone";
  }
  return {};
}

}  // namespace sragent
