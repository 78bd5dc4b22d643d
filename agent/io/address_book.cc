#include "io/address_book.h"

#include <utility>

namespace sragent {
namespace {

// One list a thread: libmariadb calls getaddrinfo on the thread that connects (its non-blocking API
// switches stacks, not threads), and two threads may know one name by two addresses.
thread_local ScopedAddress* innermost =
    nullptr;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

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

const addrinfo* numeric_hints(const addrinfo* wanted, addrinfo& out) {
  if (wanted != nullptr) out = *wanted;
  out.ai_flags |= AI_NUMERICHOST;
  // AI_ADDRCONFIG would drop an address of a family that only loopback has.
  out.ai_flags &= ~AI_ADDRCONFIG;
  return &out;
}

}  // namespace sragent
