#include "runtime/password_file.h"

#include "io/files.h"

namespace sragent {
namespace {

constexpr std::size_t kMaxPasswordBytes = 4096;

}  // namespace

Result<std::string> read_password_file(const std::string& path) {
  return read_file(path, kMaxPasswordBytes).map([](std::string text) {
    text.erase(text.find_last_not_of("\r\n") + 1);
    return text;
  });
}

}  // namespace sragent
