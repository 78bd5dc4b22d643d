#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/fe_good.h"
#include "runtime/fe_look.h"

/// What an FE that leaves for good asks and says. Worker threads; each blocks up to its deadlines.
namespace sragent {

/// Asks the agent of each of `hosts` whether its FE leaves as well. To be asked after the own claim
/// was published (S39).
[[nodiscard]] std::vector<ClaimAnswer> ask_claims(const LookContext& context,
                                                  const std::vector<std::string>& hosts);

/// The own row as the leader shows it.
struct FeRowTold {
  std::string why{};       ///< Why nothing is known; the rest counts only while this is empty.
  bool own_leads = false;  ///< ... as the others say that this FE leads.
  bool gone = false;
  std::optional<FeList> list{};      ///< The leader's, as it was before a statement.
  std::optional<LeaveRefusal> no{};  ///< Speaks against a DROP as things are.
  std::string unsent{};              ///< Why a DROP that was to be sent was not.
  std::string statement{};           ///< DROP that was sent; empty: none.
  std::string leader{};
  bool answered = false;  ///< The leader answered it, be it with an error.
  std::string said{};     ///< That error.
};

/// True while a DROP may be sent; whoever asked for it may change its mind meanwhile. Any thread.
using DropAllowed = std::shared_ptr<std::atomic<bool>>;
[[nodiscard]] inline DropAllowed allow_drop() {
  return std::make_shared<std::atomic<bool>>(true);
}

/// A DROP, and what was seen of the others' heartbeats until now: the leader's list right before
/// the DROP is read in its light.
struct DropOrder {
  DropAllowed allowed{};  ///< Empty: there is no DROP to send.
  CloseReadings readings{};
};

/// Looks for the leader of `cluster_id` at `hosts` and, where `drop` still holds then, has it drop
/// the own row if nothing speaks against it; and reads again.
[[nodiscard]] FeRowTold work_on_fe_row(const LookContext& context,
                                       const std::vector<std::string>& hosts,
                                       const ClusterId& cluster_id,
                                       const DropOrder& drop);

/// The longest that work_on_fe_row() may take.
[[nodiscard]] Millis fe_row_limit(const LookContext& context);

}  // namespace sragent
