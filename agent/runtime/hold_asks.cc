#include "runtime/hold_asks.h"

#include <array>

#include "core/text.h"
#include "io/files.h"

namespace sragent {
namespace {

constexpr std::size_t kMaxFile = std::size_t{16} << 10U;

Millis on_clock(std::chrono::seconds span, const Clock& clock) {
  return clock.scaled(span);
}

HoldAsk plain_ask(HoldSource source, const Config& config, const Clock& clock) {
  HoldAsk out;
  out.source = source;
  out.span = on_clock(config.policy.hold_limit, clock);
  return out;
}

/// A time that is none is not guessed: the default holds, and the reason says so.
void set_span(HoldAsk& ask, std::string_view text, const Clock& clock) {
  if (text.empty()) return;
  const auto span = span_of(text);
  if (span && span->count() > 0) {
    ask.span = on_clock(*span, clock);
    return;
  }
  ask.reason += ask.reason.empty() ? "" : " ";
  ask.reason += "(for " + std::string{text} + ": expected a number with s, m or h, as 2h)";
}

/// `span`: as it was said, so that another default changes no wish.
void set_mark(HoldAsk& ask, std::string_view span) {
  ask.mark = std::string{to_string(ask.source)} + "|" + ask.author + "|" + ask.reason + "|" +
             std::string{span} + (ask.force ? "|force" : "");
}

/// "key=value" with one of the keys of a hold file, else nullopt.
std::optional<std::pair<std::string_view, std::string_view>> setting_in(std::string_view line) {
  constexpr std::array<std::string_view, 4> kKeys{"reason", "author", "for", "force"};
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const auto key = line.substr(0, equals);
  if (std::ranges::find(kKeys, key) == kKeys.end()) return std::nullopt;
  return std::pair{key, line.substr(equals + 1)};
}

/// A path that cannot be looked at, or a file that cannot be read, says nothing.
void add_place(const Config& config, const Clock& clock, StandingAsks& out) {
  const auto& path = config.policy.hold_file;
  if (path.empty()) return;
  const auto kind = file_kind(path);
  if (kind && *kind == FileKind::kAbsent) return;
  const bool file = kind && *kind == FileKind::kRegular;
  const auto text = file ? read_file(path, kMaxFile) : Result<std::string>{""};
  if (!kind || !text) {
    out.unknown.push_back(HoldSource::kFile);
  } else {
    out.asks.push_back(ask_of_file(*text, config, clock));
  }
}

/// As users of the Doris operator say it.
bool doris_debug(const PodAnnotations& all) {
  for (const std::string_view key : {"selectdb.com.doris/runmode", "apache.org.doris/runmode"})
    if (const auto found = all.find(key); found != all.end() && found->second == "debug")
      return true;
  return false;
}

}  // namespace

std::string short_text(std::string_view text) {
  constexpr std::size_t kMost = 500;
  if (text.size() <= kMost) return std::string{text};
  auto end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;
  return std::string{text.substr(0, end)};
}

std::optional<std::chrono::seconds> span_of(std::string_view text) {
  constexpr std::int64_t kMost = 1'000'000;
  std::int64_t each = 1;
  if (!text.empty()) {
    const char unit = text.back();
    each = unit == 'm' ? 60 : unit == 'h' ? 3'600 : 1;
    if (unit == 's' || unit == 'm' || unit == 'h') text.remove_suffix(1);
  }
  const auto count = whole_number<std::int64_t>(text);
  if (!count || *count < 0 || *count > kMost) return std::nullopt;
  return std::chrono::seconds{*count * each};
}

std::optional<HoldAsk> ask_of_annotations(const PodAnnotations& all,
                                          const Config& config,
                                          const Clock& clock) {
  const auto mode = annotation(all, "run-mode");
  const bool asked = mode == "hold" || mode == "debug" || (mode.empty() && doris_debug(all));
  if (!asked) return std::nullopt;
  auto out = plain_ask(HoldSource::kAnnotation, config, clock);
  out.author = short_text(annotation(all, "run-mode-author"));
  out.reason = short_text(annotation(all, "run-mode-reason"));
  out.force = annotation(all, "run-mode-force") == "true";
  const auto span = annotation(all, "run-mode-for");
  set_span(out, span, clock);
  set_mark(out, span);
  return out;
}

HoldAsk ask_of_file(std::string_view text, const Config& config, const Clock& clock) {
  auto out = plain_ask(HoldSource::kFile, config, clock);
  std::string_view span;
  for (const auto line : words_in(text, "\r\n")) {
    const auto setting = setting_in(line);
    if (!setting) {
      if (out.reason.empty()) out.reason = line;
      continue;
    }
    const auto [key, value] = *setting;
    if (key == "reason") out.reason = value;
    if (key == "author") out.author = value;
    if (key == "for") span = value;
    if (key == "force") out.force = value == "true";
  }
  out.author = short_text(out.author);
  out.reason = short_text(out.reason);
  set_span(out, span, clock);
  set_mark(out, span);
  return out;
}

StandingAsks standing_asks(const PodAnnotations* annotations,
                           const Config& config,
                           const Clock& clock) {
  StandingAsks out;
  if (annotations == nullptr) {
    out.unknown.push_back(HoldSource::kAnnotation);
  } else if (auto ask = ask_of_annotations(*annotations, config, clock)) {
    out.asks.push_back(*std::move(ask));
  }
  add_place(config, clock, out);
  if (config.policy.hold) {
    auto ask = plain_ask(HoldSource::kSetting, config, clock);
    ask.reason = short_text(config.policy.hold_reason);
    ask.author = short_text(config.policy.hold_author);
    set_mark(ask, "");
    out.asks.push_back(std::move(ask));
  }
  return out;
}

}  // namespace sragent
