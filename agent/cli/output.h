#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sragent {

/// Writes to standard output as it is. A failure shows in flush_out.
void print_out(std::string_view text);

/// One line on standard error.
void print_error_line(std::string_view text);

/// "sr-agent VERB: WHAT" on standard error; gives `code` back.
[[nodiscard]] int complain(std::string_view verb, std::string_view what, int code);

/// False if standard output could not take everything (full disk, closed file).
[[nodiscard]] bool flush_out();

/// A JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string json_text(std::string_view text);

/// ["a", "b"]
[[nodiscard]] std::string json_list(std::span<const std::string> items);

/// A flat JSON object for small answers; members keep the order of the calls.
class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value);
  JsonObject& number(std::string_view name, std::int64_t value);
  JsonObject& boolean(std::string_view name, bool value);
  /// `json` is valid JSON already.
  JsonObject& raw(std::string_view name, std::string_view json);

  [[nodiscard]] std::string str() const { return "{" + members_ + "}"; }

 private:
  std::string members_{};
};

}  // namespace sragent
