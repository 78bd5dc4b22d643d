#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "catalog.h"
#include "disk.h"
#include "io/http_server.h"
#include "kernel.h"
#include "node_view.h"
#include "plan.h"
#include "rng.h"
#include "runtime/loop.h"
#include "runtime/node_parts.h"

/// The simulated world: pods, volumes, name servers, network, StarRocks servers; and in each pod
/// the agent as it is, on I/O of this folder (io_*.cc). What is modelled and what not:
/// docs/proof.md.
namespace sragent::simulate {

/// Wall clock at the simulated instant 0.
inline constexpr Ms kEpoch = 1'795'247'400'000;
inline constexpr std::uint16_t kAgentPort = 8099;
inline constexpr std::uint16_t kQueryPort = 9030;
inline constexpr std::uint16_t kFeHttpPort = 8030;
inline constexpr std::uint16_t kEditLogPort = 9010;
inline constexpr std::uint16_t kHeartbeatPort = 9050;
inline constexpr std::uint16_t kBeHttpPort = 8040;
inline constexpr const char* kDataDir = "/data";
inline constexpr const char* kPasswordFile = "/secret/password";
inline constexpr const char* kNextPasswordFile = "/secret/next";
/// Has to be quoted in a statement.
inline constexpr const char* kWarehouse = "night shift";

class World;
class FeServer;
struct Pod;
struct Slot;
struct Group;

/// What an invariant says was broken.
enum class Broken : std::uint8_t {
  kNothing,
  kTwoGroups,       ///< Two replication groups have a leader.
  kFoundBeside,     ///< A founding was spawned while a complete volume exists.
  kFoundTooOld,     ///< ... on an answer older than the lease.
  kDropNotDead,     ///< An agent dropped the row of a live process.
  kResumeWaits,     ///< A sealed member was not started in time.
  kQuorumThrown,    ///< A statement of an agent cost a working group its majority.
  kEmptiedVoter,    ///< An emptied volume took part as the member that it was.
  kJoinWithoutRow,  ///< A server was started with --helper before its row existed.
  kStuck,           ///< No fault any more, and an FE does not serve.
  kNotRegistered,   ///< No fault any more, and a healthy BE or CN has no live row.
  kTooManyStatements,
  kNoMoreTries,        ///< A back-off does not end.
  kAdminUndone,        ///< What a person took out was added again.
  kReadyUnregistered,  ///< /readyz says 200 and the row is gone for longer than facts may be old.
  kNotReady,           ///< No fault any more, and a node in good order is not ready.
  kTooManyRefused,     ///< Refused logins at one FE.
  kLeftUnasked,        ///< A node took itself out though nobody asked it to leave for good.
  kCameBack,           ///< A node that had left for good was started or added again.
  kUnrecorded,         ///< A mark or a DROP whose record was not on disk before it.
  kStopTooLong,        ///< A container did not end within the budget of its stop.
  kMainBlocked,        ///< The main thread of an agent would have blocked, or it threw.
};
[[nodiscard]] std::string_view to_string(Broken broken);

/// A server process of either kind.
class Server : public Owner {
 public:
  Server(World& world, Pod& pod, int pid, std::vector<std::string> argv);
  virtual void run() = 0;  ///< In a fiber; returns or calls end().
  [[nodiscard]] virtual bool listens(std::uint16_t port) const = 0;
  /// The process is over; the agent will reap it.
  void end(int status, bool by_signal = false);
  World& world;
  Pod& pod;
  const int pid;
  const std::vector<std::string> argv;
  const Ms started;
  bool over = false;
  bool terminating = false;
  bool exits_gracefully = false;  ///< An FE after SIGUSR1.

 protected:
  [[nodiscard]] Disk& disk() const;
};

/// The agent's process in a container: the real one, from Loop on.
class Agent : public Owner {
 public:
  Agent(World& world, Pod& pod, int id);
  ~Agent() override;
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
  void start();
  void turn();
  /// The main thread looks again soon.
  void poke();
  void arm(Ms span);
  void stop(int signal);  ///< A signal to PID 1.
  /// A line on its control socket.
  void order(std::string line);
  /// /readyz by what it knows now.
  [[nodiscard]] bool ready();
  /// What it would tell now.
  [[nodiscard]] std::shared_ptr<const NodeStatus> status();

  World& world;
  Pod& pod;
  const int id;
  Ms started_at = 0;
  Config config{};
  NodeIdentity identity{};
  std::shared_ptr<StatusBoard> board{};
  std::shared_ptr<IdentityBook> book{};
  HttpServer::Handler handler{};
  std::vector<SignalEvent> signals{};
  std::vector<Reaped> reaped{};
  int crash_at = 0;  ///< Side effects until it dies; 0: it does not.
  std::map<std::string, std::vector<Ms>> refused{};  ///< Logins of the last minute, by address.
  Ms last_try = 0;                                   ///< Last question to anyone.
  std::map<std::string, Ms> asked{};  ///< By peer address: when its consent was last asked for.

 private:
  struct Parts;
  void build();
  std::unique_ptr<Parts> parts_;
  std::vector<std::string> orders_{};
  void on_alarm(Ms at);
  static constexpr Ms kNoAlarm = -1;
  bool turn_due_ = false;
  Ms armed_ = 0;         ///< What the timer was set to.
  Ms alarm_ = kNoAlarm;  ///< When its event is.
};

/// One pod, from its scheduling to the end of its processes.
struct Pod {
  Slot* slot = nullptr;
  int number = 0;  ///< Which pod of the slot.
  std::string address{};
  std::shared_ptr<Disk> data{};
  Disk own{};  ///< Everything that lives as long as the pod.
  std::string version{};
  std::unique_ptr<Agent> agent{};
  std::unique_ptr<Server> server{};
  Ms listed_at = 0;                 ///< The name servers know it from here ...
  std::optional<Ms> unlisted_at{};  ///< ... to here.
  bool removed = false;             ///< Kubernetes has forgotten it; its processes may live on.
  bool deleting = false;
  bool gone = false;  ///< Nothing of it runs or will run.
  int restarts = 0;
  Ms last_start = 0;
  Ms healthy_since = -1;
};

/// What a BE or CN has cost the FEs since its start, in statements without logins (S32).
struct WorkerCosts {
  Ms first_at = -1;
  std::uint64_t to_row = 0;  ///< Up to the first list that had its row.
  std::uint64_t failed = 0;  ///< In its first minute, for want of a leader.
  bool verified = false;
  std::uint64_t first_minute = 0;
  std::uint64_t later = 0;
};

/// What a person asked of a node: to leave for good.
struct Departure {
  int pod = 0;           ///< The pod that was asked and began; 0: none, or it was taken back.
  Ms back_at = -1;       ///< When it was taken back; -1: never.
  bool row_out = false;  ///< Its row went meanwhile, or soon after it was taken back.
  bool away = false;     ///< It has left, and its set was scaled in.
};

/// An ordinal of a StatefulSet with its claim.
struct Slot {
  int index = 0;
  NodeKind kind = NodeKind::kFe;
  bool observer = false;
  int ordinal = 0;
  std::string name{};
  std::string fqdn{};
  std::string headless{};
  std::shared_ptr<Disk> volume{};
  Pod* pod = nullptr;
  bool wanted = true;
  int pods = 0;
  // What happened to it, for the invariants.
  bool admin_out = false;  ///< A person dropped or decommissioned it.
  int admin_pod = 0;       ///< The pod that it was then.
  Ms admin_at = 0;
  bool admin_for_good = false;  ///< Decommissioned: a new pod does not change it.
  bool volume_lost = false;
  Departure departure{};
  bool row_was = false;          ///< A group had its row at the last look.
  Ms row_gone_since = -1;        ///< No group has its row; -1: one has, or none was ever there.
  Ms fault_at = 0;               ///< Last time that something was done to it.
  std::vector<Ms> statements{};  ///< Instants of the last minute.
  std::uint64_t statements_total = 0;
  std::optional<Ms> left_at{};  ///< Last signal to stop.
  WorkerCosts costs{};
  bool seen_alive = false;
  std::uint64_t adds = 0;
  std::uint64_t adds_again = 0;  ///< ADDs of a row that was there.
};

/// A replication group with what it has committed.
struct Group {
  int id = 0;
  std::shared_ptr<srsim::Catalog> catalog{};
  std::set<std::string> members{};    ///< Node names that joined: the electorate.
  std::set<std::string> observers{};  ///< Likewise, without a vote.
  /// Of every BE and CN that was ever added, by host: a search through all rows for each statement
  /// is most of what 10,000 nodes cost.
  std::map<std::string, std::int64_t> node_ids{};
  std::set<std::string> unstable{};  ///< Rows added since this leader leads that did not join yet.
  FeServer* leader = nullptr;
  Ms leaderless_since = 0;
  Ms elect_at = 0;
  Ms led_since = 0;  ///< When the present leader was elected.
  std::int64_t journal = 1;
  bool served = false;   ///< It had a leader that was ready.
  bool excused = false;  ///< A limit that docs/start-rules.md section 5 states.

  /// For a change in place: nobody else holds it.
  [[nodiscard]] srsim::Catalog& edit();
  [[nodiscard]] bool has(const std::string& name) const {
    return members.contains(name) || observers.contains(name);
  }
};

struct Counters {
  std::uint64_t judged = 0;      ///< Results of looks, watches and statements that an agent judged.
  std::uint64_t statements = 0;  ///< SQL statements of agents.
  std::uint64_t ghost_drops = 0;  ///< Rows of CNs that another node dropped.
  std::uint64_t turns = 0;
};

struct Outcome {
  Broken broken = Broken::kNothing;
  std::string what{};
  Ms at = 0;
  std::uint64_t hash = 0;
  Counters counters{};
  Ms simulated = 0;
  std::vector<std::string> story{};
};

class World {
 public:
  World(const Plan& plan, bool keep_story);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] Outcome run();
  /// The world of this thread.
  [[nodiscard]] static World& current();

  // --- time, chance, record ---
  [[nodiscard]] Ms now() const { return kernel.now(); }
  void note(const Pod* pod, std::initializer_list<std::string_view> words);
  void violate(Broken broken, std::string what);

  // --- pods (pods.cc) ---
  void schedule(Slot& slot, Ms after);
  void start_container(Pod& pod);
  void container_ended(Pod& pod, int status);
  void kill_container(Pod& pod);
  void delete_pod(Pod& pod);
  void forget_pod(Pod& pod);
  void lose_volume(Slot& slot);
  void note_loss(Slot& slot);
  void strike(const Fault& fault);
  void upgrade_next(int slot, std::string version);

  // --- network and names (net.cc) ---
  [[nodiscard]] Ms hop();
  [[nodiscard]] bool lost();
  [[nodiscard]] bool linked(const Pod& a, const Pod& b) const;
  [[nodiscard]] Pod* at_address(const std::string& address);
  [[nodiscard]] static bool listens(const Pod& pod, std::uint16_t port);
  struct Name {
    bool answered = false;  ///< False: no name server answered.
    std::vector<std::string> addresses{};
    std::uint32_t ttl_s = 0;
  };
  [[nodiscard]] Name look_up(const std::string& name);

  // --- invariants (rules.cc) ---
  void on_side_effect(Agent& agent, std::string_view what);
  void on_spawn(Agent& agent, const std::vector<std::string>& argv);
  void on_statement(Agent& agent, std::string_view text);
  /// A statement of it was answered with an error.
  void on_failed(Agent& agent) const;
  /// `leader`: who answered instead, by a forward; nullptr: nobody.
  void on_executed(const Pod& fe, const Pod* leader);
  void on_refused_login(Agent& agent, const std::string& address);
  void before_change(Agent* agent, Group& group, std::string_view text);
  void on_group_serves(Group& group);
  void on_ordered(const Pod& pod, std::string_view line, const ControlReply& reply);
  void on_server_end(const Server& server);
  void watch_stop(const Pod& pod);
  void judge_majority_without(const Group& group, const std::string& member);
  /// Another volume than the one of `slot` could bring a group back.
  [[nodiscard]] bool volume_of_a_group(const Slot& slot) const;
  void check_end();
  void check_always();
  std::size_t most_fe_statements = 0;  ///< Of one FE agent in one minute.
  std::size_t most_worker_statements = 0;
  /// Statements of BE and CN agents, by FE and second: sent to it, and forwarded to it.
  std::map<const Pod*, std::vector<std::uint64_t>> asked_at{};
  std::map<const Pod*, std::vector<std::uint64_t>> forwarded_to{};
  int leader_changes = 0;
  Ms last_registered = 0;

  const Plan& plan;
  Kernel kernel{};
  Trace trace;
  Rng rng;
  std::vector<std::unique_ptr<Slot>> slots{};
  std::vector<std::unique_ptr<Pod>> pods{};
  std::vector<std::unique_ptr<Agent>> old_agents{};
  std::vector<std::unique_ptr<Server>> old_servers{};
  std::vector<std::unique_ptr<Group>> groups{};
  std::vector<Agent*> agents{};  ///< By id; nullptr: over.
  std::map<std::string, Pod*> addresses{};
  std::map<int, Server*> processes{};
  std::string password{};                    ///< As the cluster has it.
  std::string secret{};                      ///< As the mounted secret has it.
  std::optional<std::string> next_secret{};  ///< The other file; nullopt: it is not there.
  Counters counters{};
  Outcome outcome{};
  Ms slow_until = 0;
  Ms dns_down_until = 0;
  struct Cut {
    std::uint64_t mask = 0;
    Ms until = 0;
  };
  std::vector<Cut> cuts{};
  int next_pid = 100;
  int next_address = 1;
  int next_cluster = 1000;
  bool founding_excused = false;  ///< Limit 1 or 2 may strike in this world.
  bool person_needed = false;     ///< A volume was lost that the group does not survive.
  std::set<std::string> admin_dropped_fes{};
  int long_list_limit = 0;  ///< 0: lists are whole. See docs/proof.md, 10,000 nodes.

 private:
  void clean_up();
  void track_row(Slot& slot) const;
  void check_ready(const Slot& slot);
  void check_good_order(const Slot& slot);
  void fill(const std::string& name, std::vector<std::string>& out) const;
  mutable std::map<std::string, Slot*, std::less<>> by_fqdn_{};
  struct Cached {
    Name name{};
    Ms until = 0;
  };
  std::map<std::string, Cached> names_{};
};

// --- StarRocks (fe_server.cc, be_server.cc, elections.cc) ---
[[nodiscard]] std::unique_ptr<Server> make_server(World& world,
                                                  Pod& pod,
                                                  int pid,
                                                  std::vector<std::string> argv);
[[nodiscard]] FeServer* fe_at(const Pod& pod);
/// The row of a BE or CN; nullptr: it has none.
[[nodiscard]] const srsim::NodeRow* row_of(const Group& group, const Slot& slot);
/// It was asked to leave for good, and neither taken back nor replaced since.
[[nodiscard]] bool leaves(const Slot& slot);
/// The same, or it was taken back so lately that a statement may still be under way.
[[nodiscard]] bool asked_to_leave(const World& world, const Slot& slot);
/// ... and has: no row, no server.
[[nodiscard]] bool has_left(const World& world, const Slot& slot);
/// An FE that has left, or has its mark and no row, or may have none.
[[nodiscard]] bool on_its_way_out(const World& world, const Slot& slot);
/// An agent's statement about its own node's row, which it may only take out if it was asked to.
void judge_mark(World& world, const Agent& agent, std::string_view text);
void judge_own_row(World& world, const Agent& agent, std::string_view text);
/// A group has the node's row.
[[nodiscard]] bool listed(const World& world, const Slot& slot);
/// Metadata of an FE that was ready once.
[[nodiscard]] bool complete(const Disk& disk);
/// Of the FE's server in this pod: is `group` reachable with a majority from it?
[[nodiscard]] bool has_majority(const World& world, const Group& group, const FeServer& from);
void elections(World& world);

}  // namespace sragent::simulate
