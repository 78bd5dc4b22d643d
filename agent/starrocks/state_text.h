#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

/// Inside of state_file: the frame that all of the agent's small files share.
///
///   sr-agent <kind> 1
///   key=value            any number; a list repeats its key; '\n', '\r' and '\' are escaped
///   end=<16 hex digits>  FNV-1a 64 of everything before this line
namespace sragent::starrocks_detail {

class StateWriter {
 public:
  explicit StateWriter(std::string_view kind);
  StateWriter& put(std::string_view key, std::string_view value);
  StateWriter& put(std::string_view key, std::int64_t value);
  StateWriter& put_flag(std::string_view key, bool value);
  StateWriter& put_all(std::string_view key, const std::vector<std::string>& values);
  [[nodiscard]] std::string finish();

 private:
  std::string text_{};
};

class StateReader {
 public:
  /// kGarbled: not a whole file of that kind.
  [[nodiscard]] static Result<StateReader> open(std::string_view kind, std::string_view text);

  /// First value of a key; nullptr if it is not there.
  [[nodiscard]] const std::string* find(std::string_view key) const;
  [[nodiscard]] std::string text(std::string_view key) const;  ///< Empty if it is not there.
  [[nodiscard]] std::vector<std::string> all(std::string_view key) const;
  [[nodiscard]] bool flag(std::string_view key) const;  ///< "true"; else false.
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view key) const;

 private:
  std::vector<std::pair<std::string, std::string>> pairs_{};
};

[[nodiscard]] tl::unexpected<Error> garbled(std::string what);

}  // namespace sragent::starrocks_detail
