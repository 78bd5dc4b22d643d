#include "starrocks/memory_conf.h"

#include <array>
#include <vector>

#include "core/printable.h"
#include "core/text.h"

namespace sragent {
namespace {

constexpr unsigned kKiloBits = 10;

/// Bits by which a size with this suffix is shifted; nullopt: it is none.
std::optional<unsigned> unit_bits(char suffix) {
  switch (suffix) {
    case 'k':
    case 'K':
      return kKiloBits;
    case 'm':
    case 'M':
      return 2 * kKiloBits;
    case 'g':
    case 'G':
      return 3 * kKiloBits;
    case 't':
    case 'T':
      return 4 * kKiloBits;
    default:
      return std::nullopt;
  }
}

/// The server's readers of numbers take blanks around them.
std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

/// A size of more than zero that a signed 64-bit number holds.
std::optional<std::uint64_t> bytes_of(double value) {
  constexpr double kTwoTo63 = 9.2e18;
  if (!(value >= 1) || value >= kTwoTo63) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

/// mem_limit as parse_mem_spec reads it: a unit takes a fraction, percent and bytes do not.
std::optional<MemoryWish> memory_spec(std::string_view text) {
  if (text.empty()) return std::nullopt;
  MemoryWish out;
  const char last = text.back();
  const auto number = without_blanks(text.substr(0, text.size() - 1));
  if (last == '%') {
    const auto percent = whole_number<std::int64_t>(number);
    if (!percent || *percent < 1) return std::nullopt;
    out.percent = static_cast<double>(*percent);
    return out;
  }
  if (const auto bits = unit_bits(last)) {
    const auto value = whole_number<double>(number);
    if (value) out.bytes = bytes_of(*value * static_cast<double>(std::uint64_t{1} << *bits));
  } else {
    const auto value = whole_number<std::int64_t>(last == 'b' || last == 'B' ? number : text);
    if (value && *value > 0) out.bytes = static_cast<std::uint64_t>(*value);
  }
  if (!out.bytes) return std::nullopt;
  return out;
}

/// A size as a JVM reads it: whole, with k, m, g or t.
std::optional<std::uint64_t> jvm_size(std::string_view text) {
  const auto bits = text.empty() ? std::nullopt : unit_bits(text.back());
  const auto value = whole_number<std::uint64_t>(bits ? text.substr(0, text.size() - 1) : text);
  if (!value || *value == 0) return std::nullopt;
  if (bits && *value > (kUnlimited >> *bits)) return std::nullopt;
  return *value << bits.value_or(0);
}

std::optional<std::string_view> behind(std::string_view word, std::string_view option) {
  if (word.substr(0, option.size()) != option) return std::nullopt;
  return word.substr(option.size());
}

/// Of the options of one JVM.
Result<MemoryWish> heap_of(std::string_view options) {
  std::optional<std::string_view> size;
  std::optional<std::string_view> percent;
  std::string_view size_said;
  std::string_view percent_said;
  for (const auto word : words_in(options)) {
    for (const std::string_view option : {"-Xmx", "-XX:MaxHeapSize="}) {
      if (const auto value = behind(word, option)) {
        size = value;
        size_said = word;
      }
    }
    if (const auto value = behind(word, "-XX:MaxRAMPercentage=")) {
      percent = value;
      percent_said = word;
    }
  }
  MemoryWish out;
  out.said = printable((size ? size_said : percent_said).substr(0, 80));
  if (size) out.bytes = jvm_size(*size);
  if (!size && percent) out.percent = whole_number<double>(*percent);
  if (out.percent && !(*out.percent > 0 && *out.percent <= 100)) out.percent.reset();
  if (!size && !percent)
    return tl::unexpected(Error{ErrorKind::kNotFound, "no option says how large the heap may be"});
  if (out.bytes || out.percent) return out;
  return tl::unexpected(Error{ErrorKind::kGarbled, out.said + ": expected a size"});
}

const std::string* setting(const ConfFile& file, const EnvMap& env, std::string_view name) {
  if (const auto it = file.exported.find(name); it != file.exported.end()) return &it->second;
  const auto it = env.find(name);
  return it == env.end() ? nullptr : &it->second;
}

bool same(const MemoryWish& a, const MemoryWish& b) {
  return a.bytes == b.bytes && a.percent == b.percent;
}

template <typename T>
void take(const ConfFile& file, std::string_view key, T& out) {
  const auto* text = file.find(key);
  if (text == nullptr) return;
  if (const auto value = whole_number<T>(*text)) out = *value;
}

}  // namespace

Result<MemoryWish> worker_memory(const ConfFile& file) {
  const auto* said = file.find("mem_limit");
  const std::string text = said == nullptr ? "90%" : *said;
  auto out = memory_spec(text);
  if (!out) {
    return tl::unexpected(Error{ErrorKind::kBadConfig,
                                "mem_limit: expected a part of the memory (80%) or a size (100G), "
                                "got \"" +
                                    printable(text.substr(0, 80)) + "\""});
  }
  out->said =
      "mem_limit = " + printable(text.substr(0, 80)) + (said == nullptr ? " (the default)" : "");
  return *std::move(out);
}

/// Which of the names counts depends on the versions of StarRocks and of the JDK; it is known only
/// where that makes no difference.
Result<MemoryWish> fe_heap(const ConfFile& file, const EnvMap& env) {
  constexpr std::array<std::string_view, 3> kNames{
      "JAVA_OPTS", "JAVA_OPTS_FOR_JDK_9", "JAVA_OPTS_FOR_JDK_11"};
  std::optional<MemoryWish> out;
  for (const auto name : kNames) {
    const auto* options = setting(file, env, name);
    if (options == nullptr || options->empty()) continue;
    auto heap = heap_of(*options);
    if (!heap) {
      heap.error().what = std::string{name} + ": " + heap.error().what;
      return heap;
    }
    if (out && !same(*out, *heap)) {
      return tl::unexpected(Error{ErrorKind::kGarbled,
                                  "fe.conf has options for several JDKs, and their heaps differ: " +
                                      out->said + ", " + heap->said});
    }
    out = *std::move(heap);
  }
  if (out) return *std::move(out);
  return tl::unexpected(Error{ErrorKind::kNotFound,
                              "neither fe.conf nor the environment has JAVA_OPTS, and the start "
                              "script's own depend on the version"});
}

std::optional<double> fe_auto_heap(const ConfFile& file, const EnvMap& env) {
  constexpr double kScriptPercent = 70;
  const auto* wanted = setting(file, env, "FE_ENABLE_AUTO_JVM_XMX_DETECT");
  if (wanted == nullptr || *wanted != "true") return std::nullopt;
  const auto* percent = setting(file, env, "FE_JVM_XMX_PERCENTAGE");
  if (percent == nullptr || percent->empty()) return kScriptPercent;
  const auto value = whole_number<std::int64_t>(*percent);
  return value && *value > 0 ? std::optional{static_cast<double>(*value)} : std::nullopt;
}

HostWants host_wants(const ConfFile& file) {
  HostWants out;
  take(file, "bdbje_reserved_disk_size", out.meta_reserve);
  take(file, "max_bdbje_clock_delta_ms", out.clock_ms);
  take(file, "min_file_descriptor_number", out.open_files);
  take(file, "storage_flood_stage_usage_percent", out.flood_percent);
  take(file, "storage_flood_stage_left_capacity_bytes", out.flood_bytes);
  if (out.clock_ms <= 0) out.clock_ms = HostWants{}.clock_ms;
  const bool percent = out.flood_percent > 0 && out.flood_percent <= 100;
  if (!percent) out.flood_percent = HostWants{}.flood_percent;
  return out;
}

}  // namespace sragent
