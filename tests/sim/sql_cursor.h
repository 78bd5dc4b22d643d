#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "profile.h"
#include "sql_lexer.h"

namespace srsim {

/// What a failed parse throws inside the parser; parse_sql() catches it.
struct SyntaxError {
  std::string message{};
};

/// Walks over the tokens of a COM_QUERY for the parser. Words are compared in upper case.
class SqlCursor {
 public:
  SqlCursor(const Profile& profile, std::string_view sql)
      : profile_(&profile), sql_(sql), tokens_(tokenise(sql)) {}

  [[nodiscard]] const Profile& profile() const { return *profile_; }
  [[nodiscard]] std::string_view sql() const { return sql_; }
  [[nodiscard]] const Token& peek() const { return tokens_[at_]; }
  [[nodiscard]] std::size_t position() const { return at_; }
  [[nodiscard]] const Token& token(std::size_t position) const { return tokens_[position]; }
  [[nodiscard]] bool at_end() const;  ///< at `;` or at the end of the text

  void back_to(std::size_t position) { at_ = position; }
  Token take();
  /// Takes the words or symbols if they all follow; else takes nothing.
  bool accept(std::initializer_list<std::string_view> words);
  bool accept(std::string_view word) { return accept({word}); }
  void expect(std::string_view word);
  std::string expect_string();
  std::string expect_name();  ///< a word, as typed
  long long expect_number();

  /// "Unexpected input 'x', the most similar input is {hint}."
  [[noreturn]] void unexpected(const std::string& hint) const;
  /// "No viable statement for input '<text from token `first` to here>'."
  [[noreturn]] void not_viable(std::size_t first) const;
  /// Fails unless the statement ends here.
  void expect_end() const;

 private:
  [[noreturn]] void fail(const std::string& detail) const;

  const Profile* profile_;
  std::string_view sql_;
  std::vector<Token> tokens_;
  std::size_t at_{};
};

}  // namespace srsim
