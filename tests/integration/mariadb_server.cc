#include "mariadb_server.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <mysql.h>
#include <pwd.h>

#include "io/files.h"
#include "io/process.h"

namespace mariadblab {
namespace {

namespace fs = std::filesystem;
using sragent::test::closed_port;
using sragent::test::eventually;

constexpr const char* kServer = "/usr/sbin/mariadbd";
constexpr const char* kInstall = "/usr/bin/mariadb-install-db";

std::string new_folder() {
  const bool in_memory = ::access("/dev/shm", W_OK) == 0;
  std::string path = std::string(in_memory ? "/dev/shm" : "/tmp") + "/mariadb-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("no folder for mariadbd");
  return path;
}

/// mariadbd refuses to run as root unless it is told so.
std::string own_user() {
  const passwd* entry = ::getpwuid(::geteuid());
  return entry == nullptr ? "root" : entry->pw_name;
}

/// Without InnoDB: nothing here needs it, and it writes 100 MB at the first start. A mariadbd that
/// starts removes the temporary tables of all others in its tmpdir, so each has its own.
std::vector<std::string> common_options(const std::string& dir) {
  return {"--no-defaults",
          "--datadir=" + dir + "/data",
          "--tmpdir=" + dir,
          "--user=" + own_user(),
          "--skip-innodb",
          "--default-storage-engine=Aria"};
}

int spawn_or_throw(const std::vector<std::string>& argv) {
  const auto child = sragent::spawn({.argv = argv});
  if (!child) throw std::runtime_error(child.error().what);
  return child->pid;
}

}  // namespace

bool installed() {
  return ::access(kServer, X_OK) == 0 && ::access(kInstall, X_OK) == 0;
}

Server::Server(bool tls, std::vector<std::string> options)
    : dir_(new_folder()), port_(closed_port()) {
  std::vector<std::string> install{
      "/bin/sh", "-c", R"(exec "$0" "$@" >)" + dir_ + "/install.log 2>&1", kInstall};
  for (auto& option : common_options(dir_))
    install.push_back(std::move(option));
  install.emplace_back("--auth-root-authentication-method=normal");
  install.emplace_back("--skip-test-db");
  int status = 0;
  ::waitpid(spawn_or_throw(install), &status, 0);
  if (status != 0) {
    const auto text = sragent::read_file(dir_ + "/install.log", 1U << 16U).value_or("no log");
    std::error_code ignored;
    fs::remove_all(dir_, ignored);
    throw std::runtime_error("mariadb-install-db failed: " + text);
  }
  start(tls, std::move(options));
}

Server::~Server() {
  if (pid_ != 0) {
    (void)sragent::kill_group(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  fs::remove_all(dir_, ignored);
}

void Server::start(bool tls, std::vector<std::string> options) {
  // Should the test itself be ended, the server ends soon after.
  std::vector<std::string> argv{"/usr/bin/timeout", "-k", "1", "230", kServer};
  for (auto& option : common_options(dir_))
    argv.push_back(std::move(option));
  argv.insert(argv.end(),
              {"--bind-address=127.0.0.1",
               "--port=" + std::to_string(port_),
               "--socket=" + dir_ + "/sock",
               "--pid-file=" + dir_ + "/pid",
               "--log-error=" + dir_ + "/log",
               "--general-log=1",
               "--general-log-file=" + dir_ + "/general",
               "--skip-log-bin",
               "--skip-name-resolve"});
  if (tls) {
    write(testcerts::Authority("first").issue("first.invalid"));
    argv.push_back("--ssl-cert=" + dir_ + "/cert.pem");
    argv.push_back("--ssl-key=" + dir_ + "/key.pem");
  } else {
    argv.emplace_back("--skip-ssl");
  }
  argv.insert(argv.end(), options.begin(), options.end());
  pid_ = spawn_or_throw(argv);
  constexpr std::chrono::seconds kPatience{120};  // many servers start at once
  if (!eventually([&] { return !root("SELECT 1").empty(); }, kPatience))
    throw std::runtime_error("mariadbd does not come up: " + log());
}

void Server::write(const testcerts::Pair& pair) const {
  std::ofstream(dir_ + "/cert.pem", std::ios::trunc) << pair.certificate;
  std::ofstream(dir_ + "/key.pem", std::ios::trunc) << pair.key;
}

bool Server::use(const testcerts::Pair& pair) {
  write(pair);
  return root("FLUSH SSL").empty();
}

std::vector<std::string> Server::root(const std::string& statement) const {
  std::vector<std::string> out;
  MYSQL* mysql = ::mysql_init(nullptr);
  const std::string socket = dir_ + "/sock";
  const bool open =
      ::mysql_real_connect(mysql, nullptr, "root", "", nullptr, 0, socket.c_str(), 0) != nullptr;
  if (open && ::mysql_query(mysql, statement.c_str()) == 0) {
    if (MYSQL_RES* result = ::mysql_store_result(mysql)) {
      while (MYSQL_ROW row = ::mysql_fetch_row(result)) {
        std::string line;
        for (unsigned i = 0; i < ::mysql_num_fields(result); ++i)
          line += (i == 0 ? "" : " ") + std::string(row[i] == nullptr ? "NULL" : row[i]);
        out.push_back(line);
      }
      ::mysql_free_result(result);
    }
  } else if (open) {
    out.push_back(std::string("error: ") + ::mysql_error(mysql));
  }
  ::mysql_close(mysql);
  return out;
}

long Server::status(const std::string& name) const {
  const auto rows = root("SHOW GLOBAL STATUS LIKE '" + name + "'");
  if (rows.empty()) return -1;
  return std::stol(rows.front().substr(rows.front().find(' ') + 1));
}

std::string Server::log() const {
  std::ostringstream text;
  for (const char* name : {"/log", "/general"}) {
    const std::ifstream file(dir_ + name);
    if (file) text << file.rdbuf();
  }
  return text.str();
}

}  // namespace mariadblab
