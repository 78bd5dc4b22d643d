#include "starrocks/small_file.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

namespace sragent::starrocks_detail {
namespace {

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
  std::string text(max_bytes + 1, '\0');
  const auto got = std::fread(text.data(), 1, text.size(), file.get());
  if (std::ferror(file.get()) != 0) return fail(ErrorKind::kIo, path, system_text(errno));
  if (got > max_bytes)
    return fail(ErrorKind::kGarbled, path, "longer than " + std::to_string(max_bytes) + " bytes");
  text.resize(got);
  return text;
}

}  // namespace sragent::starrocks_detail
