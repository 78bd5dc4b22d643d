#include "io/address_book.h"

#include <cstdlib>
#include <cstring>
#include <utility>

#include <dlfcn.h>
#include <netdb.h>

namespace sragent {
namespace {

// One list a thread: libmariadb calls getaddrinfo on the thread that connects (its non-blocking API
// switches stacks, not threads), and two threads may know one name by two addresses.
thread_local ScopedAddress* innermost =
    nullptr;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

using GetAddrInfo = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
using FreeAddrInfo = void (*)(addrinfo*);

template <typename Function>
Function next_symbol(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

ScopedAddress::ScopedAddress(std::string name, std::string address)
    : name_(std::move(name)), address_(std::move(address)), outer_(innermost) {
  innermost = this;
}

ScopedAddress::~ScopedAddress() {
  innermost = outer_;
}

const std::string* ScopedAddress::find(std::string_view name) {
  for (const ScopedAddress* entry = innermost; entry != nullptr; entry = entry->outer_) {
    if (entry->name_ == name) return &entry->address_;
  }
  return nullptr;
}

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
  if (req != nullptr) numeric = *req;
  numeric.ai_flags |= AI_NUMERICHOST;
  // AI_ADDRCONFIG would drop an address of a family that only loopback has.
  numeric.ai_flags &= ~AI_ADDRCONFIG;
  return real(address->c_str(), service, &numeric, pai);
}

__attribute__((used, visibility("default"))) void freeaddrinfo(addrinfo* ai) {
  static const auto real = sragent::next_symbol<sragent::FreeAddrInfo>("freeaddrinfo");
  if (real != nullptr) real(ai);
}
}
