#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/cli.h"
#include "cli/verbs.h"

namespace sragent {

/// The words after the verb, understood or not.
struct ParsedWords {
  Invocation call{};
  bool help{false};     ///< --help was among them; nothing else counts then.
  std::string error{};  ///< Not empty: a usage error, with the nearest known option.
};

/// Does not look at values of configuration keys: load_config judges those with all other sources.
[[nodiscard]] ParsedWords parse_words(const Verb& verb, std::span<const std::string_view> words);

}  // namespace sragent
