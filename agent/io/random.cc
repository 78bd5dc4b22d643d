#include "io/random.h"

#include <random>

namespace sragent {

std::uint64_t random_bits() {
  std::random_device random;
  return (std::uint64_t{random()} << 32U) | random();
}

}  // namespace sragent
