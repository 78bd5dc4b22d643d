// How libmariadb.a comes to the book: the linker hands its calls of getaddrinfo to us (--wrap). A
// static program has no other: the C library's own look-up of a name would load shared plugins, so
// a name that is not in the book is none.
#include <netdb.h>

#include "io/address_book.h"

namespace sragent {

bool address_book_in_effect() {
  return true;
}

}  // namespace sragent

extern "C" {

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
int __real_getaddrinfo(const char* name, const char* service, const addrinfo* req, addrinfo** pai);

int __wrap_getaddrinfo(const char* name, const char* service, const addrinfo* req, addrinfo** pai) {
  const std::string* address = name == nullptr ? nullptr : sragent::ScopedAddress::find(name);
  addrinfo numeric{};
  const auto* hints = sragent::numeric_hints(req, numeric);
  return __real_getaddrinfo(address == nullptr ? name : address->c_str(), service, hints, pai);
}
// NOLINTEND(bugprone-reserved-identifier)
}
