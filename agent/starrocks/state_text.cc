#include "starrocks/state_text.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace sragent::starrocks_detail {
namespace {

constexpr std::string_view kEnd = "end=";

std::string checksum(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211ULL;
  }
  std::string out(16, '0');
  for (auto it = out.rbegin(); it != out.rend(); ++it, hash >>= 4U)
    *it = "0123456789abcdef"[hash & 0xFU];
  return out;
}

std::string heading(std::string_view kind) {
  return "sr-agent " + std::string(kind) + " 1\n";
}

void escape(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\\') {
      out += "\\\\";
    } else {
      out += c;
    }
  }
}

std::string unescape(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\' || i + 1 == value.size()) {
      out += value[i];
      continue;
    }
    const char c = value[++i];
    out += c == 'n' ? '\n' : c == 'r' ? '\r' : c;
  }
  return out;
}

}  // namespace

tl::unexpected<Error> garbled(std::string what) {
  return tl::unexpected(Error{ErrorKind::kGarbled, std::move(what)});
}

StateWriter::StateWriter(std::string_view kind) : text_(heading(kind)) {}

StateWriter& StateWriter::put(std::string_view key, std::string_view value) {
  text_ += key;
  text_ += '=';
  escape(text_, value);
  text_ += '\n';
  return *this;
}

StateWriter& StateWriter::put(std::string_view key, std::int64_t value) {
  return put(key, std::string_view(std::to_string(value)));
}

StateWriter& StateWriter::put_flag(std::string_view key, bool value) {
  return put(key, value ? std::string_view("true") : std::string_view("false"));
}

StateWriter& StateWriter::put_all(std::string_view key, const std::vector<std::string>& values) {
  for (const auto& value : values)
    put(key, std::string_view(value));
  return *this;
}

std::string StateWriter::finish() {
  const auto sum = checksum(text_);
  return std::move(text_) + std::string(kEnd) + sum + "\n";
}

Result<StateReader> StateReader::open(std::string_view kind, std::string_view text) {
  if (text.empty()) return garbled("is empty");
  const auto head = heading(kind);
  if (text.substr(0, head.size()) != head) return garbled("does not begin as a file of this kind");
  const auto last = text.rfind(kEnd);
  const bool framed =
      text.back() == '\n' && last != std::string_view::npos && text[last - 1] == '\n';
  if (!framed || text.size() - last != kEnd.size() + 17)
    return garbled("ends too early: it was not written to its end");
  const auto body = text.substr(0, last);
  if (text.substr(last + kEnd.size(), 16) != checksum(body))
    return garbled("its checksum does not fit: it was damaged or edited");
  StateReader out;
  for (auto rest = body.substr(head.size()); !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) return garbled("has a line without '='");
    out.pairs_.emplace_back(line.substr(0, equals), unescape(line.substr(equals + 1)));
  }
  return out;
}

const std::string* StateReader::find(std::string_view key) const {
  const auto it =
      std::find_if(pairs_.begin(), pairs_.end(), [&](const auto& p) { return p.first == key; });
  return it == pairs_.end() ? nullptr : &it->second;
}

std::string StateReader::text(std::string_view key) const {
  const auto* value = find(key);
  return value == nullptr ? std::string{} : *value;
}

std::vector<std::string> StateReader::all(std::string_view key) const {
  std::vector<std::string> out;
  for (const auto& [name, value] : pairs_)
    if (name == key) out.push_back(value);
  return out;
}

bool StateReader::flag(std::string_view key) const {
  const auto* value = find(key);
  return value != nullptr && *value == "true";
}

std::optional<std::int64_t> StateReader::number(std::string_view key) const {
  const auto* value = find(key);
  return value == nullptr ? std::nullopt : whole_number<std::int64_t>(*value);
}

}  // namespace sragent::starrocks_detail
