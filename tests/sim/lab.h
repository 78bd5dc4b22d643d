#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim_http.h"
#include "sim_net.h"

namespace srsim {

/// Polls `condition` until it holds or `limit` is over; true if it held. The limit is generous: it
/// is no assertion.
bool wait_until(const std::function<bool()>& condition, milliseconds limit = milliseconds(30000));

/// Answer of one SQL statement on a connection of its own.
struct SqlAnswer {
  bool ok = false;
  unsigned code = 0;  ///< MySQL error code, 2000 and above from the client library
  std::string error{};
  std::vector<std::map<std::string, std::optional<std::string>>> rows{};  ///< by column name

  /// The row whose `column` is `value`; empty map if there is none.
  [[nodiscard]] std::map<std::string, std::optional<std::string>> row(
      const std::string& column, const std::string& value) const;
};

/// Text of a cell; "<null>" for SQL NULL, "<none>" for an unknown column.
std::string cell(const std::map<std::string, std::optional<std::string>>& row,
                 const std::string& column);

/// A dnsmasq that answers from host records alone, on 127.x.y.53:5353. Ends with the object.
class SimDns {
 public:
  /// `dir`: a writable folder for the host file; must exist.
  SimDns(std::string ip, std::string dir);
  ~SimDns();
  SimDns(const SimDns&) = delete;
  SimDns& operator=(const SimDns&) = delete;
  SimDns(SimDns&&) = delete;
  SimDns& operator=(SimDns&&) = delete;

  /// Sets all addresses of a name (none: the name is gone) and reloads the server.
  void set(const std::string& name, const std::vector<std::string>& ips);
  [[nodiscard]] std::string address() const { return ip_ + ":5353"; }
  /// Ends or starts the server: a dead server refuses.
  void stop();
  void start();

 private:
  void write_hosts() const;

  std::string ip_;
  std::string dir_;
  std::map<std::string, std::vector<std::string>> hosts_;
  pid_t pid_ = -1;
};

struct NodeSpec {
  std::string name{};  ///< host name, also resolvable
  std::string ip{};
  std::string root{};      ///< STARROCKS_ROOT
  std::string kind{"fe"};  ///< fe, be or cn
  std::map<std::string, std::string> env{};
};

/// One FE, BE or CN: its STARROCKS_ROOT, address and process, started through the stock-named
/// script.
class SimNode {
 public:
  explicit SimNode(NodeSpec spec) : spec_(std::move(spec)) {}
  ~SimNode();
  SimNode(const SimNode&) = delete;
  SimNode& operator=(const SimNode&) = delete;
  SimNode(SimNode&&) = delete;
  SimNode& operator=(SimNode&&) = delete;

  [[nodiscard]] const NodeSpec& spec() const { return spec_; }
  [[nodiscard]] const std::string& name() const { return spec_.name; }
  [[nodiscard]] const std::string& ip() const { return spec_.ip; }
  [[nodiscard]] std::string home() const { return spec_.root + "/" + spec_.kind; }
  [[nodiscard]] std::string meta() const { return home() + "/meta"; }

  /// FE: start_fe.sh --host_type FQDN <args>, unless args hold --host_type. BE, CN: start_be.sh,
  /// start_cn.sh. `extra_env` holds for this start alone.
  void start(const std::vector<std::string>& args = {},
             const std::map<std::string, std::string>& extra_env = {});
  [[nodiscard]] bool running();
  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const;
  /// Exit code, or 1000 + signal; waits up to `limit`. Empty: still running.
  [[nodiscard]] std::optional<int> wait_exit(milliseconds limit = milliseconds(60000));
  /// SIGKILL, and waits for the end.
  void kill_now();
  /// Removes the contents of meta/ (FE) or storage/ (BE).
  void wipe() const;

  [[nodiscard]] bool port(std::uint16_t number) const;
  [[nodiscard]] bool wait_port(std::uint16_t number,
                               milliseconds limit = milliseconds(60000)) const;
  /// `read_limit_s`: the client's read time-out in seconds.
  [[nodiscard]] SqlAnswer sql(const std::string& statement, unsigned read_limit_s = 30) const;
  /// GET on 8030 or 8040, from the own address unless `from` is given.
  [[nodiscard]] Result<HttpReply> http(const std::string& target,
                                       const std::string& from = {}) const;
  [[nodiscard]] Result<HttpReply> http(const HttpCall& call, const std::string& from = {}) const;
  [[nodiscard]] std::string http_body(const std::string& target) const;
  /// GET on the control interface; the body, which not every order needs.
  // NOLINTNEXTLINE(modernize-use-nodiscard)
  std::string control(const std::string& target) const;

  /// Text of log/fe.log (be.INFO, cn.INFO), of log/fe.out, of a file below home().
  [[nodiscard]] std::string log() const;
  [[nodiscard]] std::string out() const;
  [[nodiscard]] std::string file(const std::string& path) const;
  /// Runs a script of bin/ with the node's environment; its exit status and stdout with stderr.
  [[nodiscard]] std::pair<int, std::string> script(const std::string& name,
                                                   const std::vector<std::string>& args) const;
  /// One more line of fe.conf, be.conf or cn.conf.
  void add_conf(const std::string& line) const;

 private:
  [[nodiscard]] std::vector<std::string> environment(
      const std::map<std::string, std::string>& extra) const;

  NodeSpec spec_;
  pid_t pid_ = -1;
  std::optional<int> exit_;
};

struct LabOptions {
  double time_scale = 20;
  std::string version{"3.5.7"};
};

/// A simulated network on loopback: addresses 127.a.b.* that no other lab on this machine has, a
/// name server, nodes in a temporary folder that goes with the object. FE i is fe-<i>.fe.lab at
/// .10+i, BE i be-<i>.be.lab at .40+i, CN i cn-<i>.cn.lab at .70+i.
class SimLab {
 public:
  explicit SimLab(LabOptions options = {});
  ~SimLab();
  SimLab(const SimLab&) = delete;
  SimLab& operator=(const SimLab&) = delete;
  SimLab(SimLab&&) = delete;
  SimLab& operator=(SimLab&&) = delete;

  [[nodiscard]] std::string ip(int last) const;
  [[nodiscard]] SimDns& dns() { return *dns_; }
  [[nodiscard]] const std::string& dir() const { return dir_; }
  [[nodiscard]] SimNode& fe(int index) { return node("fe", index, 10); }
  [[nodiscard]] SimNode& be(int index) { return node("be", index, 40); }
  [[nodiscard]] SimNode& cn(int index) { return node("cn", index, 70); }

  /// Founds at FE 0 and joins the others as followers; false if that did not come up.
  [[nodiscard]] bool start_frontends(int count);
  /// ADD at `leader`, start with it as helper, wait until it is Alive there.
  [[nodiscard]] static bool join(SimNode& leader,
                                 SimNode& joiner,
                                 const std::string& role = "FOLLOWER");
  /// The FE whose own metrics say is_master, among the first `count`; null if none.
  [[nodiscard]] SimNode* leader(int count);

 private:
  [[nodiscard]] SimNode& node(const std::string& kind, int index, int base);

  LabOptions options_;
  std::string net_;
  Fd claim_;
  std::string dir_;
  std::unique_ptr<SimDns> dns_;
  std::map<std::string, std::unique_ptr<SimNode>> nodes_;
};

/// How often `part` stands in `text`.
[[nodiscard]] std::size_t count_of(const std::string& text, const std::string& part);

}  // namespace srsim
