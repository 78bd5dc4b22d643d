#pragma once

#include <cstdint>
#include <string>

#include "runtime/fe_look.h"

namespace sragent {

/// What became of the first password of root (S61).
struct FirstPassword {
  enum class What : std::uint8_t {
    kSet,      ///< Set by us, and a new login proved it.
    kNotOurs,  ///< Another FE leads: its agent's to set.
    kNoRoom,   ///< root has neither no password nor the one of the file: a person knows.
    kNotDone,  ///< Something failed; it is tried again.
  };
  What what = What::kNotDone;
  std::string detail{};  ///< For kSet: who was logged in before, by SHOW PROCESSLIST.
};

/// With sql.first_password = set_once, after the own server refused the configured password: logs
/// in without one, and if this FE leads, gives root the password of sql.password_file. Until then
/// anybody may log in, so who did is told. Worker thread; blocks up to its deadlines.
[[nodiscard]] FirstPassword set_first_password(const LookContext& context);

}  // namespace sragent
