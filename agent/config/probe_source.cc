// `[[probe]]` tables: from entries to checked probes. toml_source.cc reads the file.

#include <algorithm>

#include <fmt/format.h>

#include "config/nearest.h"
#include "config/probe_keys.h"

namespace sragent {
namespace {

constexpr std::size_t kMaxName = 40;
constexpr std::size_t kMaxProbes = 64;
constexpr std::size_t kMaxArguments = 64;

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const auto blank = words.find(' ');
    if (words.substr(0, blank) == word) return true;
    words = blank == std::string_view::npos ? std::string_view{} : words.substr(blank + 1);
  }
  return false;
}

const ProbeKey* find_probe_key(std::string_view name) {
  for (const auto& key : probe_keys())
    if (key.name == name) return &key;
  return nullptr;
}

std::string_view kind_word(ProbeKindSetting kind) {
  return find_probe_key("kind")->choices.at(static_cast<std::size_t>(kind));
}

std::string expected_of(const ProbeKey& key) {
  switch (key.type) {
    case ProbeType::kText:
      return key.format == TextFormat::kAny ? "a text" : std::string{format_text(key.format)};
    case ProbeType::kChoice:
      return "one of " + listed(key.choices, "\"");
    case ProbeType::kInteger:
      return fmt::format("an integer from {} to {}", key.min, key.max);
    case ProbeType::kBool:
      return "true or false";
    case ProbeType::kList:
      return "a list of texts, the first an absolute path";
  }
  return {};
}

bool fits_list(const ConfigValue& value) {
  const auto* list = std::get_if<std::vector<std::string>>(&value);
  if (list == nullptr || list->empty() || list->size() > kMaxArguments) return false;
  const auto no_zero = [](const std::string& word) { return word.find('\0') == std::string::npos; };
  return list->front().starts_with('/') && std::all_of(list->begin(), list->end(), no_zero);
}

bool fits_text(const ProbeKey& key, const ConfigValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return false;
  if (key.type == ProbeType::kText) return !text->empty() && has_format(*text, key.format);
  const auto& choices = key.choices;
  return !text->empty() && std::find(choices.begin(), choices.end(), *text) != choices.end();
}

bool fits(const ProbeKey& key, const ConfigValue& value) {
  switch (key.type) {
    case ProbeType::kText:
    case ProbeType::kChoice:
      return fits_text(key, value);
    case ProbeType::kInteger: {
      const auto* number = std::get_if<std::int64_t>(&value);
      return number != nullptr && *number >= key.min && *number <= key.max;
    }
    case ProbeType::kBool:
      return std::holds_alternative<bool>(value);
    case ProbeType::kList:
      return fits_list(value);
  }
  return false;
}

std::string unknown_text(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& key : probe_keys())
    names.emplace_back(key.name);
  const auto nearest = nearest_word(name, names);
  return "expected a key of a probe" + (nearest ? "; the nearest is " + *nearest : std::string{});
}

/// The entry's value in `probe`, or why not.
std::string take_entry(const ProbeEntry& entry, ProbeConfig& probe) {
  const auto* key = find_probe_key(entry.key);
  if (key == nullptr) return unknown_text(entry.key);
  if (!entry.value || !fits(*key, *entry.value)) return "expected " + expected_of(*key);
  key->store(probe, *entry.value);
  return {};
}

bool good_name(std::string_view name) {
  const bool taken = name == "live" || name == "ready" || name == "startup";
  return !taken && !name.empty() && name.size() <= kMaxName &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
}

/// What no entry can say alone.
void check_whole(const std::string& place,
                 const std::vector<ProbeEntry>& entries,
                 const ProbeConfig& probe,
                 ProbesRead& out) {
  const auto complain = [&](std::string_view key, const std::string& expected) {
    out.errors.push_back(fmt::format("{}: probe.{}: expected {}", place, key, expected));
  };
  const auto has = [&](std::string_view name) {
    return std::any_of(
        entries.begin(), entries.end(), [&](const ProbeEntry& one) { return one.key == name; });
  };
  const auto kind = kind_word(probe.kind);
  for (const auto& key : probe_keys()) {
    const bool needed = key.needed == "all" || has_word(key.needed, kind);
    if (needed && !has(key.name)) complain(key.name, fmt::format("to be there for kind {}", kind));
    if (has(key.name) && !key.kinds.empty() && !has_word(key.kinds, kind)) {
      complain(key.name,
               fmt::format("a key of kind {}; {} is one of {}", kind, key.name, key.kinds));
    }
  }
  if (has("name") && !good_name(probe.name))
    complain("name", "small letters, digits, _ and -, at most 40, and not live, ready or startup");
  const auto same = [&](const ProbeConfig& other) { return other.name == probe.name; };
  if (std::any_of(out.probes.begin(), out.probes.end(), same))
    complain("name", "another name than " + probe.name + ", which a probe before has");
  if (!probe.address.empty() && !parse_probe_address(probe.address))
    complain("address", "ADDRESS:PORT or self:PORT");
  if (!probe.url.empty() && !parse_probe_url(probe.url))
    complain("url", "http://ADDRESS:PORT/PATH, https too, or self in place of the address");
  if (out.probes.size() >= kMaxProbes) complain("name", "at most 64 probes");
}

}  // namespace

void read_probe(const std::string& place, const std::vector<ProbeEntry>& entries, ProbesRead& out) {
  ProbeConfig probe;
  const auto before = out.errors.size();
  for (const auto& entry : entries) {
    if (const auto wrong = take_entry(entry, probe); !wrong.empty())
      out.errors.push_back(fmt::format("{}: probe.{}: {}", entry.place, entry.key, wrong));
  }
  check_whole(place, entries, probe, out);
  if (out.errors.size() == before) out.probes.push_back(std::move(probe));
}

std::optional<ProbePlace> parse_probe_address(std::string_view address) {
  constexpr std::string_view kSelf = "self:";
  const bool self = address.starts_with(kSelf);
  const auto numeric =
      self ? "127.0.0.1:" + std::string{address.substr(kSelf.size())} : std::string{address};
  const auto endpoint = parse_endpoint(numeric);
  if (!endpoint || endpoint->port == 0 || !has_format(numeric, TextFormat::kListen))
    return std::nullopt;
  ProbePlace out;
  out.host = self ? "self" : endpoint->host;
  out.port = endpoint->port;
  return out;
}

std::optional<ProbePlace> parse_probe_url(std::string_view url) {
  constexpr std::string_view kPlain = "http://";
  constexpr std::string_view kTls = "https://";
  const bool tls = url.starts_with(kTls);
  if (!tls && !url.starts_with(kPlain)) return std::nullopt;
  url.remove_prefix(tls ? kTls.size() : kPlain.size());
  const auto slash = url.find('/');
  auto out = parse_probe_address(url.substr(0, slash));
  if (!out) return std::nullopt;
  out->tls = tls;
  if (slash != std::string_view::npos) out->path = url.substr(slash);
  const auto bad = [](char c) { return c <= ' ' || c == '\x7f'; };
  if (std::any_of(out->path.begin(), out->path.end(), bad)) return std::nullopt;
  return out;
}

std::string to_toml(const ProbeConfig& probe) {
  const auto& p = probe;
  std::string out{"[[probe]]\n"};
  const ProbeConfig usual{};
  const auto add = [&out](std::string_view key, bool differs, const ConfigValue& value) {
    if (differs) out += fmt::format("{} = {}\n", key, to_toml(value));
  };
  const auto choice = [](std::string_view key, auto setting) {
    return std::string{find_probe_key(key)->choices.at(static_cast<std::size_t>(setting))};
  };
  add("name", true, p.name);
  add("kind", true, choice("kind", p.kind));
  add("counts_for", true, choice("counts_for", p.counts_for));
  add("period_ms", true, std::int64_t{p.period.count()});
  add("deadline_ms", true, std::int64_t{p.deadline.count()});
  add("success_threshold", true, std::int64_t{p.success_threshold});
  add("failure_threshold", true, std::int64_t{p.failure_threshold});
  add("initial", true, std::string{p.initial_ok ? "ok" : "failed"});
  add("query", !p.query.empty(), p.query);
  add("rows", p.rows.has_value(), std::int64_t{p.rows.value_or(0)});
  add("address", !p.address.empty(), p.address);
  add("url", !p.url.empty(), p.url);
  add("status", p.status != usual.status, std::int64_t{p.status});
  add("body", !p.body.empty(), p.body);
  add("tls_ca", !p.tls_ca.empty(), p.tls_ca);
  add("tls_verify", !p.tls_verify, p.tls_verify);
  add("command", !p.command.empty(), p.command);
  add("path", !p.path.empty(), p.path);
  add("present", !p.present, p.present);
  add("max_age_s", p.max_age != usual.max_age, std::int64_t{p.max_age.count()});
  add("metric", !p.metric.empty(), p.metric);
  add("compare", p.compare != usual.compare, choice("compare", p.compare));
  add("value", p.value.has_value(), p.value.value_or(""));
  return out;
}

}  // namespace sragent
