#pragma once

#include <cstdint>
#include <string_view>

#include "core/reason.h"

/// What an FE's error means. Nearly all carry code 1064, so the text decides.
/// Source: docs/starrocks.md sections 2.4 to 2.7. Pure.
namespace sragent {

enum class ServerError : std::uint8_t {
  kOther,
  kAuth,               ///< User or password refused: a cluster exists.
  kPrivilege,          ///< The user may not do this.
  kTls,                ///< Insecure transport refused: a cluster exists.
  kAlreadyExists,      ///< ADD of a row that is there; counts only after a re-read.
  kNotExists,          ///< DROP of a row that is not there.
  kRoleMismatch,       ///< DROP FOLLOWER of an OBSERVER, or the reverse; or no such FE.
  kIsLeader,           ///< DROP of the leader.
  kUnknownHost,        ///< The leader cannot resolve the host.
  kBadAddress,         ///< host:port is malformed.
  kNoLeader,           ///< The asked FE knows no leader.
  kLeaderUnreachable,  ///< It knows one and cannot reach it.
  kNotListed,          ///< The leader does not list the asked FE: that one was dropped.
  kNoQuorum,           ///< The leader cannot commit.
  kLockBusy,           ///< Lock time-out or name reuse: try again.
  kUnsupported,        ///< Syntax error or a feature that this FE does not have.
  kTooMany,            ///< Connection limit.
  kNoBackend,          ///< The statement needs a BE and there is none.
  kNoWarehouse,        ///< The warehouse of the statement does not exist.
};

/// `code` 0: not known. Texts win over codes where both speak.
[[nodiscard]] ServerError classify_server_error(int code, std::string_view text);

/// The word that a node shows while this error is what keeps it from its aim.
[[nodiscard]] Reason reason_of(ServerError error);

/// Trying the same statement again later may help without anybody's doing.
[[nodiscard]] bool may_pass(ServerError error);

[[nodiscard]] std::string_view to_string(ServerError error);  ///< "already exists" ...

}  // namespace sragent
