#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "runtime/login_limit.h"

namespace sragent {

/// Something that the user may not do, and how to change that.
struct FeatureOff {
  std::string feature{};  ///< "add the own row"
  std::string needs{};    ///< "NODE on SYSTEM"
  std::string fix{};      ///< Statements for an admin.
  friend bool operator==(const FeatureOff&, const FeatureOff&) = default;
};

/// User and passwords for SQL, and what the FEs said to them. The files are read for each login, so
/// a changed Secret needs no restart and no signal (S58, S59); a file that vanished keeps the last
/// password and says so once. Any thread.
class Credentials {
 public:
  explicit Credentials(SqlConfig config);

  /// What to log in with, the likeliest first, each once: the password that worked last; the one
  /// that is configured; the next one; the one that worked before. So a password may be changed in
  /// the FE first or in the file first. Settings that changed begin anew. Empty if the file cannot
  /// be read and nothing else is known: an empty password is never a guess for one that is meant.
  /// But for root's of a new cluster, whose first one a Job sets (S61): MYSQL_PWD has it before
  /// root does, so while it was refused and none was ever accepted, an empty one comes last.
  struct Login {
    std::string user{};
    std::vector<std::string> passwords{};
    std::vector<std::string> from{};  ///< Where each was said, for people; never the value.
    std::string unreadable{};         ///< Why sql.password_file could not be read now.
  };
  [[nodiscard]] Login login(const SqlConfig& config);
  void accepted(const std::string& password);
  void refused(const std::string& password);

  /// Refused logins and handshakes, by FE.
  [[nodiscard]] LoginLimit& limit() { return limit_; }

  /// A statement of `feature` was refused or went through; a change is logged.
  void denied(FeatureOff what);
  void allowed(std::string_view feature);
  [[nodiscard]] std::vector<FeatureOff> features_off() const;

  /// Whether the last connection was under TLS; a change is logged, since `preferred` takes both.
  void connected(const std::string& fe, bool encrypted);

 private:
  /// What a file holds; the last that it held if it cannot be read. `needed`: say so.
  [[nodiscard]] std::optional<std::string> read(const std::string& path, bool needed);
  /// A password and where it is said.
  struct Said {
    std::optional<std::string> password{};
    std::string from{};
  };
  /// The password that is configured; none: only its file has it, and that cannot be read.
  [[nodiscard]] Said configured();
  [[nodiscard]] std::string from_settings() const;
  [[nodiscard]] bool before_first_password() const;

  mutable std::mutex mutex_{};
  SqlConfig config_{};  ///< User, password and files that the rest belongs to.
  std::map<std::string, std::string> last_read_{};  ///< By path.
  bool unreadable_said_ = false;
  std::string unreadable_{};             ///< Of the last read of sql.password_file.
  bool refused_ = false;                 ///< The configured one was.
  bool accepted_ = false;                ///< Any was, since this process began.
  std::optional<std::string> good_{};    ///< Worked last, and was not refused since.
  std::optional<std::string> before_{};  ///< Worked before that.
  std::map<std::string, FeatureOff, std::less<>> off_{};
  std::optional<bool> encrypted_{};
  LoginLimit limit_{};
};

}  // namespace sragent
