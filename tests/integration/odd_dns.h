#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "moments.h"

/// A name server in front of the lab's own that answers some names as a sick or caching one does.
namespace podlab {

/// What becomes of a question for one name.
struct OddAnswer {
  enum class Kind : std::uint8_t {
    kSilence,
    kServfail,
    kAbsent,     ///< NXDOMAIN, as a cache keeps it while the name exists already.
    kAddresses,  ///< `ips` with `ttl`, whatever the server behind knows.
    kInTurns,    ///< `ips` and the true answer by turns: two servers that disagree.
  };
  Kind kind = Kind::kSilence;
  std::vector<std::string> ips{};
  std::uint32_t ttl = 5;
};

/// Listens on UDP `ip`:`port` and asks `ip`:`behind` for every other name. Ends with the object.
class OddDns {
 public:
  OddDns(const std::string& ip, std::uint16_t port, std::uint16_t behind);
  ~OddDns();
  OddDns(const OddDns&) = delete;
  OddDns& operator=(const OddDns&) = delete;

  [[nodiscard]] const std::string& address() const { return address_; }
  /// Holds until mend(); `name` without a final dot.
  void bend(const std::string& name, OddAnswer answer);
  void mend(const std::string& name);
  /// Questions for the name's A records so far.
  [[nodiscard]] int asked(const std::string& name);
  /// When they came.
  [[nodiscard]] std::vector<Moment> moments(const std::string& name);

 private:
  void serve();
  [[nodiscard]] std::string answer(const std::string& query);
  [[nodiscard]] std::string ask_behind(const std::string& query) const;

  std::string ip_;
  std::string address_;
  std::uint16_t behind_;
  int socket_ = -1;
  std::mutex mutex_{};
  std::map<std::string, OddAnswer> bent_{};
  std::map<std::string, Moments> asked_{};
  std::atomic<bool> over_{false};
  std::thread thread_{};
};

}  // namespace podlab
