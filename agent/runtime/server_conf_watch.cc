#include "runtime/server_conf_watch.h"

#include <vector>

#include "core/words.h"
#include "runtime/log.h"
#include "starrocks/conf_files.h"

namespace sragent {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

/// Keys that only one of them has or that have another value there, in the order of the alphabet.
std::vector<std::string> changed_keys(const Values& before, const Values& after) {
  std::vector<std::string> out;
  Values all = before;
  all.insert(after.begin(), after.end());
  for (const auto& [key, value] : all) {
    const auto old_one = before.find(key);
    const auto new_one = after.find(key);
    const bool same =
        old_one != before.end() && new_one != after.end() && old_one->second == new_one->second;
    if (!same) out.push_back(key);
  }
  return out;
}

}  // namespace

ServerConfWatch::ServerConfWatch(ConfContext context)
    : context_(std::move(context)),
      file_(conf_path(context_)),
      read_(load_conf(context_).value_or(ConfFile{})) {}

void ServerConfWatch::turn(Instant now) {
  if (!file_.changed(now)) return;
  const auto file = load_conf(context_);
  if (!file) {
    log_warn("server_conf_unreadable", {{"error", file.error().what}});
    return;
  }
  const auto keys = changed_keys(read_.values, file->values);
  for (const auto& key : keys)
    log_warn("server_conf_changed", {{"key", key}, {"effect", "restart needed"}});
  warning_ = keys.empty() ? std::string{}
                          : conf_path(context_) +
                                ": changed since the start, restart needed: " + joined(keys);
}

}  // namespace sragent
