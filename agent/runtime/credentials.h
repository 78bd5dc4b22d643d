#pragma once

#include <mutex>
#include <string>

#include "config/config.h"

namespace sragent {

/// User and password for SQL. The password file is read when it is first needed and again after a
/// refusal (S58); a file that vanished keeps the last password and says so once. Any thread.
class Credentials {
 public:
  explicit Credentials(const SqlConfig& config);

  [[nodiscard]] const std::string& user() const { return user_; }
  [[nodiscard]] std::string password();
  /// A login was refused: the next password() reads the file again.
  void refused();

 private:
  const std::string user_;
  const std::string file_;
  std::mutex mutex_{};
  std::string password_{};
  bool read_file_ = false;
};

}  // namespace sragent
