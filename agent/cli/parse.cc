// The only unit that includes CLI11. It parses; help texts come from the table of verbs.

#include "cli/parse.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "config/keys.h"
#include "config/nearest.h"
#include "core/printable.h"

namespace sragent {
namespace {

std::vector<std::string> known_options(const Verb& verb) {
  std::vector<std::string> out{"--output", "--config", "--help"};
  for (const auto& option : verb.options)
    out.emplace_back(option.name);
  for (const auto& key : config_keys())
    if (!key.spec.secret) out.push_back(flag_name(key));
  return out;
}

std::string unknown_option_text(const Verb& verb, std::string_view word) {
  const auto name = word.substr(0, word.find('='));  // a value may be a secret: not repeated
  for (const auto& key : config_keys()) {
    if (key.spec.secret && name == fmt::format("--{}-{}", key.table, key.name)) {
      return fmt::format(
          "{}: expected in {} or in a file: everyone can read arguments", name, env_name(key));
    }
  }
  const auto nearest = nearest_word(name, known_options(verb));
  return fmt::format("{}: expected a known option{}",
                     name,
                     nearest ? fmt::format("; the nearest is {}", *nearest) : std::string{});
}

/// The first word that nobody took and that looks like an option.
std::string first_unknown(const std::vector<std::string>& rest) {
  const auto at = std::find_if(rest.begin(), rest.end(), [](const std::string& word) {
    return word.size() > 1 && word.front() == '-';
  });
  return at == rest.end() ? std::string{} : *at;
}

/// The option as which CLI11 reads `word` if its value is to be the next word: "-ho" gives "-o".
std::string waiting_option(std::string_view word) {
  if (word.starts_with("--") || !word.starts_with('-')) return std::string{word};
  const auto at = word.find_first_not_of('h', 1);
  return at == std::string_view::npos ? std::string{word} : "-" + std::string{word.substr(at)};
}

/// "--x=" becomes "--x" and "": CLI11 2.1 would take the next word as the value.
std::vector<std::string> split_empty_values(std::span<const std::string_view> words) {
  std::vector<std::string> out;
  for (const auto word : words) {
    const bool empty_value = word.starts_with("--") && word.find('=') == word.size() - 1;
    out.emplace_back(empty_value ? word.substr(0, word.size() - 1) : word);
    if (empty_value) out.emplace_back();
  }
  return out;
}

/// Its value is a word of its own; of several the last one counts.
CLI::Option* add_valued_option(CLI::App& app, const std::string& name) {
  return app.add_option(name)->take_last()->type_name("VALUE");
}

/// Options of the configuration keys, in the order of the key table.
std::vector<std::pair<const ConfigKey*, CLI::Option*>> add_config_options(CLI::App& app) {
  std::vector<std::pair<const ConfigKey*, CLI::Option*>> out;
  for (const auto& key : config_keys())
    if (!key.spec.secret) out.emplace_back(&key, add_valued_option(app, flag_name(key)));
  return out;
}

class Parser {
 public:
  explicit Parser(const Verb& verb) : verb_(verb) {
    app_.set_help_flag();
    app_.allow_extras();
    help_ = app_.add_flag("-h,--help");
    output_ = add_valued_option(app_, "-o,--output");
    config_ = add_valued_option(app_, "-c,--config");
    for (const auto& option : verb.options) {
      const std::string name{option.name};
      options_.push_back(option.value.empty() ? app_.add_flag(name)
                                              : add_valued_option(app_, name));
    }
    config_options_ = add_config_options(app_);
  }

  ParsedWords parse(std::span<const std::string_view> words) {
    out_.error = option_as_value(words);
    if (!out_.error.empty()) return std::move(out_);
    auto reversed = split_empty_values(words);
    std::reverse(reversed.begin(), reversed.end());  // CLI11 takes its words from the back.
    try {
      app_.parse(reversed);
    } catch (const CLI::ParseError& e) {
      out_.error = printable(e.what());
      return std::move(out_);
    }
    collect();
    out_.error = printable(out_.error);
    return std::move(out_);
  }

 private:
  /// An option where a value belongs: CLI11 would take it, and a message about that value could
  /// show a password. Empty if there is none.
  [[nodiscard]] std::string option_as_value(std::span<const std::string_view> words) const {
    for (std::size_t i = 0; i + 1 < words.size() && words[i] != "--"; ++i) {
      if (!words[i + 1].starts_with("--")) continue;
      const auto* option = app_.get_option_no_throw(waiting_option(words[i]));
      if (option == nullptr || option->get_items_expected_min() == 0) continue;
      const auto next = words[i + 1].substr(0, words[i + 1].find('='));
      return printable(fmt::format("{}: expected a value, found the option {}", words[i], next));
    }
    return {};
  }

  void collect() {
    const auto rest = app_.remaining();
    out_.help = help_->count() > 0;
    if (const auto unknown = first_unknown(rest); !unknown.empty())
      out_.error = unknown_option_text(verb_, unknown);
    auto& call = out_.call;
    call.verb = verb_.name;
    call.arguments = rest;
    if (config_->count() > 0) take_config_file(config_->results().back());
    if (output_->count() > 0) take_output(output_->results().back());
    for (std::size_t i = 0; i < options_.size(); ++i)
      if (options_[i]->count() > 0) call.options[std::string{verb_.options[i].name}] = text_of(i);
    for (const auto& [key, option] : config_options_) {
      if (option->count() > 0) {
        call.config_flags.push_back(
            {full_name(*key), option->results().back(), "flag " + flag_name(*key)});
      }
    }
  }

  [[nodiscard]] std::string text_of(std::size_t option) const {
    return verb_.options[option].value.empty() ? std::string{} : options_[option]->results().back();
  }

  void take_config_file(const std::string& path) {
    if (path.empty()) out_.error = "--config: expected the path of a file";
    out_.call.config_file = path;
  }

  void take_output(const std::string& format) {
    if (format == "json") {
      out_.call.output = OutputFormat::kJson;
    } else if (format != "text") {
      out_.error = fmt::format("--output: expected text or json, found {}", format);
    }
  }

  const Verb& verb_;
  CLI::App app_{};
  CLI::Option* help_{};
  CLI::Option* output_{};
  CLI::Option* config_{};
  std::vector<CLI::Option*> options_{};
  std::vector<std::pair<const ConfigKey*, CLI::Option*>> config_options_{};
  ParsedWords out_{};
};

}  // namespace

ParsedWords parse_words(const Verb& verb, std::span<const std::string_view> words) {
  return Parser{verb}.parse(words);
}

}  // namespace sragent
