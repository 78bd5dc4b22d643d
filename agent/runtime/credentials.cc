#include "runtime/credentials.h"

#include <algorithm>
#include <utility>

#include "runtime/log.h"
#include "runtime/password_file.h"

namespace sragent {
namespace {

constexpr const char* kRoot = "root";
constexpr const char* kChartsVariable = "env MYSQL_PWD";
constexpr const char* kWorkedLast = "the one that worked last";

bool same_login(const SqlConfig& a, const SqlConfig& b) {
  return a.user == b.user && a.password == b.password && a.password_file == b.password_file &&
         a.next_password_file == b.next_password_file;
}

}  // namespace

Credentials::Credentials(SqlConfig config) : config_(std::move(config)) {}

std::optional<std::string> Credentials::read(const std::string& path, bool needed) {
  auto text = read_password_file(path);
  if (!text) {
    if (needed) unreadable_ = text.error().what;
    if (needed && !std::exchange(unreadable_said_, true))
      log_warn("password_file_unreadable", {{"path", path}, {"error", text.error().what}});
    const auto last = last_read_.find(path);
    if (last == last_read_.end()) return std::nullopt;
    return last->second;
  }
  if (needed) unreadable_said_ = false;
  last_read_[path] = *text;
  return *std::move(text);
}

std::string Credentials::from_settings() const {
  if (config_.password.empty()) return "an empty one, since none is configured";
  return "sql.password, " + config_.password_origin;
}

Credentials::Said Credentials::configured() {
  unreadable_.clear();
  if (config_.password_file.empty()) return {config_.password, from_settings()};
  auto text = read(config_.password_file, true);
  if (!text && !config_.password.empty()) return {config_.password, from_settings()};
  return {std::move(text), "sql.password_file " + config_.password_file};
}

/// Who mounts a Secret for root or sets the chart's variable has no password yet in a new cluster.
bool Credentials::before_first_password() const {
  const bool charts = config_.password_file.empty() && config_.password_origin == kChartsVariable;
  return refused_ && !accepted_ && config_.user == kRoot && (charts || config_.mounted_login);
}

Credentials::Login Credentials::login(const SqlConfig& config) {
  const std::scoped_lock lock(mutex_);
  if (!same_login(config, config_)) {
    good_.reset();
    before_.reset();
    refused_ = false;
  }
  config_ = config;
  Login out;
  out.user = config.user;
  const auto add = [&out](const Said& said) {
    auto& all = out.passwords;
    if (!said.password) return;
    const auto known = std::find(all.begin(), all.end(), *said.password) - all.begin();
    if (known == std::ssize(all)) {
      all.push_back(*said.password);
      out.from.push_back(said.from);
    } else if (auto& from = out.from[static_cast<std::size_t>(known)]; from == kWorkedLast) {
      from = said.from;  // a place tells more
    }
  };
  add({good_, kWorkedLast});
  add(configured());
  out.unreadable = unreadable_;
  if (const auto& next = config.next_password_file; !next.empty())
    add({read(next, false), "sql.next_password_file " + next});
  add({before_, "the one that worked before"});
  if (before_first_password())
    add({std::string{}, "an empty one, since a new cluster's root has none yet"});
  return out;
}

void Credentials::accepted(const std::string& password) {
  const std::scoped_lock lock(mutex_);
  accepted_ = true;
  if (good_ == password) return;
  if (good_) before_ = std::exchange(good_, std::nullopt);
  if (before_ == password) before_.reset();
  good_ = password;
}

void Credentials::refused(const std::string& password) {
  const std::scoped_lock lock(mutex_);
  if (good_ == password) before_ = std::exchange(good_, std::nullopt);
  refused_ = refused_ || config_.mounted_login || password == config_.password;
}

void Credentials::denied(FeatureOff what) {
  const std::scoped_lock lock(mutex_);
  auto& known = off_[what.feature];
  if (known == what) return;
  known = what;
  log_warn("feature_off", {{"feature", what.feature}, {"needs", what.needs}, {"fix", what.fix}});
}

void Credentials::allowed(std::string_view feature) {
  const std::scoped_lock lock(mutex_);
  const auto known = off_.find(feature);
  if (known == off_.end()) return;
  log_info("feature_on", {{"feature", known->first}});
  off_.erase(known);
}

std::vector<FeatureOff> Credentials::features_off() const {
  const std::scoped_lock lock(mutex_);
  std::vector<FeatureOff> out;
  for (const auto& [name, what] : off_)
    out.push_back(what);
  return out;
}

void Credentials::connected(const std::string& fe, bool encrypted) {
  const std::scoped_lock lock(mutex_);
  if (std::exchange(encrypted_, encrypted) == encrypted) return;
  log_info("sql_transport", {{"fe", fe}, {"tls", encrypted ? "yes" : "no"}});
}

}  // namespace sragent
