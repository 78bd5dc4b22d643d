#include "faults.h"

#include <array>
#include <utility>

namespace srsim {
namespace {

constexpr std::array<std::pair<FaultKind, std::string_view>, 14> kWords{{
    {FaultKind::kDelay, "delay"},
    {FaultKind::kHang, "hang"},
    {FaultKind::kDrop, "drop"},
    {FaultKind::kError, "error"},
    {FaultKind::kWrongAnswer, "wrong_answer"},
    {FaultKind::kEmptyRows, "empty_rows"},
    {FaultKind::kMissingColumn, "missing_column"},
    {FaultKind::kRenamedColumn, "renamed_column"},
    {FaultKind::kReplacedCell, "replaced_cell"},
    {FaultKind::kShortRows, "short_rows"},
    {FaultKind::kGarbled, "garbled"},
    {FaultKind::kTruncated, "truncated"},
    {FaultKind::kHangInRow, "hang_in_row"},
    {FaultKind::kBadLength, "bad_length"},
}};

}  // namespace

std::optional<FaultKind> parse_fault_kind(std::string_view word) {
  for (const auto& [kind, text] : kWords)
    if (text == word) return kind;
  return std::nullopt;
}

std::string_view to_string(FaultKind kind) {
  for (const auto& [value, text] : kWords)
    if (value == kind) return text;
  return "";
}

void FaultTable::set(const std::string& key, const Fault& fault) {
  const std::lock_guard lock(mutex_);
  faults_.insert_or_assign(key, fault);
}

void FaultTable::clear(const std::string& key) {
  const std::lock_guard lock(mutex_);
  faults_.erase(key);
  ++clears_;
}

void FaultTable::clear_all() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
  ++clears_;
}

int FaultTable::clears() const {
  const std::lock_guard lock(mutex_);
  return clears_;
}

std::optional<Fault> FaultTable::take(std::string_view key) {
  const std::lock_guard lock(mutex_);
  auto found = faults_.find(key);
  if (found == faults_.end() && key != "connect") found = faults_.find("*");
  if (found == faults_.end()) return std::nullopt;
  Fault fault = found->second;
  fault.clears_before = clears_;
  if (fault.times > 0 && --found->second.times == 0) faults_.erase(found);
  return fault;
}

}  // namespace srsim
