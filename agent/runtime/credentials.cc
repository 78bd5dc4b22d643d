#include "runtime/credentials.h"

#include "io/files.h"
#include "runtime/log.h"

namespace sragent {
namespace {

constexpr std::size_t kMaxPasswordBytes = 4096;

}  // namespace

Credentials::Credentials(const SqlConfig& config)
    : user_(config.user),
      file_(config.password_file),
      password_(config.password),
      read_file_(!config.password_file.empty()) {}

std::string Credentials::password() {
  const std::scoped_lock lock(mutex_);
  if (!read_file_) return password_;
  read_file_ = false;
  auto text = read_file(file_, kMaxPasswordBytes);
  if (!text) {
    log_warn("password_file_unreadable", {{"path", file_}, {"error", text.error().what}});
    read_file_ = true;  // it may come back: secrets are swapped by a link
    return password_;
  }
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r'))
    text->pop_back();
  password_ = *std::move(text);
  return password_;
}

void Credentials::refused() {
  const std::scoped_lock lock(mutex_);
  read_file_ = !file_.empty();
}

}  // namespace sragent
