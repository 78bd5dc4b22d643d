#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Which files of a mounted ConfigMap become links in the server's `conf/` folder, and how. Pure.
/// The links are those of the stock entrypoints: `conf/NAME` -> `MOUNT/NAME` for each name that
/// does not begin with a dot, and what was there before is kept once, as `NAME.bak`.
namespace sragent {

/// What stands at `conf/NAME`; links are not followed.
enum class ConfThere : std::uint8_t { kNothing, kLink, kFile, kFolder };

struct ConfPlace {
  std::string name{};
  ConfThere there = ConfThere::kNothing;
  std::string points_to{};  ///< Of a link: its text.
  bool backup = false;      ///< `NAME.bak` exists.
  bool mounted = false;     ///< Itself a mount, as a subPath file is.
};

enum class LinkStep : std::uint8_t {
  kNothing,        ///< Right already.
  kLeave,          ///< A mount cannot be renamed; it is the user's word and is not updated live.
  kLink,           ///< Make the link, over a former link or file if there is one.
  kBackUpAndLink,  ///< Keep what is there as `NAME.bak` first.
  kBlocked,        ///< A folder whose backup exists: no link can take its place.
};

/// Names that are linked, in their order: none with a leading dot, as `ls` leaves them out.
[[nodiscard]] std::vector<std::string> linked_names(const std::vector<std::string>& entries);

/// "MOUNT/NAME", the text of the link.
[[nodiscard]] std::string link_text(std::string_view mount, std::string_view name);

/// The first backup is never overwritten: it is the image's own file, later ones would be links.
[[nodiscard]] LinkStep plan_link(const ConfPlace& place, std::string_view mount);

}  // namespace sragent
