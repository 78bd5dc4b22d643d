#include "disk.h"

#include <vector>

namespace sragent::simulate {

const std::string* Disk::find(const std::string& path) const {
  const auto it = files_.find(path);
  return it == files_.end() ? nullptr : &it->second;
}

bool Disk::is_folder(const std::string& path) const {
  if (folders_.contains(path)) return true;
  const auto it = files_.lower_bound(path + "/");
  return it != files_.end() && it->first.starts_with(path + "/");
}

void Disk::changed() {
  thread_local std::uint64_t t_states = 0;
  state_ = ++t_states;
}

void Disk::write(const std::string& path, std::string text) {
  changed();
  files_[path] = std::move(text);
}

void Disk::make_folder(const std::string& path) {
  changed();
  folders_.insert(path);
}

bool Disk::remove(const std::string& path) {
  changed();
  return files_.erase(path) != 0;
}

bool Disk::rename(const std::string& from, const std::string& to) {
  if (!exists(from)) return false;
  changed();
  std::vector<std::string> moved;
  if (files_.contains(from)) moved.push_back(from);
  for (auto it = files_.lower_bound(from + "/");
       it != files_.end() && it->first.starts_with(from + "/");
       ++it)
    moved.push_back(it->first);
  for (const auto& path : moved) {
    auto node = files_.extract(path);
    node.key() = to + path.substr(from.size());
    files_.insert(std::move(node));
  }
  if (folders_.erase(from) != 0) folders_.insert(to);
  return true;
}

void Disk::clear() {
  changed();
  files_.clear();
  folders_.clear();
}

}  // namespace sragent::simulate
