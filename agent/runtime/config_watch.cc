#include "runtime/config_watch.h"

namespace sragent {
namespace {

constexpr Millis kPace{2'000};

}  // namespace

ConfigWatch::ConfigWatch(std::string path) : path_(std::move(path)), read_(look()), seen_(read_) {}

std::optional<FileStamp> ConfigWatch::look() const {
  if (path_.empty()) return std::nullopt;
  auto stamp = file_stamp(path_);
  if (!stamp) return std::nullopt;
  return *stamp;
}

bool ConfigWatch::changed(Instant now) {
  if (path_.empty() || now < next_) return false;
  next_ = now + kPace;
  const auto before = seen_;
  seen_ = look();
  if (!seen_ || seen_ == read_ || seen_ != before) return false;
  read_ = seen_;
  return true;
}

}  // namespace sragent
