// What else a StarRocks server says: /api/bootstrap, /metrics, /role, its version and its log.

#include <algorithm>

#include "fuzz.h"
#include "starrocks/bootstrap.h"
#include "starrocks/server_log.h"
#include "starrocks/start_command.h"
#include "starrocks/versions.h"

namespace sragent::fuzz {
namespace {

void require_version(std::string_view text) {
  const auto version = parse_version(text);
  if (!version) return require_printable(version.error().what, "an error of a version");
  require(version->major >= 0 && version->minor >= 0 && version->patch >= 0, "no number below 0");
  const auto again = parse_version(to_string(*version));
  require(version->main_branch || (again && *again == *version),
          "a version is what it is shown as");
  require_printable(version_remark(*version), "a remark on a version");
  const auto known = capabilities_of(&*version).known;
  require(known == VersionKnown::kKnown || !version_remark(*version).empty(),
          "a version out of the table is remarked on");
}

void require_log(std::string_view text) {
  const auto signs = find_signs(text);
  for (const auto& sign : signs) {
    require(sign.line.size() <= 400, "a line of a log is cut");
    require(text.find(sign.line) != std::string_view::npos, "a line of a log stands in it");
    require(std::count_if(signs.begin(),
                          signs.end(),
                          [&](const LogFinding& other) { return other.sign == sign.sign; }) == 1,
            "each sign once");
    require(!explain(sign.sign).empty(), "each sign is explained");
  }
  for (int lines = 0; lines < 4; ++lines) {
    const auto last = last_lines(text, lines);
    require(text.ends_with(last), "the last lines are the last");
    const auto count = std::count(last.begin(), last.end(), '\n');
    require(count <= lines, "no more lines than asked for");
  }
}

}  // namespace

void fe_http(Bytes data) {
  const auto text = text_of(data);
  const auto answer = parse_bootstrap(text);
  if (!answer) require_printable(answer.error().what, "an error of /api/bootstrap");
  if (says_it_leads(text) == Tri::kYes) {
    require(text.find("is_master") != std::string_view::npos,
            "only an is_master line makes a leader");
  }
  require(!caller_rejected(200, text), "200 is no rejection");
  require_version(text.substr(0, text.find('\n')));
  require_log(text);
  const auto pid = parse_pid(text);
  require(!pid || *pid >= 1, "a pid is at least 1");
}

}  // namespace sragent::fuzz
