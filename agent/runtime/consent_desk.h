#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/consent.h"
#include "core/result.h"

namespace sragent {

/// The challenge by which a person orders what nobody else may: random letters that stand for what
/// this process sees now. Who types them back has read what they permit. They die with the process,
/// with their use, and when something else is seen. Main thread.
class ConsentDesk {
 public:
  struct Offer {
    std::string challenge{};  ///< 8 letters.
    ConsentMatter matter{};
  };

  /// After each decision: what a person could permit now; nullopt: nothing. True if a new challenge
  /// was drawn. One that was drawn before stays while what it stands for stays, also over decisions
  /// that offer nothing.
  bool see(const std::optional<ConsentMatter>& matter);

  /// What stands to be answered now; nullptr: nothing.
  [[nodiscard]] const Offer* offer() const { return open_ && drawn_ ? &*drawn_ : nullptr; }

  /// The matter that the answer permits. kRejected says why it does not fit; nothing changes then.
  [[nodiscard]] Result<ConsentMatter> check(std::string_view answer) const;
  /// The answer was taken: these letters are worth nothing from now on.
  void use();

 private:
  std::optional<Offer> drawn_{};
  bool open_ = false;
};

/// What a consent to `matter` permits, for people: "to found or join although cluster 7 is ...".
[[nodiscard]] std::string permits(const ConsentMatter& matter);

/// The command that gives it.
[[nodiscard]] std::string consent_command(std::string_view challenge);

}  // namespace sragent
