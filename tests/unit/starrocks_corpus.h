#pragma once

#include <optional>
#include <string>
#include <vector>

/// Recordings of real FEs for the tests of starrocks/: tests/sim/corpus (statements) and
/// tests/unit/starrocks_corpus (all else), one JSON object a line.
namespace sragent::corpus {

/// A statement that was answered by an error.
struct RecordedError {
  std::string file{};
  std::string sql{};
  int code = 0;
  std::string message{};
};

/// A result set.
struct RecordedTable {
  std::string file{};
  std::string version{};
  std::string sql{};  ///< Lower case.
  std::vector<std::string> columns{};
  std::vector<std::vector<std::optional<std::string>>> rows{};
};

/// ROLE and VERSION as they stood on disk; nullopt: no such file.
struct RecordedMeta {
  std::optional<std::string> role{};
  std::optional<std::string> version{};
  std::string note{};
};

/// Log lines around a start or an end.
struct RecordedLog {
  std::string file{};
  std::string note{};
  std::string text{};
};

/// False where the recorded statements are not there; tests are skipped by name then.
[[nodiscard]] bool present();
[[nodiscard]] std::vector<RecordedError> errors();
[[nodiscard]] std::vector<RecordedTable> tables();
[[nodiscard]] std::vector<RecordedMeta> meta_dirs();
[[nodiscard]] std::vector<RecordedLog> logs();
/// Bodies of GET `path`.
[[nodiscard]] std::vector<std::string> bodies(const std::string& path);

}  // namespace sragent::corpus
