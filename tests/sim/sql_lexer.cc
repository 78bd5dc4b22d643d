#include "sql_lexer.h"

#include <cctype>
#include <utility>

namespace srsim {
namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$';
}

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

std::string upper(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

class Lexer {
 public:
  explicit Lexer(std::string_view sql) : sql_(sql) {}

  std::vector<Token> run() {
    for (skip(); at_ < sql_.size(); skip())
      next();
    Token end = begin_token();
    end.raw = "<EOF>";
    end.end = at_;
    tokens_.push_back(std::move(end));
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0';
  }

  void advance() {
    if (sql_[at_++] == '\n') {
      ++line_;
      line_begin_ = at_;
    }
  }

  void skip_until(std::string_view stop) {
    while (at_ < sql_.size() && !sql_.substr(at_).starts_with(stop))
      advance();
    for (std::size_t i = 0; i < stop.size() && at_ < sql_.size(); ++i)
      advance();
  }

  void skip() {
    while (at_ < sql_.size()) {
      if (std::isspace(static_cast<unsigned char>(peek())) != 0) {
        advance();
      } else if (peek() == '#' || (peek() == '-' && peek(1) == '-')) {
        skip_until("\n");
      } else if (peek() == '/' && peek(1) == '*') {
        skip_until("*/");
      } else {
        return;
      }
    }
  }

  [[nodiscard]] Token begin_token() const {
    return {.begin = at_, .line = line_, .column = static_cast<int>(at_ - line_begin_)};
  }

  void take(Token token, TokenKind kind) {
    token.kind = kind;
    token.end = at_;
    token.raw = std::string(sql_.substr(token.begin, at_ - token.begin));
    if (token.text.empty() && kind != TokenKind::kString)
      token.text = kind == TokenKind::kWord ? upper(token.raw) : token.raw;
    tokens_.push_back(std::move(token));
  }

  void quoted(Token token, TokenKind kind) {
    const char quote = peek();
    advance();
    while (at_ < sql_.size()) {
      const char c = peek();
      if (c == quote && peek(1) != quote) break;
      if ((c == quote || (c == '\\' && kind == TokenKind::kString)) && at_ + 1 < sql_.size())
        advance();
      token.text += peek();
      advance();
    }
    if (at_ < sql_.size()) advance();
    take(std::move(token), kind);
  }

  void next() {
    Token token = begin_token();
    if (peek() == '\'' || peek() == '"') return quoted(std::move(token), TokenKind::kString);
    if (peek() == '`') return quoted(std::move(token), TokenKind::kWord);
    if (is_digit(peek())) {
      while (is_digit(peek()))
        advance();
      if (!is_word(peek())) return take(std::move(token), TokenKind::kNumber);
    }
    if (is_word(peek())) {
      while (is_word(peek()))
        advance();
      return take(std::move(token), TokenKind::kWord);
    }
    advance();
    if (token.begin + 1 == at_ && sql_[token.begin] == '@' && peek() == '@') advance();
    take(std::move(token), TokenKind::kSymbol);
  }

  std::string_view sql_;
  std::size_t at_{};
  std::size_t line_begin_{};
  int line_{1};
  std::vector<Token> tokens_{};
};

}  // namespace

std::vector<Token> tokenise(std::string_view sql) {
  return Lexer(sql).run();
}

}  // namespace srsim
