#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sragent {

// Enumerators stand in the order of those of core/probe.h and of the choices in probe_keys.cc.
enum class ProbeKindSetting : std::uint8_t { kSql, kHttp, kExec, kTcp, kFile, kMetric };
enum class ProbeCountsSetting : std::uint8_t { kReport, kReady, kStartup, kLive };
enum class CompareSetting : std::uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kMore,
  kMoreOrEqual,
  kContains
};

/// One `[[probe]]` of the configuration file; which members count depends on the kind.
struct ProbeConfig {
  std::string name{};
  ProbeKindSetting kind{};
  ProbeCountsSetting counts_for{};
  std::chrono::milliseconds period{10'000};
  std::chrono::milliseconds deadline{1'000};
  std::uint32_t success_threshold{1};
  std::uint32_t failure_threshold{3};
  bool initial_ok{false};
  std::string query{};                  ///< sql.
  std::string address{};                ///< sql, tcp: host:port.
  std::string url{};                    ///< http, metric.
  std::uint32_t status{200};            ///< http.
  std::string body{};                   ///< http, file: a text that must be in it.
  std::string tls_ca{};                 ///< http, metric.
  bool tls_verify{true};                ///< http, metric.
  std::vector<std::string> command{};   ///< exec.
  std::string path{};                   ///< file.
  bool present{true};                   ///< file.
  std::chrono::seconds max_age{0};      ///< file; 0: any.
  std::string metric{};                 ///< metric.
  CompareSetting compare{};             ///< sql, metric.
  std::optional<std::string> value{};   ///< sql, metric.
  std::optional<std::uint32_t> rows{};  ///< sql.

  friend bool operator==(const ProbeConfig&, const ProbeConfig&) = default;
};

}  // namespace sragent
