// The only unit of the agent that includes toml++.

#include <exception>
#include <optional>

#include <fmt/format.h>

#include "config/sources.h"

namespace sragent {
namespace {

/// A state that the parser itself holds to be impossible.
struct ParserLost : std::exception {};

[[noreturn]] void parser_lost() {
  throw ParserLost{};
}

}  // namespace
}  // namespace sragent

// The parser of toml++ 3.3 asserts that a key begins where one is due: "[.a]", "[=]" or "[" at the
// end of a line ended the whole agent. With NDEBUG it would go on with the wrong assumption.
#undef NDEBUG
#define TOML_ASSERT(expr) ((expr) ? static_cast<void>(0) : ::sragent::parser_lost())
#include <toml++/toml.h>

namespace sragent {
namespace {

/// value_or() would turn "250", 2.5 or 70000 silently into the default: the type is asked first.
std::optional<ConfigValue> list_value(const toml::node& node) {
  const auto* array = node.as_array();
  if (array == nullptr) return std::nullopt;
  std::vector<std::string> items;
  for (const auto& item : *array) {
    const auto* text = item.as_string();
    if (text == nullptr) return std::nullopt;
    items.push_back(text->get());
  }
  return items;
}

std::optional<ConfigValue> text_value(const ConfigKey& key, const toml::node& node) {
  const auto* text = node.as_string();
  if (text == nullptr) return std::nullopt;
  if (key.type != KeyType::kChoice || text->get().empty()) return text->get();
  return parse_text(key, text->get());  // in any case of letters
}

std::optional<ConfigValue> value_of(const ConfigKey& key, const toml::node& node) {
  switch (key.type) {
    case KeyType::kBool:
      if (const auto* value = node.as_boolean()) return value->get();
      return std::nullopt;
    case KeyType::kInteger:
      if (const auto* value = node.as_integer()) return value->get();
      return std::nullopt;
    case KeyType::kChoice:
    case KeyType::kText:
      return text_value(key, node);
    case KeyType::kList:
      return list_value(node);
  }
  return std::nullopt;
}

std::string type_text(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::none:
      return "nothing";
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::date:
      return "a date";
    case toml::node_type::time:
      return "a time";
    case toml::node_type::date_time:
      return "a date with time";
  }
  return "something else";
}

/// The value as far as a message may show it, else its type.
std::string found_node(const ConfigKey& key, const toml::node& node) {
  if (key.spec.secret) return fmt::format(", found {}", type_text(node));
  if (const auto* text = node.as_string()) return found_text(key, text->get());
  if (const auto* number = node.as_integer()) return fmt::format(", found {}", number->get());
  return fmt::format(", found {}", type_text(node));
}

std::string place_of(const ConfigSources& sources, const toml::node& node) {
  return fmt::format("{}:{}", sources.file_name, node.source().begin.line);
}

void read_key(const ConfigSources& sources,
              const std::string& name,
              const toml::node& node,
              Findings& out) {
  const auto place = place_of(sources, node);
  const auto* key = find_key(name);
  if (key == nullptr) {
    out.errors.push_back(fmt::format("{}: {}: {}", place, name, unknown_key_text(name)));
    return;
  }
  auto value = value_of(*key, node);
  if (!value || !is_valid(*key, *value)) {
    out.errors.push_back(fmt::format(
        "{}: {}: expected {}{}", place, name, expected_text(*key), found_node(*key, node)));
    return;
  }
  out.candidates.push_back({key, *std::move(value), {OriginKind::kFile, place}});
}

void read_tables(const ConfigSources& sources, const toml::table& file, Findings& out) {
  for (const auto& [table, node] : file) {
    const std::string name{table.str()};
    const auto* keys = node.as_table();
    if (keys == nullptr) {
      out.errors.push_back(fmt::format("{}: {}: expected a table, [{}], found {}",
                                       place_of(sources, node),
                                       name,
                                       name,
                                       type_text(node)));
      continue;
    }
    if (keys->empty() && !is_table(name)) {
      out.errors.push_back(
          fmt::format("{}: {}: {}", place_of(sources, node), name, unknown_key_text(name)));
    }
    for (const auto& [key, value] : *keys)
      read_key(sources, fmt::format("{}.{}", name, key.str()), value, out);
  }
}

}  // namespace

void read_toml(const ConfigSources& sources, Findings& out) {
  if (!sources.file_error.empty()) {
    out.errors.push_back(
        fmt::format("{}: expected a readable file: {}", sources.file_name, sources.file_error));
  }
  if (sources.file_name.empty() || !sources.file_error.empty()) return;
  try {
    read_tables(sources, toml::parse(std::string_view{sources.file_text}, sources.file_name), out);
  } catch (const toml::parse_error& e) {
    out.errors.push_back(fmt::format("{}:{}: TOML: expected valid TOML: {}",
                                     sources.file_name,
                                     e.source().begin.line,
                                     e.description()));
  } catch (const ParserLost&) {
    out.errors.push_back(
        fmt::format("{}: TOML: expected valid TOML: a key is missing, as in [.a], [=] or a lone [",
                    sources.file_name));
  }
}

}  // namespace sragent
