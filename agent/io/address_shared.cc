// How libmariadb.so comes to the book: the executable's getaddrinfo is found before the C
// library's.
#include <dlfcn.h>
#include <netdb.h>

#include "io/address_book.h"

namespace sragent {
namespace {

using GetAddrInfo = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
using FreeAddrInfo = void (*)(addrinfo*);

template <typename Function>
Function next_symbol(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

bool address_book_in_effect() {
  // The search order of libmariadb.so begins with the executable, and so does RTLD_DEFAULT's.
  return ::dlsym(RTLD_DEFAULT, "getaddrinfo") == reinterpret_cast<void*>(&::getaddrinfo) &&
         ::dlsym(RTLD_NEXT, "getaddrinfo") != reinterpret_cast<void*>(&::getaddrinfo);
}

}  // namespace sragent

extern "C" {

// The results are the C library's own, so its freeaddrinfo frees them; ours exists because a
// program that replaces one of the pair has to replace both.
__attribute__((used, visibility("default"))) int getaddrinfo(const char* name,
                                                             const char* service,
                                                             const addrinfo* req,
                                                             addrinfo** pai) {
  static const auto real = sragent::next_symbol<sragent::GetAddrInfo>("getaddrinfo");
  if (real == nullptr) return EAI_SYSTEM;
  const std::string* address = name == nullptr ? nullptr : sragent::ScopedAddress::find(name);
  if (address == nullptr) return real(name, service, req, pai);
  addrinfo numeric{};
  return real(address->c_str(), service, sragent::numeric_hints(req, numeric), pai);
}

__attribute__((used, visibility("default"))) void freeaddrinfo(addrinfo* ai) {
  static const auto real = sragent::next_symbol<sragent::FreeAddrInfo>("freeaddrinfo");
  if (real != nullptr) real(ai);
}
}
