#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "core/result.h"

namespace sragent::simulate {

/// Files in memory, by full path. What was written is on disk at once: the agent syncs before it
/// goes on, so a crash is before or after a change, never in it. A value.
class Disk {
 public:
  [[nodiscard]] const std::string* find(const std::string& path) const;
  [[nodiscard]] bool is_folder(const std::string& path) const;
  [[nodiscard]] bool exists(const std::string& path) const {
    return find(path) != nullptr || is_folder(path);
  }
  void write(const std::string& path, std::string text);
  void make_folder(const std::string& path);
  /// False: there was none.
  bool remove(const std::string& path);
  /// A file or a folder with all that is in it. False: there was none.
  bool rename(const std::string& from, const std::string& to);
  void clear();
  [[nodiscard]] const std::map<std::string, std::string>& files() const { return files_; }
  /// The same number: the same files, on whichever disk.
  [[nodiscard]] std::uint64_t state() const { return state_; }

 private:
  void changed();
  std::uint64_t state_ = 0;
  std::map<std::string, std::string> files_{};
  std::set<std::string> folders_{};
};

}  // namespace sragent::simulate
