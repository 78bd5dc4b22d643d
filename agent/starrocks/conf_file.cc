#include "starrocks/conf_file.h"

#include <algorithm>
#include <array>

#include "core/printable.h"
#include "starrocks/properties.h"

namespace sragent {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name(char c) {
  return is_upper(c) || is_digit(c) || (c >= 'a' && c <= 'z') || c == '_';
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_space(text.back()))
    text.remove_suffix(1);
  return text;
}

/// What the shell scripts export: an upper-case letter, then those, digits and '_'.
bool exported_key(std::string_view key) {
  return !key.empty() && is_upper(key.front()) && std::all_of(key.begin(), key.end(), [](char c) {
    return is_upper(c) || is_digit(c) || c == '_';
  });
}

bool conf_key(std::string_view key) {
  return !key.empty() && !is_digit(key.front()) &&
         std::all_of(key.begin(), key.end(), [](char c) { return is_name(c) || c == '.'; });
}

/// Bytes that a file's values may come to, all together: the kernel starts no process with a larger
/// environment (a quarter of the usual stack limit, execve(2)). `A=$A$A` doubles with every line.
constexpr std::size_t kMostBytes = std::size_t{2} << 20U;
constexpr std::string_view kTooLarge = "its values come to more than 2 MiB, expected less";

template <typename Sink>
void each_line(std::string_view text, const Sink& sink) {
  for (int number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    sink(number, text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

/// Names as the server sees them: the scripts' exports before the environment.
class Variables {
 public:
  explicit Variables(const ConfContext& context) : env_(context.env) {
    set("STARROCKS_HOME", context.home);
    set("DORIS_HOME", context.home);
    set("LOG_DIR", context.home + "/log");
    set("PID_DIR", context.home + "/bin");
    set("UDF_RUNTIME_DIR", context.home + "/lib/udf-runtime");
  }
  void set(std::string_view name, std::string value) {
    bytes_ += name.size() + value.size();
    if (too_large()) value.clear();
    exported_.insert_or_assign(std::string(name), std::move(value));
  }
  [[nodiscard]] bool too_large() const { return bytes_ > kMostBytes; }
  [[nodiscard]] const std::string* find(std::string_view name) const {
    if (const auto it = exported_.find(name); it != exported_.end()) return &it->second;
    const auto it = env_.find(name);
    return it == env_.end() ? nullptr : &it->second;
  }
  [[nodiscard]] EnvMap exported() const { return exported_; }

 private:
  const EnvMap& env_;
  EnvMap exported_{};
  std::size_t bytes_ = 0;
};

/// The value of an UPPERCASE line as the shell's eval would make it, without running anything:
/// quotes go, names are replaced, `$(...)` and backticks stay.
class ShellValue {
 public:
  ShellValue(std::string_view text, const Variables& names) : text_(text), names_(names) {}

  std::string read() {
    while (at_ < text_.size() && !comment_begins() && out_.size() <= kMostBytes)
      step();
    return std::string(trim(out_));
  }

 private:
  [[nodiscard]] bool comment_begins() const {
    return quote_ == 0 && text_[at_] == '#' && (at_ == 0 || is_space(text_[at_ - 1]));
  }

  void step() {
    const char c = text_[at_];
    const bool opens = quote_ == 0 && (c == '"' || c == '\'');
    if (opens || c == quote_) {
      quote_ = opens ? c : '\0';
      ++at_;
    } else if (quote_ != '\'' && c == '$') {
      dollar();
    } else if (quote_ != '\'' && c == '`') {
      keep(text_.find('`', at_ + 1));
    } else {
      out_ += c;
      ++at_;
    }
  }

  void dollar() {
    if (text_.substr(at_, 2) == "$(") return keep(text_.find(')', at_));
    const bool braced = text_.substr(at_, 2) == "${";
    const auto begin = at_ + (braced ? 2 : 1);
    auto end = begin;
    while (end < text_.size() && is_name(text_[end]))
      ++end;
    if (end == begin || (braced && text_.substr(end, 1) != "}")) {
      out_ += text_[at_++];
      return;
    }
    if (const auto* value = names_.find(text_.substr(begin, end - begin))) out_ += *value;
    at_ = braced ? end + 1 : end;
  }

  void keep(std::size_t last) {
    const auto count = last == std::string_view::npos ? text_.size() - at_ : last + 1 - at_;
    out_ += text_.substr(at_, count);
    at_ += count;
  }

  std::string_view text_;
  const Variables& names_;
  std::size_t at_ = 0;
  char quote_ = '\0';
  std::string out_{};
};

void export_upper_case(std::string_view text, Variables& names) {
  each_line(text, [&](int, std::string_view line) {
    line = trim(line);
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) return;
    const auto key = trim(line.substr(0, equals));
    if (exported_key(key)) names.set(key, ShellValue(trim(line.substr(equals + 1)), names).read());
  });
}

/// Collects the server's own view of the file.
class Reader {
 public:
  Reader(const ConfContext& context, const Variables& names) : context_(context), names_(names) {}

  void take(int line, std::string_view key, std::string_view value, bool separator) {
    if (!conf_key(key) || !separator) {
      const std::string why = conf_key(key) ? " has no '='" : " is no key";
      note(out_.garbage, line, "\"" + std::string(key.substr(0, 60)) + "\"" + why);
      if (!conf_key(key) || context_.kind != NodeKind::kFe || value.empty()) return;
    }
    auto expanded = bytes_ > kMostBytes ? std::string{} : expand(line, key, trim(value));
    bytes_ += expanded.size();
    if (context_.kind == NodeKind::kFe && expanded.empty()) {
      out_.values.erase(std::string(key));  // the FE takes its default for an empty value
      return;
    }
    out_.values.insert_or_assign(std::string(key), std::move(expanded));
  }

  void refuse_all(std::string_view what) { note(out_.unresolved, 0, what); }

  ConfFile finish() {
    if (bytes_ > kMostBytes || names_.too_large()) refuse_all(kTooLarge);
    out_.exported = names_.exported();
    return std::move(out_);
  }

 private:
  static void note(std::vector<ConfNote>& list, int line, std::string_view text) {
    list.push_back({line, printable(text)});
  }

  std::string expand(int line, std::string_view key, std::string_view value) {
    std::string out;
    while (!value.empty() && out.size() <= kMostBytes) {
      const auto begin = value.find("${");
      const auto end = begin == std::string_view::npos ? begin : value.find('}', begin);
      if (end == std::string_view::npos) break;
      out += value.substr(0, begin);
      const auto name = value.substr(begin + 2, end - begin - 2);
      out += replacement(line, key, name);
      value.remove_prefix(end + 1);
    }
    out += value;
    warn_about_dollar(line, key, value);
    return out;
  }

  std::string replacement(int line, std::string_view key, std::string_view name) {
    if (const auto* value = names_.find(name)) return *value;
    std::string kept = "${" + std::string(name) + "}";
    note(out_.unresolved, line, std::string(key) + ": no environment variable " + kept);
    return kept;
  }

  /// `$NAME` without braces is a shell's form; the server takes it as it stands.
  void warn_about_dollar(int line, std::string_view key, std::string_view rest) {
    if (exported_key(key)) return;
    const auto at = rest.find('$');
    if (at == std::string_view::npos || at + 1 == rest.size() || !is_name(rest[at + 1])) return;
    note(out_.warnings,
         line,
         std::string(key) + ": \"" + std::string(rest) +
             "\" is taken as it stands; the server replaces only ${NAME}");
  }

  const ConfContext& context_;
  const Variables& names_;
  ConfFile out_{};
  std::size_t bytes_ = 0;
};

void read_lines(std::string_view text, Reader& reader) {
  each_line(text, [&](int number, std::string_view line) {
    line = trim(line);
    if (line.empty() || line.front() == '#') return;
    const auto equals = line.find('=');
    const bool separator = equals != std::string_view::npos;
    reader.take(number,
                trim(line.substr(0, equals)),
                separator ? line.substr(equals + 1) : std::string_view{},
                separator);
  });
}

}  // namespace

const std::string* ConfFile::find(std::string_view key) const {
  const auto it = values.find(key);
  return it == values.end() ? nullptr : &it->second;
}

ConfFile parse_conf(std::string_view text, const ConfContext& context) {
  Variables names(context);
  export_upper_case(text, names);
  Reader reader(context, names);
  if (context.kind != NodeKind::kFe) {
    read_lines(text, reader);
    return reader.finish();
  }
  const auto scanned = scan_properties(text, [&](const PropertyLine& line) {
    reader.take(line.line, line.key, line.value, line.separator);
  });
  if (!scanned) reader.refuse_all(scanned.error().what);
  return reader.finish();
}

std::string_view conf_name(NodeKind kind) {
  constexpr std::array<std::string_view, 3> kNames{"fe.conf", "be.conf", "cn.conf"};
  return kNames.at(static_cast<std::size_t>(kind));
}

}  // namespace sragent
