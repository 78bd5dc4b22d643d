#pragma once

#include <string>
#include <variant>

#include "starrocks/conf_file.h"

namespace sragent {

/// The conf file of the node at `<home>/conf/<name>`, read from disk: at most 1 MiB.
/// kNotFound: no such file (the start script cannot run either); kIo: cannot be read; kGarbled: too
/// large.
[[nodiscard]] Result<ConfFile> load_conf(const ConfContext& context);

/// What the server makes of it. Errors as load_conf; kBadConfig: as read_fe_conf.
[[nodiscard]] Result<FeConf> load_fe_conf(const ConfContext& context);
[[nodiscard]] Result<BeConf> load_be_conf(const ConfContext& context);

/// "<home>/conf/fe.conf" and so on.
[[nodiscard]] std::string conf_path(const ConfContext& context);

}  // namespace sragent
