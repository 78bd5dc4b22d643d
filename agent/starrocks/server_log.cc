#include "starrocks/server_log.h"

#include <algorithm>
#include <array>

namespace sragent {
namespace {

constexpr std::string_view kJoinLoop = "current node is not added to the group";

struct Rule {
  std::string_view part;
  LogSign sign;
};

/// MetaHelper.checkMetaDir, since 3.0.9, 3.1.5 and 3.2.0.
constexpr std::string_view kFreeAtStart = "Free capacity left for meta dir";

constexpr std::array kRules{
    Rule{kJoinLoop, LogSign::kWaitsToBeAdded},
    Rule{"invalid client host.", LogSign::kCallerRejected},
    Rule{"is no longer a member of the group", LogSign::kRemovedFromGroup},
    Rule{"is removed. will exit", LogSign::kRemovedFromGroup},
    Rule{"current node is not added to the cluster, will exit", LogSign::kNotInCluster},
    Rule{"bad environment ", LogSign::kBadEnvironment},
    Rule{"failed to check if helper in local", LogSign::kHelperCheckFailed},
    Rule{"image exists, but bdb dir is empty", LogSign::kImageWithoutLog},
    Rule{"role file and version file must both exist or both not exist", LogSign::kHalfFiles},
    Rule{"token is not equal with helper node", LogSign::kTokenMismatch},
    Rule{"Unmatched run mode", LogSign::kRunModeMismatch},
    Rule{"Do not specify the helper node to FE itself", LogSign::kSelfAsHelper},
    Rule{"is already in use. will exit", LogSign::kPortInUse},
    Rule{"does not exist, will exit", LogSign::kMetaDirMissing},
    Rule{kFreeAtStart, LogSign::kDiskLow},
    Rule{"Disk usage is not within je.maxDisk or je.freeDisk limits", LogSign::kDiskLow},
    Rule{"No space left on device", LogSign::kDiskLow},
    Rule{"Clock delta", LogSign::kClockSkew},
    Rule{"failed to begin txn after retried", LogSign::kNoQuorum},
    Rule{"transfer FE type from LEADER to", LogSign::kNoQuorum},
    Rule{"no such env variable", LogSign::kBadConf},
    Rule{"config field error", LogSign::kBadConf},
    Rule{"failed to get FQDN from local host", LogSign::kOwnNameUnknown},
    Rule{"failed to parse FQDN", LogSign::kOwnNameUnknown},
    Rule{"Cannot find a network interface matching FQDN", LogSign::kOwnNameUnknown},
    Rule{"The FQDN of the parsed address", LogSign::kOwnNameUnknown},
    Rule{"Got a UnknownHostException when try to", LogSign::kOwnNameUnknown},
    Rule{"Fail to find right address to start fe by using fqdn", LogSign::kOwnNameUnknown},
};

struct Meaning {
  Reason reason;
  std::string_view text;
};

/// In the order of the enumeration.
constexpr std::array kMeanings{
    Meaning{Reason::kNotInGroup,
            "The server asks its helper every 5 s and is not in the leader's list."},
    Meaning{Reason::kNotInGroup,
            "The helper does not know the address that the call came from: look for NAT or a mesh "
            "between the FEs, or the row is missing."},
    Meaning{Reason::kDropped,
            "The group removed this FE explicitly; its metadata cannot be used again, even after a "
            "new ADD."},
    Meaning{Reason::kDropped,
            "This FE became leader of what it has and its own row is not in it: it was dropped, or "
            "its first start never ended."},
    Meaning{Reason::kNotInGroup,
            "The helper is not a member of the group that this log belongs to."},
    Meaning{Reason::kUnfinishedMeta,
            "The log cannot be used with a helper: it has no root, or was once started without "
            "one."},
    Meaning{Reason::kMetaDamaged,
            "image/ has files and bdb/ has no log; the server refuses unless told to lose data."},
    Meaning{Reason::kMetaDamaged, "Only one of image/ROLE and image/VERSION exists."},
    Meaning{Reason::kIdentityConflict, "The helper belongs to another cluster."},
    Meaning{Reason::kConfigInvalid,
            "run_mode of fe.conf is not the one that image/VERSION records."},
    Meaning{Reason::kConfigInvalid, "The helper is this FE itself."},
    Meaning{Reason::kConfigInvalid, "A port of the server is taken by another process."},
    Meaning{Reason::kPathNotWritable, "A folder of the server does not exist."},
    Meaning{Reason::kDiskLow, "A volume has less room than the server demands."},
    Meaning{Reason::kHostCheck, "The clocks of two FEs differ by more than the group allows."},
    Meaning{Reason::kQuorumLost, "The leader lost its majority and ended."},
    Meaning{Reason::kConfigInvalid, "The server refuses a value of its conf file."},
    Meaning{Reason::kDnsNotReady,
            "In FQDN mode the server needs its own name, and it did not find its address by it: "
            "the name servers are silent, or do not serve the name."},
};
static_assert(kMeanings.size() == static_cast<std::size_t>(LogSign::kOwnNameUnknown) + 1);

std::string line_at(std::string_view text, std::size_t at) {
  constexpr std::size_t kMost = 400;
  const auto before = text.rfind('\n', at);
  const auto begin = before == std::string_view::npos ? 0 : before + 1;
  auto line = text.substr(begin, text.find('\n', at) - begin);
  if (line.size() > kMost) {  // keep the telling part, whatever stands before it
    const auto from = std::min(at - begin, line.size() - kMost);
    line = line.substr(from, kMost);
  }
  return std::string(line);
}

}  // namespace

std::uint64_t room_wanted(const LogFinding& finding, std::uint64_t reserve) {
  constexpr std::uint64_t kAtStart = std::uint64_t{5} << 30U;
  return finding.line.find(kFreeAtStart) != std::string::npos ? kAtStart : reserve;
}

std::vector<LogFinding> find_signs(std::string_view text) {
  struct At {
    std::size_t at;
    LogSign sign;
  };
  std::vector<At> found;
  for (const auto& rule : kRules) {
    if (const auto at = text.rfind(rule.part); at != std::string_view::npos)
      found.push_back({at, rule.sign});
  }
  std::sort(found.begin(), found.end(), [](const At& a, const At& b) { return a.at > b.at; });
  std::vector<LogFinding> out;
  for (const auto& [at, sign] : found) {
    const bool seen = std::any_of(out.begin(), out.end(), [s = sign](const LogFinding& finding) {
      return finding.sign == s;
    });
    if (!seen) out.push_back({sign, line_at(text, at)});
  }
  return out;
}

Reason reason_of(LogSign sign) {
  return kMeanings.at(static_cast<std::size_t>(sign)).reason;
}

std::string_view explain(LogSign sign) {
  return kMeanings.at(static_cast<std::size_t>(sign)).text;
}

std::string_view last_lines(std::string_view text, int lines) {
  if (lines <= 0 || text.empty()) return {};
  auto end = text.size() - 1;  // the newline that ends the last line begins no other
  for (; lines > 0; --lines) {
    if (end == 0) return text;
    const auto before = text.rfind('\n', end - 1);
    if (before == std::string_view::npos) return text;
    end = before;
  }
  return text.substr(end + 1);
}

}  // namespace sragent
