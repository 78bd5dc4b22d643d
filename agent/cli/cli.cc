#include "cli/cli.h"

#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "cli/dispatch.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/verbs.h"
#include "config/nearest.h"
#include "core/exit_codes.h"
#include "runtime/metrics.h"
#include "runtime/termination.h"

namespace sragent {
namespace {

int complain(std::string_view what, std::string_view hint) {
  print_error_line(fmt::format("sr-agent: {}", what));
  print_error_line(hint);
  return kExitUsage;
}

/// The verb at the front of `words`, of one word or two, and how many it has.
struct FoundVerb {
  const Verb* verb{};
  std::size_t words{0};
};

FoundVerb verb_at_front(std::span<const std::string_view> words) {
  if (words.size() > 1)
    if (const auto* verb = find_verb(fmt::format("{} {}", words[0], words[1]))) return {verb, 2};
  return {find_verb(words[0]), 1};
}

/// The verbs of two words that begin with `first`, or nothing: "config check or config show".
std::string verbs_below(std::string_view first) {
  std::string out;
  for (const auto& verb : verbs()) {
    if (verb.name.starts_with(fmt::format("{} ", first)))
      out += fmt::format("{}{}", out.empty() ? "" : " or ", verb.name);
  }
  return out;
}

/// With its second word first: "confg show" is near to "config show", "confg" to nothing.
std::string nearest_verb(std::span<const std::string_view> words) {
  std::vector<std::string> names;
  for (const auto& verb : verbs())
    names.emplace_back(verb.name);
  std::optional<std::string> nearest;
  if (words.size() > 1) nearest = nearest_word(fmt::format("{} {}", words[0], words[1]), names);
  if (!nearest) nearest = nearest_word(words[0], names);
  return nearest ? *nearest : verbs_below(words[0]);
}

int unknown_verb(std::span<const std::string_view> words) {
  const bool has_second = words.size() > 1 && !verbs_below(words[0]).empty();
  const auto asked = has_second ? fmt::format("{} {}", words[0], words[1]) : std::string{words[0]};
  const auto nearest = nearest_verb(words);
  return complain(
      fmt::format(
          "{}: expected a verb{}", asked, nearest.empty() ? "" : "; the nearest is " + nearest),
      "'sr-agent --help' lists the verbs");
}

std::size_t most_arguments(VerbArguments arguments) {
  switch (arguments) {
    case VerbArguments::kNone:
      return 0;
    case VerbArguments::kName:
    case VerbArguments::kFile:
      return 1;
    case VerbArguments::kRoleAndService:
      break;
  }
  return SIZE_MAX;  // more than role and service are a warning: see load_for
}

int call_handler(const Invocation& call) {
  for (const auto& handler : verb_handlers()) {
    if (handler.verb != call.verb) continue;
    const int code = handler.run(call);
    if (flush_out()) return code;
    print_error_line("sr-agent: standard output could not be written");
    return kExitInternal;
  }
  print_error_line(fmt::format("sr-agent: {} is not part of this build", call.verb));
  return kExitInternal;
}

/// Words that `run` cannot read end the container: Kubernetes shows why, too.
void tell_kubernetes(const Invocation& call, const std::string& what) {
  write_termination_message(load_for(call).config.node.termination_log,
                            early_end_message(what, kExitUsage));
}

int run_verb(const Verb& verb, std::span<const std::string_view> words) {
  auto parsed = parse_words(verb, words);
  if (parsed.help) {
    print_out(verb_help(verb));
    return flush_out() ? kExitDone : kExitInternal;
  }
  const auto hint = fmt::format("'sr-agent {} --help' tells its options", verb.name);
  if (!parsed.error.empty()) {
    const auto what = fmt::format("{}: {}", verb.name, parsed.error);
    if (verb.name == "run") tell_kubernetes(parsed.call, what);
    return complain(what, hint);
  }
  const auto& arguments = parsed.call.arguments;
  const auto most = most_arguments(verb.arguments);
  if (arguments.size() > most) {
    return complain(
        fmt::format("{}: expected no more arguments, found {}", verb.name, arguments[most]), hint);
  }
  if (verb.arguments == VerbArguments::kFile && !arguments.empty()) {
    if (!parsed.call.config_file.empty()) {
      return complain(fmt::format("{}: expected one file, found --config {} and {}",
                                  verb.name,
                                  parsed.call.config_file,
                                  arguments[0]),
                      hint);
    }
    parsed.call.config_file = arguments[0];
  }
  return call_handler(parsed.call);
}

int print_general(const std::string& text) {
  print_out(text);
  return flush_out() ? kExitDone : kExitInternal;
}

bool asks_help(std::string_view word) {
  return word == "--help" || word == "-h";
}

/// `help`, `help VERB`, and `config --help`, whose first word alone is no verb.
std::optional<std::string> asked_help(std::span<const std::string_view> words) {
  const bool by_verb = words[0] == "help";
  if (!by_verb) {
    const bool group = words.size() > 1 && asks_help(words[1]) && !verbs_below(words[0]).empty();
    return group ? std::optional{group_help(words[0])} : std::nullopt;
  }
  const auto rest = words.subspan(1);
  if (rest.empty() || asks_help(rest[0])) return general_help();
  const auto found = verb_at_front(rest);
  if (found.verb != nullptr) return verb_help(*found.verb);
  return verbs_below(rest[0]).empty() ? std::nullopt : std::optional{group_help(rest[0])};
}

}  // namespace

std::string Invocation::value(std::string_view option, std::string_view fallback) const {
  const auto at = options.find(option);
  return at == options.end() ? std::string{fallback} : at->second;
}

int run_cli(std::span<const std::string_view> words) {
  if (words.empty()) {
    print_error_line(general_help());
    return kExitUsage;
  }
  if (asks_help(words[0])) return print_general(general_help());
  if (words[0] == "--help-markdown") return print_general(verbs_markdown());
  if (words[0] == "--help-metrics") return print_general(metrics_markdown());
  if (words[0] == "--version") return run_verb(*find_verb("version"), words.subspan(1));
  if (const auto text = asked_help(words)) return print_general(*text);
  const auto found = verb_at_front(words);
  if (found.verb == nullptr) return unknown_verb(words[0] == "help" ? words.subspan(1) : words);
  return run_verb(*found.verb, words.subspan(found.words));
}

}  // namespace sragent
