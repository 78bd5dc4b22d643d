#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace srsim {

/// What goes wrong with a statement or a login.
enum class FaultKind {
  kDelay,          ///< answer correctly after `delay`; a statement: or once faults are cleared
  kHang,           ///< never answer; the connection stays open (on "connect": after the greeting)
  kDrop,           ///< close the connection without an answer
  kError,          ///< answer an ERR packet: `code`, `text`
  kWrongAnswer,    ///< an OK packet whatever the statement is
  kEmptyRows,      ///< the right columns, no row
  kMissingColumn,  ///< the rows without the column named `text`
  kRenamedColumn,  ///< the column named `text` is called `<text>_x`
  kReplacedCell,   ///< every cell that is the part of `text` before ':' is the part behind it
  kShortRows,      ///< every row ends before its last cell
  kGarbled,        ///< a packet of bytes that mean nothing
  kTruncated,      ///< half of the answer's bytes, then close
  kHangInRow,      ///< half of the answer's bytes, then silence
  kBadLength,      ///< a packet header that claims 16 MB - 1, then silence
};

[[nodiscard]] std::optional<FaultKind> parse_fault_kind(
    std::string_view word);  ///< "delay", "hang_in_row", ...
[[nodiscard]] std::string_view to_string(FaultKind kind);

struct Fault {
  FaultKind kind{FaultKind::kDelay};
  std::chrono::milliseconds delay{};
  std::string text{};
  std::uint16_t code{1064};
  int times{-1};         ///< how often it strikes; -1 = until cleared
  int clears_before{0};  ///< take(): how often faults had been cleared by then
};

/// Faults of one FE by statement kind (statement_kind() in statements.h, "connect" for a login, "*"
/// for every statement; the exact key wins). Thread-safe.
class FaultTable {
 public:
  void set(const std::string& key, const Fault& fault);
  void clear(const std::string& key);
  void clear_all();
  /// The fault that strikes now, counted down.
  [[nodiscard]] std::optional<Fault> take(std::string_view key);
  /// How often faults were cleared, one or all.
  [[nodiscard]] int clears() const;

 private:
  mutable std::mutex mutex_;
  int clears_ = 0;
  std::map<std::string, Fault, std::less<>> faults_;
};

}  // namespace srsim
