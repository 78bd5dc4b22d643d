#include "io/errno.h"

#include <cerrno>
#include <system_error>

namespace sragent {

std::string errno_text(int number) {
  return std::generic_category().message(number);
}

namespace {

ErrorKind errno_kind(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
    case ESRCH:
      return ErrorKind::kNotFound;
    case ECONNREFUSED:
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENETUNREACH:
    case ENETDOWN:
      return ErrorKind::kUnreachable;
    case ETIMEDOUT:
      return ErrorKind::kTimeout;
    default:
      return ErrorKind::kIo;
  }
}

}  // namespace

Error errno_error(int number, const std::string& what) {
  return Error{.kind = errno_kind(number), .what = what + ": " + errno_text(number)};
}

}  // namespace sragent
