#include "scripts_install.h"

#include <filesystem>
#include <iostream>
#include <string_view>

#include "meta_dir.h"
#include "profile.h"
#include "scripts_text.h"

namespace srsim {
namespace {

namespace fs = std::filesystem;

struct Request {
  std::string root{};
  std::string version{"3.5.7"};
  std::string roles{"fe,be,cn"};
  bool copy = false;
};

bool parse(const std::vector<std::string>& args, Request& request) {
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (args[i] == "--copy") {
      request.copy = true;
      continue;
    }
    if (i + 1 >= args.size()) return false;
    if (args[i] == "--root") {
      request.root = args[++i];
    } else if (args[i] == "--version") {
      request.version = args[++i];
    } else if (args[i] == "--roles") {
      request.roles = args[++i];
    } else {
      return false;
    }
  }
  return !request.root.empty();
}

void put_script(const fs::path& path, const std::string& text) {
  write_file(path, text);
  fs::permissions(path, static_cast<fs::perms>(0755));
}

void put_conf(const fs::path& path, std::string_view text) {
  if (!fs::exists(path)) write_file(path, text);
}

void put_binary(const fs::path& path, bool copy) {
  const fs::path self = fs::read_symlink("/proc/self/exe");
  fs::remove(path);
  if (copy) {
    fs::copy_file(self, path);
  } else {
    fs::create_symlink(self, path);
  }
}

void make_dirs(const fs::path& home) {
  for (const char* dir : {"bin", "conf", "lib", "log"})
    fs::create_directories(home / dir);
}

void install_fe(const fs::path& home, const Profile& profile, bool copy) {
  make_dirs(home);
  fs::create_directories(home / "meta");
  put_script(home / "bin/common.sh", common_script());
  put_script(home / "bin/start_fe.sh", start_fe_script(profile));
  put_script(home / "bin/stop_fe.sh", stop_fe_script(profile));
  put_conf(home / "conf/fe.conf",
           "LOG_DIR = ${STARROCKS_HOME}/log\nmeta_dir = ${STARROCKS_HOME}/meta\nhttp_port = "
           "8030\nrpc_port = 9020\n"
           "query_port = 9030\nedit_log_port = 9010\nmysql_service_nio_enabled = "
           "true\nsys_log_level = INFO\n");
  put_binary(home / "lib/java", copy);
  write_file(home / "lib/sim.version", profile.name + "\n");
}

void install_be(const fs::path& home, const Profile& profile, bool copy) {
  make_dirs(home);
  fs::create_directories(home / "storage");
  put_script(home / "bin/common.sh", common_script());
  put_script(home / "bin/start_backend.sh", start_backend_script());
  put_script(home / "bin/start_be.sh", start_be_script());
  put_script(home / "bin/start_cn.sh", start_cn_script());
  put_script(home / "bin/stop_be.sh", stop_be_script(profile, "be"));
  put_script(home / "bin/stop_cn.sh", stop_be_script(profile, "cn"));
  put_conf(home / "conf/be.conf",
           "be_port = 9060\nbe_http_port = 8040\nheartbeat_service_port = 9050\nbrpc_port = "
           "8060\nstarlet_port = 9070\n");
  put_conf(home / "conf/cn.conf",
           "be_port = 9060\nbe_http_port = 8040\nheartbeat_service_port = 9050\nbrpc_port = "
           "8060\nstarlet_port = 9070\n");
  put_binary(home / "lib/starrocks_be", copy);
  write_file(home / "lib/sim.version", profile.name + "\n");
}

}  // namespace

bool install(const std::vector<std::string>& args) {
  Request request;
  if (!parse(args, request)) return false;
  const auto profile = parse_profile(request.version);
  if (!profile) {
    std::cerr << "sr-sim: unknown version " << request.version << "\n";
    return false;
  }
  const fs::path root = fs::absolute(request.root);
  try {
    fs::create_directories(root);
    const std::string roles = "," + request.roles + ",";
    if (roles.find(",fe,") != std::string::npos) install_fe(root / "fe", *profile, request.copy);
    const bool cn = roles.find(",cn,") != std::string::npos;
    if (cn || roles.find(",be,") != std::string::npos)
      install_be(root / "be", *profile, request.copy);
    if (cn && !fs::exists(fs::symlink_status(root / "cn")))
      fs::create_directory_symlink("be", root / "cn");
  } catch (const fs::filesystem_error& failed) {
    std::cerr << "sr-sim: " << failed.what() << "\n";
    return false;
  }
  return true;
}

}  // namespace srsim
