#include "sql_cursor.h"

#include "text_codec.h"

namespace srsim {

bool SqlCursor::at_end() const {
  return peek().kind == TokenKind::kEnd || (peek().kind == TokenKind::kSymbol && peek().raw == ";");
}

Token SqlCursor::take() {
  Token token = peek();
  if (at_ + 1 < tokens_.size()) ++at_;
  return token;
}

bool SqlCursor::accept(std::initializer_list<std::string_view> words) {
  std::size_t next = at_;
  for (const std::string_view word : words) {
    const Token& token = tokens_[next];
    if (token.kind != TokenKind::kWord && token.kind != TokenKind::kSymbol) return false;
    if (token.text != word) return false;
    ++next;
  }
  at_ = next;
  return true;
}

void SqlCursor::expect(std::string_view word) {
  if (!accept(word)) unexpected("'" + std::string(word) + "'");
}

std::string SqlCursor::expect_string() {
  if (peek().kind != TokenKind::kString) unexpected("SINGLE_QUOTED_TEXT, DOUBLE_QUOTED_TEXT");
  return take().text;
}

std::string SqlCursor::expect_name() {
  if (peek().kind != TokenKind::kWord) unexpected("a legal identifier");
  const Token token = take();
  return token.raw.starts_with('`') ? token.text : token.raw;
}

long long SqlCursor::expect_number() {
  if (peek().kind != TokenKind::kNumber) unexpected("INTEGER_VALUE");
  return parse_number(take().raw).value_or(0);
}

void SqlCursor::unexpected(const std::string& hint) const {
  fail("Unexpected input '" + peek().raw + "', the most similar input is {" + hint + "}.");
}

void SqlCursor::not_viable(std::size_t first) const {
  const std::size_t begin = tokens_[first].begin;
  std::string_view input = sql_.substr(begin, peek().end - begin);
  while (!input.empty() && input.back() == ' ')
    input.remove_suffix(1);
  fail("No viable statement for input '" + std::string(input) + "'.");
}

void SqlCursor::expect_end() const {
  if (!at_end()) unexpected("<EOF>, ';'");
}

void SqlCursor::fail(const std::string& detail) const {
  throw SyntaxError{"Getting syntax error at line " + std::to_string(peek().line) + ", column " +
                    std::to_string(peek().column) + ". Detail message: " + detail};
}

}  // namespace srsim
