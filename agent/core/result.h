#pragma once

#include <cstdint>
#include <string>

#include <tl/expected.hpp>

namespace sragent {

/// What the caller may do about a failure. Each adapter has one function that translates its
/// library's codes into these.
enum class ErrorKind : std::uint8_t {
  kBadConfig,    ///< The user has to change something; retrying does not help.
  kTimeout,      ///< No answer before the deadline. Says nothing about the other side.
  kUnreachable,  ///< Refused, no route, or closed at once: positively not serving now.
  kAuth,         ///< The other side refused user or password: it exists.
  kPrivilege,    ///< Logged in, but the user may not do this.
  kTls,          ///< Transport security failed or is demanded: the other side exists.
  kRejected,     ///< The other side understood and answered with an error.
  kGarbled,      ///< An answer that breaks its protocol, is too large, or lacks what is needed.
  kNotFound,     ///< A file, name or row that is positively not there.
  kIo,           ///< The local system refused (errno).
};

/// A failure that was expected. `what` reads outermost context first, for example
/// "sql: SHOW FRONTENDS on 10.0.0.3: timed out after 1000 ms".
struct Error {
  ErrorKind kind{};
  std::string what{};
};

/// A value or an Error. The type does not warn when it is dropped: mark functions [[nodiscard]].
template <typename T>
using Result = tl::expected<T, Error>;

}  // namespace sragent
