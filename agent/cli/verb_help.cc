// Help texts and docs/verbs.md, generated from the table of verbs.

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "cli/verbs.h"

namespace sragent {
namespace {

constexpr std::size_t kWidth = 100;

constexpr std::string_view kMarkdownHead = R"(# Verbs

*Printed by `sr-agent --help-markdown`; a test holds this page equal to the table of verbs in the code.*

Every verb takes these options besides its own. Errors and warnings go to standard error, answers to standard output.

| option | meaning |
|---|---|
)";

std::string_view arguments_text(VerbArguments arguments) {
  switch (arguments) {
    case VerbArguments::kNone:
      return "";
    case VerbArguments::kRoleAndService:
      return " [fe|be|cn] [SERVICE]";
    case VerbArguments::kName:
      return " NAME";
    case VerbArguments::kFile:
      return " [FILE]";
  }
  return "";
}

std::string usage_line(const Verb& verb) {
  return fmt::format("sr-agent {}{} [OPTIONS]", verb.name, arguments_text(verb.arguments));
}

std::string option_text(const VerbOption& option) {
  return option.value.empty() ? std::string{option.name}
                              : fmt::format("{} {}", option.name, option.value);
}

/// `text` in lines of at most kWidth, those after the first indented by `indent`.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t column = indent;
  while (!text.empty()) {
    const auto blank = text.find(' ');
    const auto word = text.substr(0, blank);
    const bool first = column == indent;
    if (!first && column + 1 + word.size() > kWidth) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (!first) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    text = blank == std::string_view::npos ? std::string_view{} : text.substr(blank + 1);
  }
  return out;
}

std::string option_lines(std::span<const VerbOption> options, std::size_t width) {
  std::string out;
  for (const auto& option : options) {
    out +=
        fmt::format("  {:<{}}  {}\n", option_text(option), width, wrapped(option.help, width + 4));
  }
  return out;
}

/// A line for each verb whose name begins so.
std::string verb_lines(std::string_view prefix) {
  std::size_t width = 0;
  for (const auto& verb : verbs())
    if (verb.name.starts_with(prefix)) width = std::max(width, verb.name.size());
  std::string out;
  for (const auto& verb : verbs()) {
    if (verb.name.starts_with(prefix))
      out += fmt::format("  {:<{}}  {}\n", verb.name, width, verb.summary);
  }
  return out;
}

std::string markdown_verb(const Verb& verb) {
  auto out = fmt::format("\n## {}\n\n`{}`: {}.{}{}\n\n",
                         verb.name,
                         usage_line(verb),
                         verb.summary,
                         verb.details.empty() ? "" : " ",
                         verb.details);
  if (!verb.options.empty()) out += "| option | meaning |\n|---|---|\n";
  for (const auto& option : verb.options)
    out += fmt::format("| `{}` | {} |\n", option_text(option), option.help);
  out += fmt::format("{}| exit code | meaning |\n|---|---|\n", verb.options.empty() ? "" : "\n");
  for (const auto& exit : verb.exits)
    out += fmt::format("| {} | {} |\n", exit.code, exit.meaning);
  return out + fmt::format("\n    {}\n", verb.example);
}

}  // namespace

std::string general_help() {
  return "usage: sr-agent VERB [ARGUMENTS] [OPTIONS]\n\nVerbs:\n" + verb_lines("") +
         "\n'sr-agent VERB --help' tells the rest: options, exit codes and an example.\n\n"
         "Example:\n  sr-agent run fe starrocks-fe-service\n";
}

std::string group_help(std::string_view first) {
  return fmt::format(
      "usage: sr-agent {0} VERB [ARGUMENTS] [OPTIONS]\n\nVerbs:\n{1}\n"
      "'sr-agent {0} VERB --help' tells the rest: options, exit codes and an example.\n",
      first,
      verb_lines(fmt::format("{} ", first)));
}

std::string verb_help(const Verb& verb) {
  std::size_t width = 0;
  for (const auto& option : common_options())
    width = std::max(width, option_text(option).size());
  for (const auto& option : verb.options)
    width = std::max(width, option_text(option).size());
  auto out = fmt::format("sr-agent {}: {}\n", verb.name, verb.summary);
  if (!verb.details.empty()) out += fmt::format("\n{}\n", wrapped(verb.details, 0));
  out += fmt::format("\nusage: {}\n\nOptions:\n", usage_line(verb));
  out += option_lines(verb.options, width) + option_lines(common_options(), width);
  out += "\nExit codes:\n";
  for (const auto& exit : verb.exits)
    out += fmt::format("  {:>3}  {}\n", exit.code, exit.meaning);
  return out + fmt::format("\nExample:\n  {}\n", verb.example);
}

std::string verbs_markdown() {
  std::string out{kMarkdownHead};
  for (const auto& option : common_options())
    out += fmt::format("| `{}` | {} |\n", option_text(option), option.help);
  for (const auto& verb : verbs())
    out += markdown_verb(verb);
  return out;
}

}  // namespace sragent
