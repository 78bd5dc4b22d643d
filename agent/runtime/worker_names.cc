#include "runtime/worker_names.h"

#include <cstdint>

namespace sragent {
namespace {

/// Replaces the last whole word `word` of the first label.
std::string replace_word(std::string_view name, std::string_view word, std::string_view by) {
  const auto label = name.substr(0, name.find('.'));
  for (auto at = label.rfind(word); at != std::string_view::npos;
       at = at == 0 ? std::string_view::npos : label.rfind(word, at - 1)) {
    const auto end = at + word.size();
    const bool begins = at == 0 || label[at - 1] == '-';
    const bool ends = end == label.size() || label[end] == '-';
    if (begins && ends) return std::string{name}.replace(at, word.size(), by);
  }
  return {};
}

}  // namespace

std::string fe_headless_name(std::string_view headless, NodeKind kind) {
  if (headless.empty() || kind == NodeKind::kFe) return {};
  return replace_word(headless, to_string(kind), "fe");
}

std::string fe_search_name(std::string_view service) {
  return replace_word(service, "fe-service", "fe-search");
}

double pod_fraction(std::string_view pod, std::string_view purpose) {
  constexpr std::uint64_t kOffset = 14'695'981'039'346'656'037U;
  constexpr std::uint64_t kPrime = 1'099'511'628'211U;
  std::uint64_t hash = kOffset;
  const auto add = [&](std::string_view text) {
    for (const char c : text)
      hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  };
  add(pod);
  add("/");
  add(purpose);
  hash ^= hash >> 32U;  // names differ in their last letter: spread it over the upper bits
  hash *= 0x9E37'79B9'7F4A'7C15U;
  constexpr unsigned kMantissa = 53;
  constexpr double kRange = 9'007'199'254'740'992.0;  // 2^53
  return static_cast<double>(hash >> (64U - kMantissa)) / kRange;
}

}  // namespace sragent
