#include "starrocks/errors.h"

#include <algorithm>
#include <array>

namespace sragent {
namespace {

struct TextRule {
  std::string_view part;
  ServerError error;
};

/// First match wins, so what is more exact stands first. Wrappers ("Getting analyzing error. Detail
/// message: ...") are why these are substrings.
constexpr std::array kTexts{
    TextRule{"Access denied for user", ServerError::kAuth},
    TextRule{"Client does not support authentication protocol", ServerError::kAuth},
    TextRule{"Access denied; you need", ServerError::kPrivilege},
    TextRule{"cannot be granted to user or role directly", ServerError::kPrivilege},
    TextRule{"Connections using insecure transport are prohibited", ServerError::kTls},
    TextRule{"Getting syntax error", ServerError::kUnsupported},
    TextRule{"You have an error in your SQL syntax", ServerError::kUnsupported},
    TextRule{"is not implemented", ServerError::kUnsupported},
    TextRule{"feature not implemented", ServerError::kUnsupported},
    TextRule{"unsupported statement in", ServerError::kUnsupported},
    TextRule{"is not supported in", ServerError::kUnsupported},
    TextRule{"Unsupported command", ServerError::kUnsupported},
    TextRule{"frontend name already exists", ServerError::kLockBusy},
    TextRule{"Failed to acquire globalStateMgr lock", ServerError::kLockBusy},
    TextRule{"already exists", ServerError::kAlreadyExists},
    TextRule{"FOLLOWER does not exist", ServerError::kRoleMismatch},
    TextRule{"OBSERVER does not exist", ServerError::kRoleMismatch},
    TextRule{"backend does not exist", ServerError::kNotExists},
    TextRule{"Backend does not exist", ServerError::kNotExists},
    TextRule{"compute node does not exist", ServerError::kNotExists},
    TextRule{"frontend does not exist", ServerError::kNotExists},
    TextRule{"does not exist in warehouse", ServerError::kNotExists},
    TextRule{"Warehouse name: ", ServerError::kNoWarehouse},
    TextRule{"can not drop current master node", ServerError::kIsLeader},
    TextRule{"for the current master", ServerError::kIsLeader},
    TextRule{"unknown fqdn host", ServerError::kUnknownHost},
    TextRule{"Unknown host:", ServerError::kUnknownHost},
    TextRule{"unknown host ", ServerError::kUnknownHost},
    TextRule{"Invalid host port", ServerError::kBadAddress},
    TextRule{"host or port is wrong", ServerError::kBadAddress},
    TextRule{"Port is out of range", ServerError::kBadAddress},
    TextRule{"Host is null", ServerError::kBadAddress},
    TextRule{"For input string", ServerError::kBadAddress},
    TextRule{"Commit policy", ServerError::kNoQuorum},
    TextRule{"Could not determine master", ServerError::kNoLeader},
    TextRule{"Internal error processing forward", ServerError::kNotListed},
    TextRule{"forward too many times", ServerError::kNoLeader},
    TextRule{"java.net.", ServerError::kLeaderUnreachable},
    TextRule{"Socket is closed by peer", ServerError::kLeaderUnreachable},
    TextRule{"TTransportException", ServerError::kLeaderUnreachable},
    TextRule{"connection limit", ServerError::kTooMany},
    TextRule{"Backend node not found", ServerError::kNoBackend},
    TextRule{"No alive backend", ServerError::kNoBackend},
};

struct CodeRule {
  int code;
  ServerError error;
};

constexpr std::array kCodes{
    CodeRule{1045, ServerError::kAuth},
    CodeRule{1251, ServerError::kAuth},
    CodeRule{1227, ServerError::kPrivilege},
    CodeRule{1252, ServerError::kPrivilege},
    CodeRule{5203, ServerError::kPrivilege},
    CodeRule{5205, ServerError::kTls},
    CodeRule{2026, ServerError::kTls},
    CodeRule{5401, ServerError::kNoLeader},
    CodeRule{1295, ServerError::kUnsupported},
    CodeRule{5907, ServerError::kUnsupported},
    CodeRule{5912, ServerError::kUnsupported},
    CodeRule{1203, ServerError::kTooMany},
    CodeRule{5905, ServerError::kNoBackend},
    CodeRule{10005, ServerError::kNoBackend},
};

struct Meaning {
  std::string_view word;
  Reason reason;
  bool may_pass;
};

/// In the order of the enumeration.
constexpr std::array kMeanings{
    Meaning{"other", Reason::kFeUnreachable, true},
    Meaning{"login refused", Reason::kAuthFailed, false},
    Meaning{"privilege missing", Reason::kPrivilegeDenied, false},
    Meaning{"transport security demanded", Reason::kTlsFailed, false},
    Meaning{"already exists", Reason::kNotRegistered, true},
    Meaning{"does not exist", Reason::kNotRegistered, true},
    Meaning{"listed under another role", Reason::kWrongRole, false},
    Meaning{"is the leader", Reason::kQuorumRisk, true},
    Meaning{"host not resolved by the leader", Reason::kDnsNotReady, true},
    Meaning{"malformed address", Reason::kConfigInvalid, false},
    Meaning{"no leader known", Reason::kNoLeader, true},
    Meaning{"leader not reached", Reason::kNoLeader, true},
    Meaning{"asked FE is not listed", Reason::kNoLeader, true},
    Meaning{"leader cannot commit", Reason::kNoLeader, true},
    Meaning{"busy", Reason::kNotRegistered, true},
    Meaning{"not supported", Reason::kUnsupportedFe, false},
    Meaning{"too many connections", Reason::kFeUnreachable, true},
    Meaning{"needs a BE", Reason::kFeUnreachable, true},
    Meaning{"no such warehouse", Reason::kNotRegistered, true},
};
static_assert(kMeanings.size() == static_cast<std::size_t>(ServerError::kNoWarehouse) + 1);

const Meaning& meaning_of(ServerError error) {
  return kMeanings.at(static_cast<std::size_t>(error));
}

}  // namespace

ServerError classify_server_error(int code, std::string_view text) {
  const auto* const rule = std::find_if(kTexts.begin(), kTexts.end(), [&](const TextRule& row) {
    return text.find(row.part) != std::string_view::npos;
  });
  if (rule != kTexts.end()) return rule->error;
  const auto* const by_code = std::find_if(
      kCodes.begin(), kCodes.end(), [&](const CodeRule& row) { return row.code == code; });
  return by_code == kCodes.end() ? ServerError::kOther : by_code->error;
}

Reason reason_of(ServerError error) {
  return meaning_of(error).reason;
}

bool may_pass(ServerError error) {
  return meaning_of(error).may_pass;
}

std::string_view to_string(ServerError error) {
  return meaning_of(error).word;
}

}  // namespace sragent
