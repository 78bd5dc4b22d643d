#pragma once

#include <cstdint>
#include <vector>

namespace sragent::explore {

/// Set of 64-bit fingerprints with a number each: open addressing, grows by doubling.
class Visited {
 public:
  static constexpr std::uint32_t kAbsent = 0xFFFF'FFFF;

  Visited() : slots_(1U << 12U) {}

  /// Number of the fingerprint, or kAbsent.
  [[nodiscard]] std::uint32_t find(std::uint64_t key) const { return slots_[probe(key)].number; }

  /// find() or insert() of this fingerprint comes soon: its slot is fetched meanwhile.
  void prefetch(std::uint64_t key) const { __builtin_prefetch(&slots_[key & (slots_.size() - 1)]); }

  /// The fingerprint must be absent.
  void insert(std::uint64_t key, std::uint32_t number) {
    if ((size_ + 1) * 3 > slots_.size() * 2) grow();
    slots_[probe(key)] = {key, number};
    ++size_;
  }

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct __attribute__((packed)) Slot {
    std::uint64_t key = 0;
    std::uint32_t number = kAbsent;
  };

  [[nodiscard]] std::size_t probe(std::uint64_t key) const {
    const auto mask = slots_.size() - 1;
    auto i = key & mask;
    while (slots_[i].number != kAbsent && slots_[i].key != key)
      i = (i + 1) & mask;
    return i;
  }

  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const auto& slot : old)
      if (slot.number != kAbsent) slots_[probe(slot.key)] = slot;
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace sragent::explore
