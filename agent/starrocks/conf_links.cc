#include "starrocks/conf_links.h"

namespace sragent {

std::vector<std::string> linked_names(const std::vector<std::string>& entries) {
  std::vector<std::string> out;
  for (const auto& entry : entries)
    if (!entry.empty() && entry.front() != '.') out.push_back(entry);
  return out;
}

std::string link_text(std::string_view mount, std::string_view name) {
  while (!mount.empty() && mount.back() == '/')
    mount.remove_suffix(1);
  std::string out{mount};
  out += '/';
  out += name;
  return out;
}

LinkStep plan_link(const ConfPlace& place, std::string_view mount) {
  if (place.mounted) return LinkStep::kLeave;
  if (place.there == ConfThere::kNothing) return LinkStep::kLink;
  const bool right =
      place.there == ConfThere::kLink && place.points_to == link_text(mount, place.name);
  if (right) return LinkStep::kNothing;
  if (!place.backup) return LinkStep::kBackUpAndLink;
  return place.there == ConfThere::kFolder ? LinkStep::kBlocked : LinkStep::kLink;
}

}  // namespace sragent
