#pragma once

#include <cstdint>

namespace sragent {

/// 64 random bits from the kernel: for sessions and challenges, which nobody may guess. Any thread.
/// std::random_device throws where the kernel has none, which no Linux does.
[[nodiscard]] std::uint64_t random_bits();

}  // namespace sragent
