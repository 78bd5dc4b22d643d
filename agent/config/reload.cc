#include "config/reload.h"

#include "config/keys.h"

namespace sragent {

ReloadPlan plan_reload(const Config& running, const Config& wanted) {
  ReloadPlan out{.changes = {}, .config = running};
  for (const auto& key : config_keys()) {
    const auto value = key.fetch(wanted);
    if (value == key.fetch(running)) continue;
    if (key.spec.reloadable) key.store(out.config, value);
    out.changes.push_back(
        {full_name(key), key.spec.reloadable ? KeyChange::kApplied : KeyChange::kRestartNeeded});
  }
  if (running.probes != wanted.probes) {
    out.config.probes = wanted.probes;
    out.changes.push_back({"probe", KeyChange::kApplied});
  }
  out.config.sql.mounted_login = wanted.sql.mounted_login;
  out.config.sql.password_origin = wanted.sql.password_origin;
  return out;
}

}  // namespace sragent
