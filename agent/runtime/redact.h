#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sragent {

/// What stands in place of a secret.
inline constexpr std::string_view kRedacted = "[redacted]";

/// The name of a setting, a member or a variable whose value is nobody's business: it has
/// "password", "pwd", "secret", "token", "credential" or the like in it. Where a file is
/// ("sql.password_file") is no secret. Pure.
[[nodiscard]] bool is_secret_name(std::string_view name);

/// RFC 4648 section 4. Pure.
[[nodiscard]] std::string base64(std::string_view bytes);

/// Takes secrets out of texts that leave the node. Values that are known are taken out wherever
/// they stand, also as JSON, a URL or base64 write them; others by what stands before them: a
/// secret name with '=' or ':' or as a flag, IDENTIFIED BY, PASSWORD(...), Bearer, Basic, "-u
/// user:",
/// "://user:". Rather a word too many than one too few. Immutable once filled; any thread.
class Redactor {
 public:
  /// Shorter values than three characters are taken out by their names alone.
  void add(std::string_view secret);
  /// Values of secret names in lines "name = value" become known.
  void learn(std::string_view lines);
  [[nodiscard]] std::string clean(std::string_view text) const;

 private:
  std::vector<std::string> known_{};  ///< Longest first.
};

}  // namespace sragent
