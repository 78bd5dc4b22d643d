#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sragent {

/// What the positional words of a verb mean.
enum class VerbArguments : std::uint8_t {
  kNone,
  kRoleAndService,  ///< [fe|be|cn] [SERVICE]: they set node.role and node.service.
  kName,            ///< NAME of something; the verb says of what.
  kFile,            ///< [FILE]: the configuration file, as --config.
};

struct VerbOption {
  std::string_view name{};   ///< "--write"
  std::string_view value{};  ///< "FILE"; empty: a switch.
  std::string_view help{};
};

struct VerbExit {
  int code{};
  std::string_view meaning{};
};

/// One row of the table of verbs: all that a user is told about it.
struct Verb {
  std::string_view name{};
  std::string_view summary{};
  std::string_view details{};
  VerbArguments arguments{VerbArguments::kNone};
  std::span<const VerbOption> options{};  ///< Besides those of every verb.
  std::span<const VerbExit> exits{};
  std::string_view example{};
};

[[nodiscard]] std::span<const Verb> verbs();

/// Options that every verb has: output format, configuration file, help.
[[nodiscard]] std::span<const VerbOption> common_options();

/// The row, or nullptr.
[[nodiscard]] const Verb* find_verb(std::string_view name);

/// `sr-agent --help`.
[[nodiscard]] std::string general_help();

/// `sr-agent config --help`: the verbs that begin with the word `first`.
[[nodiscard]] std::string group_help(std::string_view first);

/// `sr-agent VERB --help`; ends with an example.
[[nodiscard]] std::string verb_help(const Verb& verb);

/// docs/verbs.md; `sr-agent --help-markdown` prints it.
[[nodiscard]] std::string verbs_markdown();

}  // namespace sragent
