#pragma once

#include <string>

#include "profile.h"

namespace srsim {

/// Texts of the stock-named scripts of one version. They are this project's own; only names,
/// options, files, texts and exit statuses are StarRocks'.
std::string common_script();
std::string start_fe_script(const Profile& profile);
std::string stop_fe_script(const Profile& profile);
std::string start_backend_script();
std::string start_be_script();
std::string start_cn_script();
/// `who`: be or cn.
std::string stop_be_script(const Profile& profile, const std::string& who);

}  // namespace srsim
