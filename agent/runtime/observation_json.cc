#include "runtime/observation_json.h"

#include <limits>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/start_case_fields.h"
#include "runtime/start_facts.h"

namespace sragent {
namespace start_case {
namespace {

using Json = nlohmann::ordered_json;

/// More than any case that an agent writes: 200 addresses with a list of 64 members each.
constexpr std::size_t kMaxBytes = std::size_t{4} << 20U;
/// Instants and spans are counts of milliseconds; a sum of a few such stays far from overflow.
constexpr std::int64_t kMaxMillis = std::int64_t{1} << 52U;
constexpr const char* kNested = "explain_input";

/// Makes a JSON object of a struct, field by field.
class Writer {
 public:
  template <typename T>
  void operator()(const char* name, const T& value) {
    out_[name] = json_of(value);
  }

  template <typename T>
  static Json json_of(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      return to_string(value);
    } else if constexpr (std::is_same_v<T, Millis>) {
      return value.count();
    } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
      return value;
    } else {
      return object_of(value);
    }
  }
  template <typename T>
  static Json json_of(const std::optional<T>& value) {
    return value ? json_of(*value) : Json(nullptr);
  }
  template <typename T>
  static Json json_of(const std::vector<T>& values) {
    auto out = Json::array();
    for (const auto& value : values)
      out.push_back(json_of(value));
    return out;
  }
  template <typename T>
  static Json json_of(const std::map<std::string, T, std::less<>>& values) {
    auto out = Json::object();
    for (const auto& [key, value] : values)
      out[key] = json_of(value);
    return out;
  }

 private:
  template <typename T>
  static Json object_of(const T& value) {
    Writer writer;
    fields(writer, value);
    return std::move(writer.out_);
  }

  Json out_ = Json::object();
};

/// Fills a struct from a JSON object and keeps the first mistake, with the path of its field.
class Reader {
 public:
  Reader(const Json& json, std::string path, std::string& error)
      : json_(json), path_(std::move(path)), error_(error) {}

  template <typename T>
  void operator()(const char* name, T& value) {
    if (!error_.empty()) return;
    const auto path = path_.empty() ? std::string{name} : path_ + "." + name;
    const auto found = json_.find(name);
    if (found == json_.end()) {
      error_ = path + ": missing";
      return;
    }
    read(*found, path, value);
  }

  template <typename T>
  void read(const Json& json, const std::string& path, T& value) {
    if constexpr (std::is_enum_v<T>) {
      read_word(json, path, value);
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!json.is_boolean()) return fail(path, "expected true or false");
      value = json.get<bool>();
    } else if constexpr (std::is_same_v<T, Millis>) {
      std::int64_t count = 0;
      read_number(json, path, -kMaxMillis, kMaxMillis, count);
      value = Millis{count};
    } else if constexpr (std::is_integral_v<T>) {
      std::int64_t number = 0;
      using Limits = std::numeric_limits<T>;
      read_number(json, path, Limits::min(), Limits::max(), number);
      value = static_cast<T>(number);
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (!json.is_string()) return fail(path, "expected a text");
      value = json.get_ref<const std::string&>();
    } else {
      if (!json.is_object()) return fail(path, "expected an object");
      Reader reader(json, path, error_);
      fields(reader, value);
    }
  }
  template <typename T>
  void read(const Json& json, const std::string& path, std::optional<T>& value) {
    if (!json.is_null()) read(json, path, value.emplace());
  }
  template <typename T>
  void read(const Json& json, const std::string& path, std::vector<T>& values) {
    if (!json.is_array()) return fail(path, "expected a list");
    for (const auto& entry : json) {
      if (!error_.empty()) return;
      read(entry, path + "[" + std::to_string(values.size()) + "]", values.emplace_back());
    }
  }
  template <typename T>
  void read(const Json& json, const std::string& path, std::map<std::string, T, std::less<>>& out) {
    if (!json.is_object()) return fail(path, "expected an object");
    for (const auto& [key, entry] : json.items()) {
      if (!error_.empty()) return;
      read(entry, fmt::format("{}.{}", path, key), out[key]);
    }
  }

 private:
  template <typename Enum>
  void read_word(const Json& json, const std::string& path, Enum& value) {
    if (!json.is_string()) return fail(path, "expected a word");
    const auto& text = json.get_ref<const std::string&>();
    for (const auto candidate : words_of(Enum{})) {
      if (to_string(candidate) != text) continue;
      value = candidate;
      return;
    }
    fail(path, "unknown word");
  }
  void read_word(const Json& json, const std::string& path, Reason& value) {
    if (!json.is_string()) return fail(path, "expected a word");
    const auto reason = reason_from(json.get_ref<const std::string&>());
    if (!reason) return fail(path, "unknown reason");
    value = *reason;
  }

  void read_number(const Json& json,
                   const std::string& path,
                   std::int64_t min,
                   std::int64_t max,
                   std::int64_t& out) {
    const bool fits =
        json.is_number_integer() && (!json.is_number_unsigned() ||
                                     json.get<std::uint64_t>() <= static_cast<std::uint64_t>(max));
    if (!fits || json.get<std::int64_t>() < min || json.get<std::int64_t>() > max) {
      return fail(path,
                  "expected an integer from " + std::to_string(min) + " to " + std::to_string(max));
    }
    out = json.get<std::int64_t>();
  }

  void fail(const std::string& path, const std::string& what) {
    if (error_.empty()) error_ = path + ": " + what;
  }

  const Json& json_;
  std::string path_;
  std::string& error_;
};

tl::unexpected<Error> garbled(const std::string& what) {
  return tl::unexpected(Error{ErrorKind::kGarbled, "observation: " + what});
}

Result<StartCase> read_case(const Json& json) {
  StartCase out;
  std::string error;
  Reader reader(json, {}, error);
  fields(reader, out);
  if (!error.empty()) return garbled(error);
  return out;
}

/// Without a depth limit a megabyte of '[' would be a million nested values.
Json parse_shallow(std::string_view text) {
  constexpr int kMaxDepth = 16;
  const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= kMaxDepth; };
  return Json::parse(text, shallow, false);
}

/// Ages and heartbeats change with every look and say nothing new.
void drop_moving_parts(Json& json) {
  if (json.is_object()) {
    for (const auto* name :
         {"asked_at", "ttl", "up_for", "last_heartbeat", "siblings_absent_since"})
      json.erase(name);
  }
  if (json.is_structured()) {
    for (auto& entry : json)
      drop_moving_parts(entry);
  }
}

/// FNV-1a, 64 bits: a digest to compare lines of one journal by, not a proof.
std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3U;
  }
  return hash;
}

}  // namespace
}  // namespace start_case

std::string to_json(const StartCase& value) {
  using start_case::Json;
  return start_case::Writer::json_of(value).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<StartCase> parse_start_case(std::string_view text) {
  using namespace start_case;
  if (text.size() > kMaxBytes) return garbled("longer than 4 MiB");
  auto json = parse_shallow(text);
  if (!json.is_object()) return garbled("expected a JSON object");
  const auto nested = json.find(kNested);
  if (nested == json.end()) return read_case(json);
  if (nested->is_object()) return read_case(*nested);
  if (!nested->is_string()) return garbled("explain_input: expected an object or a text");
  const auto inner = parse_shallow(nested->get_ref<const std::string&>());
  if (!inner.is_object()) return garbled("explain_input: expected a JSON object");
  return read_case(inner);
}

std::string observation_digest(const StartObservation& seen) {
  using namespace start_case;
  auto json = Writer::json_of(seen);
  drop_moving_parts(json);
  return fmt::format("{:016x}", fnv1a(json.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

}  // namespace sragent
