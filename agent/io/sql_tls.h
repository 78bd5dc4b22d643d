#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace sragent {

/// How a connection is protected. What each asks of the server is what MySQL clients mean by it.
enum class TlsMode : std::uint8_t {
  kDisabled,   ///< Plain, also where the server offers TLS.
  kPreferred,  ///< TLS where the server offers it, else plain. A failed handshake stays failed.
  kRequired,   ///< TLS or nothing; any certificate. Protects from listeners, not from others.
  kVerifyCa,   ///< Also a certificate that the CA signed and that is valid today.
  kVerifyIdentity,  ///< Also one that was made for the name.
};
[[nodiscard]] std::string_view to_string(TlsMode mode);  ///< "verify-ca" ...

struct SqlTls {
  TlsMode mode = TlsMode::kDisabled;
  std::string ca{};    ///< PEM file; read anew by each connection. Needed by the last two modes.
  std::string name{};  ///< Name that the certificate must be for; empty: SqlTarget::name.
};

/// No answer will do but one under TLS.
[[nodiscard]] bool needs_tls(TlsMode mode);

/// The file of the CA can be read and holds at least one certificate: the library's own words name
/// neither file nor reason. kTls, naming the path. Reads the file; any thread.
[[nodiscard]] Result<void> check_ca_file(const SqlTls& tls);

}  // namespace sragent
