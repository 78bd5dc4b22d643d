#include "runtime/pod_annotations.h"

#include <optional>

#include "core/text.h"
#include "io/files.h"

namespace sragent {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{512} << 10U;  // Kubernetes allows 256 KiB, unquoted

void append_utf8(std::string& out, std::uint32_t code) {
  constexpr std::uint32_t kLow = 0x3F;
  constexpr std::uint32_t kMore = 0x80;
  const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) {
    byte(0xC0U | code >> 6U);
  } else if (code < 0x10000) {
    byte(0xE0U | code >> 12U);
    byte(kMore | (code >> 6U & kLow));
  } else {
    byte(0xF0U | code >> 18U);
    byte(kMore | (code >> 12U & kLow));
    byte(kMore | (code >> 6U & kLow));
  }
  byte(kMore | (code & kLow));
}

std::optional<std::uint32_t> hex_number(std::string_view digits, std::size_t count) {
  constexpr int kBase = 16;
  if (digits.size() < count) return std::nullopt;
  std::uint32_t out = 0;
  const auto* const end = digits.data() + count;
  const auto [stop, error] = std::from_chars(digits.data(), end, out, kBase);
  return error == std::errc{} && stop == end ? std::optional{out} : std::nullopt;
}

/// Characters behind the escape letter that belong to it; 0: it is not one of these.
std::size_t digits_of(char letter) {
  switch (letter) {
    case 'x':
      return 2;
    case 'u':
      return 4;
    case 'U':
      return 8;
    default:
      return 0;
  }
}

char plain_escape(char letter) {
  constexpr std::string_view kLetters = "abfnrtv";
  constexpr std::string_view kMeans = "\a\b\f\n\r\t\v";
  const auto at = kLetters.find(letter);
  return at == std::string_view::npos ? letter : kMeans.at(at);
}

/// One escape, `rest` from behind the backslash; false: it is none.
bool take_escape(std::string_view& rest, std::string& out) {
  if (rest.empty()) return false;
  const char letter = rest.front();
  rest.remove_prefix(1);
  const auto digits = digits_of(letter);
  if (digits == 0) {
    out += plain_escape(letter);
    return true;
  }
  const auto code = hex_number(rest, digits);
  if (!code) return false;
  rest.remove_prefix(digits);
  if (letter == 'x') {
    out += static_cast<char>(*code);
  } else {
    append_utf8(out, *code);
  }
  return true;
}

/// What `"..."` stands for; nullopt: it is not quoted well.
std::optional<std::string> unquoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string out;
  while (!text.empty()) {
    const char next = text.front();
    text.remove_prefix(1);
    if (next != '\\') {
      out += next;
    } else if (!take_escape(text, out)) {
      return std::nullopt;
    }
  }
  return out;
}

}  // namespace

PodAnnotations parse_annotations(std::string_view text) {
  PodAnnotations out;
  for (const auto line : words_in(text, "\r\n")) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    auto value = unquoted(line.substr(equals + 1));
    if (value) out.insert_or_assign(std::string{line.substr(0, equals)}, *std::move(value));
  }
  return out;
}

Result<PodAnnotations> read_annotations(const std::string& path) {
  return read_file(path, kMaxBytes).map([](const std::string& text) {
    return parse_annotations(text);
  });
}

void AnnotationWatch::look(const std::string& path) {
  auto now = path.empty() ? Result<PodAnnotations>{} : read_annotations(path);
  if (now) {
    all_ = *std::move(now);
  } else if (now.error().kind == ErrorKind::kNotFound) {
    all_.emplace();
  }
}

std::string annotation(const PodAnnotations& all, std::string_view name) {
  const auto found = all.find(std::string{kAnnotationPrefix} + std::string{name});
  return found == all.end() ? std::string{} : found->second;
}

std::string unheeded(const PodAnnotations& all) {
  constexpr std::string_view kRecovery = "selectdb.com.doris/recovery";
  if (!all.contains(kRecovery)) return {};
  return "annotation " + std::string{kRecovery} +
         ": nothing is done by it, since one that is forgotten would make a second cluster; where "
         "most FE volumes are lost for good, hold every FE (sr-agent hold), copy the metadata, and "
         "recover by hand from the FE with the newest (docs/operations.md, quorum_lost)";
}

}  // namespace sragent
