#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace srsim {

enum class TokenKind { kWord, kNumber, kString, kSymbol, kEnd };

/// A token of the whole COM_QUERY text. Positions count as ANTLR does: lines from 1, columns from
/// 0.
struct Token {
  TokenKind kind{TokenKind::kEnd};
  std::string raw{};    ///< as typed, quotes included; `<EOF>` at the end
  std::string text{};   ///< the value of a string, the upper-case form of a word, else raw
  std::size_t begin{};  ///< offset of the first byte
  std::size_t end{};    ///< offset behind the last byte
  int line{1};
  int column{};
};

/// Tokens of `sql` without comments and white space; the last one is kEnd. Words may be quoted by
/// backticks. Never fails: an unknown byte is a symbol, an unterminated string ends with the text.
[[nodiscard]] std::vector<Token> tokenise(std::string_view sql);

}  // namespace srsim
