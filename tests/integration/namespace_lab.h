#pragma once

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "pod.h"

/// Silence between pairs of pods. The test program runs in user, network and mount namespaces of
/// its own (namespace_main.cc), so it may filter packets and bind files there without being root
/// and without touching the machine.
namespace podlab {

/// Why there are no namespaces to test in; empty: this process runs in them.
[[nodiscard]] const std::string& why_no_namespace();

/// Skips, with the reason, where namespaces or the packet filter are not permitted.
class NamespaceTest : public testing::Test {
 protected:
  void SetUp() override;
};

/// Packets between chosen addresses vanish, in both directions and inside open connections too:
/// nobody is refused, nobody is told. One at a time; everything is heard again after it.
class Silence {
 public:
  Silence();
  ~Silence();
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

  /// Nothing goes between `a` and `b` any more, two IPv4 addresses.
  static void between(const std::string& a, const std::string& b);
  static void between(const Pod& a, const Pod& b) { between(a.ip(), b.ip()); }
  /// Ends the silence of all pairs.
  static void end();
  /// Packets that have vanished so far.
  [[nodiscard]] static std::uint64_t vanished();
};

/// A file of the machine appears at another path while the object lives, as a subPath volume does.
class BoundFile {
 public:
  /// Both files must exist.
  BoundFile(const std::string& file, std::string at);
  ~BoundFile();
  BoundFile(const BoundFile&) = delete;
  BoundFile& operator=(const BoundFile&) = delete;

 private:
  std::string at_;
};

/// A folder refuses every write while the object lives.
class ReadOnly {
 public:
  explicit ReadOnly(std::string folder);
  ~ReadOnly();
  ReadOnly(const ReadOnly&) = delete;
  ReadOnly& operator=(const ReadOnly&) = delete;

 private:
  std::string folder_;
};

/// A folder is a volume of its own, of so many bytes, while the object lives. Memory is used for
/// what is written to it alone.
class SmallVolume {
 public:
  SmallVolume(std::string folder, std::uint64_t bytes);
  ~SmallVolume();
  SmallVolume(const SmallVolume&) = delete;
  SmallVolume& operator=(const SmallVolume&) = delete;
  void resize(std::uint64_t bytes) const;

 private:
  std::string folder_;
};

/// /etc/hosts of this program and its children is another file while the object lives.
class BoundHosts {
 public:
  /// `path`: the file in its place, which must exist.
  explicit BoundHosts(const std::string& path);
  ~BoundHosts();
  BoundHosts(const BoundHosts&) = delete;
  BoundHosts& operator=(const BoundHosts&) = delete;
};

}  // namespace podlab
