#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "io/deadline.h"
#include "io/socket_cutter.h"

namespace sragent {

/// What is watched while one call of the SQL library runs. The non-blocking API comes back only
/// when the socket has run dry; a server that sends faster than it is read would keep it busy for
/// ever and fill memory. And the library asks nobody before it answers a server that offers no TLS
/// or wants another authentication. So every read passes here, and the connection is cut in time.
struct SqlGuard {
  Deadline until = Deadline::after({});
  std::size_t bytes_left = 0;
  bool tls_needed = false;  ///< Cut, before a byte is sent, if the greeting offers no TLS.
  bool connecting = false;  ///< Keep what is read, for wanted_plugin().
  bool may_block = false;   ///< A handshake of TLS follows if it is offered: cut at `until`.

  bool too_late = false;
  bool too_much = false;
  bool no_tls = false;
  std::string handshake{};  ///< The first bytes read, at most kHandshakeKept.
  std::optional<SocketCutter> cutter{};

  [[nodiscard]] bool tripped() const { return too_late || too_much || no_tls; }
};
inline constexpr std::size_t kHandshakeKept = 4096;

/// `guard` sees what this thread reads, while the scope lives. The guard outlives it.
class SqlGuardScope {
 public:
  explicit SqlGuardScope(SqlGuard& guard);
  ~SqlGuardScope();
  SqlGuardScope(const SqlGuardScope&) = delete;
  SqlGuardScope& operator=(const SqlGuardScope&) = delete;
  SqlGuardScope(SqlGuardScope&&) = delete;
  SqlGuardScope& operator=(SqlGuardScope&&) = delete;
};

/// Registers the callback behind SqlGuardScope; once a process, after mysql_library_init.
void install_sql_guard();

enum class TlsOffer : unsigned char { kUnknown, kYes, kNo };
/// Does the greeting (MySQL HandshakeV10, header included) offer TLS? kUnknown: too little of it is
/// there, or it is a refusal instead of a greeting. Something that is whole and no greeting is kNo.
/// Pure. Source: MySQL Internals, "Protocol::HandshakeV10", capability CLIENT_SSL.
[[nodiscard]] TlsOffer tls_offer(std::string_view read);

/// What a server says instead of a greeting, in the packet ERR.
struct SqlRefusal {
  int code = 0;
  std::string text{};
};
/// nullopt: `read` begins with something else, or not all of it is there. Pure. Source: MySQL
/// Internals, "ERR_Packet"; before the login it has no SQL state, and what comes with one is taken.
[[nodiscard]] std::optional<SqlRefusal> greeting_refusal(std::string_view read);

/// Name of the authentication that the server asked for last in `read` (all packets of a handshake,
/// headers included); empty: it asked for none. Only letters, digits, "_.-" of it, at most 64.
/// Pure.
[[nodiscard]] std::string wanted_plugin(std::string_view read);

}  // namespace sragent
