#include "starrocks/small_file.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include "starrocks/state_file.h"

namespace sragent::starrocks_detail {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxEntries = 200'000;

bool ignored(const fs::path& path) {
  return path.filename() == "lost+found" || path.filename() == state_names::kFolder;
}

struct Closer {
  void operator()(std::FILE* file) const noexcept { static_cast<void>(std::fclose(file)); }
};

tl::unexpected<Error> fail(ErrorKind kind, const std::string& path, const std::string& why) {
  return tl::unexpected(Error{kind, path + ": " + why});
}

std::string system_text(int code) {
  return std::generic_category().message(code);
}

}  // namespace

Result<std::string> read_small_file(const std::string& path, std::size_t max_bytes) {
  std::error_code code;
  const auto status = std::filesystem::status(path, code);  // before opening: a FIFO would block
  if (status.type() == std::filesystem::file_type::not_found)
    return fail(ErrorKind::kNotFound, path, "no such file");
  if (code) return fail(ErrorKind::kIo, path, code.message());
  if (status.type() != std::filesystem::file_type::regular)
    return fail(ErrorKind::kIo, path, "is not a regular file");
  const std::unique_ptr<std::FILE, Closer> file(std::fopen(path.c_str(), "rbe"));
  if (!file)
    return fail(errno == ENOENT ? ErrorKind::kNotFound : ErrorKind::kIo, path, system_text(errno));
  // By pieces: a string made as long as the limit keeps that room for as long as it is kept.
  std::string text;
  std::array<char, 4096> piece{};
  while (const auto got = std::fread(piece.data(), 1, piece.size(), file.get())) {
    text.append(piece.data(), got);
    if (text.size() > max_bytes)
      return fail(ErrorKind::kGarbled, path, "longer than " + std::to_string(max_bytes) + " bytes");
  }
  if (std::ferror(file.get()) != 0) return fail(ErrorKind::kIo, path, system_text(errno));
  return text;
}

TreeScan scan_tree(const std::string& root) {
  TreeScan out;
  std::error_code code;
  const auto type = fs::status(root, code).type();
  if (type == fs::file_type::not_found) return out;
  if (type != fs::file_type::directory) {
    out.any = true;
    out.trouble = root + ": " + (code ? code.message() : "is not a directory");
    return out;
  }
  fs::recursive_directory_iterator it(root, code);
  for (int count = 0; !code && it != fs::recursive_directory_iterator(); it.increment(code)) {
    if (++count > kMaxEntries) break;
    std::error_code ignored_error;
    const bool folder = it->symlink_status(ignored_error).type() == fs::file_type::directory;
    if (folder && ignored(it->path())) it.disable_recursion_pending();
    if (folder) continue;
    out.any = true;
    if (it->path().extension() == ".jdb" && it.depth() == 0) out.jdb = true;
  }
  if (!code) return out;
  out.any = true;
  out.trouble = root + ": " + code.message();
  return out;
}

bool entry_exists(const std::string& path) {
  std::error_code code;
  const auto type = fs::symlink_status(path, code).type();
  return type != fs::file_type::not_found && type != fs::file_type::none;
}

}  // namespace sragent::starrocks_detail
