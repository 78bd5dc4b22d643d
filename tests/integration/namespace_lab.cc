#include "namespace_lab.h"

#include <sys/mount.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace podlab {
namespace {

/// Dropped at the input hook: at the output hook the sender would be told (EPERM). A packet on
/// loopback passes both, so one hook sees both directions.
constexpr const char* kTable = R"(table ip sr_silence {
  set pairs { type ipv4_addr . ipv4_addr; }
  counter vanished { }
  chain input {
    type filter hook input priority 0;
    ip saddr . ip daddr @pairs counter name vanished drop;
  }
})";

/// Output of nft, which ends with status 0 or is an error of the test.
std::string nft(const std::string& command) {
  const auto line = "nft '" + command + "' 2>&1";
  FILE* pipe = popen(line.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run: " + line);
  std::string out;
  std::array<char, 512> piece{};
  while (std::fgets(piece.data(), piece.size(), pipe) != nullptr)
    out += piece.data();
  if (pclose(pipe) != 0) throw std::runtime_error(line + ": " + out);
  return out;
}

}  // namespace

const std::string& why_no_namespace() {
  static const std::string why = [] {
    const char* told = std::getenv("SR_TEST_NO_NAMESPACE");
    return std::string{told == nullptr ? "" : told};
  }();
  return why;
}

void NamespaceTest::SetUp() {
  if (!why_no_namespace().empty())
    GTEST_SKIP() << "needs user, network and mount namespaces and nft: " << why_no_namespace();
}

Silence::Silence() {
  nft(kTable);
}

Silence::~Silence() {
  static_cast<void>(std::system("nft delete table ip sr_silence"));
}

void Silence::between(const std::string& a, const std::string& b) {
  nft("add element ip sr_silence pairs { " + a + " . " + b + ", " + b + " . " + a + " }");
}

void Silence::end() {
  nft("flush set ip sr_silence pairs");
}

std::uint64_t Silence::vanished() {
  const auto text = nft("list counter ip sr_silence vanished");
  const auto at = text.find("packets ");
  if (at == std::string::npos) throw std::runtime_error("nft lists no counter: " + text);
  return std::strtoull(text.c_str() + at + 8, nullptr, 10);
}

BoundFile::BoundFile(const std::string& file, std::string at) : at_(std::move(at)) {
  if (mount(file.c_str(), at_.c_str(), nullptr, MS_BIND, nullptr) != 0)
    throw std::runtime_error("cannot bind " + file + " over " + at_ + ": " + std::strerror(errno));
}

BoundFile::~BoundFile() {
  umount2(at_.c_str(), MNT_DETACH);
}

ReadOnly::ReadOnly(std::string folder) : folder_(std::move(folder)) {
  constexpr unsigned long kFrozen = MS_BIND | MS_REMOUNT | MS_RDONLY;
  if (mount(folder_.c_str(), folder_.c_str(), nullptr, MS_BIND, nullptr) != 0 ||
      mount(nullptr, folder_.c_str(), nullptr, kFrozen, nullptr) != 0)
    throw std::runtime_error("cannot make " + folder_ + " read-only: " + std::strerror(errno));
}

ReadOnly::~ReadOnly() {
  umount2(folder_.c_str(), MNT_DETACH);
}

SmallVolume::SmallVolume(std::string folder, std::uint64_t bytes) : folder_(std::move(folder)) {
  const auto size = "size=" + std::to_string(bytes);
  if (mount("tmpfs", folder_.c_str(), "tmpfs", 0, size.c_str()) != 0)
    throw std::runtime_error("cannot mount " + folder_ + ": " + std::strerror(errno));
}

SmallVolume::~SmallVolume() {
  umount2(folder_.c_str(), MNT_DETACH);
}

void SmallVolume::resize(std::uint64_t bytes) const {
  const auto size = "size=" + std::to_string(bytes);
  if (mount("tmpfs", folder_.c_str(), "tmpfs", MS_REMOUNT, size.c_str()) != 0)
    throw std::runtime_error("cannot resize " + folder_ + ": " + std::strerror(errno));
}

BoundHosts::BoundHosts(const std::string& path) {
  if (mount(path.c_str(), "/etc/hosts", nullptr, MS_BIND, nullptr) != 0)
    throw std::runtime_error("cannot bind " + path + " over /etc/hosts: " + std::strerror(errno));
}

BoundHosts::~BoundHosts() {
  umount2("/etc/hosts", MNT_DETACH);
}

}  // namespace podlab
