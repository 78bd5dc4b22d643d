#pragma once

#include <string>
#include <string_view>

#include <netdb.h>

namespace sragent {

/// While it lives, getaddrinfo(`name`) on *this thread* gives `address` and asks nobody.
///
/// MariaDB Connector/C connects by name through a blocking getaddrinfo, also in its non-blocking
/// API. address_shared.cc defines getaddrinfo and freeaddrinfo; defined in the executable they are
/// what the shared library calls; address_wrapped.cc does the same where everything is static. So
/// one connects by name (which a later TLS check verifies) to the address that c-ares found, and no
/// blocking resolver is left. Everything else, numeric addresses too, goes to the C library.
class ScopedAddress {
 public:
  /// `address` is numeric, IPv4 or IPv6. May be nested; the innermost entry for a name counts.
  ScopedAddress(std::string name, std::string address);
  ~ScopedAddress();
  ScopedAddress(const ScopedAddress&) = delete;
  ScopedAddress& operator=(const ScopedAddress&) = delete;
  ScopedAddress(ScopedAddress&&) = delete;
  ScopedAddress& operator=(ScopedAddress&&) = delete;

  /// Address of the innermost entry for `name` on this thread; nullptr if there is none.
  [[nodiscard]] static const std::string* find(std::string_view name);

 private:
  std::string name_;
  std::string address_;
  ScopedAddress* outer_ = nullptr;
};

/// `wanted` (may be null) with what makes getaddrinfo take a numeric address alone; fills `out`.
[[nodiscard]] const addrinfo* numeric_hints(const addrinfo* wanted, addrinfo& out);

/// Whether shared libraries of this process really call our getaddrinfo. False only if the program
/// was linked wrongly; then names must not be handed to libmariadb.
[[nodiscard]] bool address_book_in_effect();

}  // namespace sragent
