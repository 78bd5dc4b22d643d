#pragma once

#include <memory>
#include <string>

/// Certificates made on the spot, for tests of TLS alone.
namespace testcerts {

/// A server's certificate with its key, both as PEM.
struct Pair {
  std::string certificate{};
  std::string key{};
};

/// A CA of its own key. Every object is another CA, even under the same name.
class Authority {
 public:
  explicit Authority(const std::string& name);
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  [[nodiscard]] const std::string& pem() const { return pem_; }

  enum class Valid : unsigned char { kToday, kNoMore };
  /// Certificate for the names and addresses `names` ("a.b,*.c.d,10.0.0.1"), valid for two days
  /// around now, or until yesterday.
  [[nodiscard]] Pair issue(const std::string& names, Valid valid = Valid::kToday) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::string pem_{};
};

/// Writes `pair` as a PKCS#12 file, as a StarRocks FE wants it (`ssl_keystore_location`).
void write_keystore(const Pair& pair, const std::string& path, const std::string& password);

}  // namespace testcerts
