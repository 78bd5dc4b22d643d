#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "fe_lab.h"
#include "worker_lab.h"

/// S32 with real processes: agents of 150 BEs and 150 CNs start within a minute against three
/// simulated FEs, and the leader is killed in the middle. Judged by what the FEs' audit logs say.
namespace podlab {
namespace {

using srsim::SimNode;

constexpr int kOfEachKind = 150;
constexpr milliseconds kStartSpan{60000};
constexpr int kFrontends = 3;
constexpr std::int64_t kMinuteMs = 60000;
constexpr double kMostToAliveS = 120;
constexpr int kMostPerSecond = 30;
constexpr int kMostWithoutLeader = 15;
constexpr int kMostWhenBusy = 8;
const std::vector<std::string> kKinds{"be", "cn"};

/// What this FE was told by the nodes, in order; the test's own questions come from elsewhere.
std::vector<Statement> told_by(const std::set<std::string>& nodes, const SimNode& fe) {
  auto out = audit_log(fe.file("log/fe.audit.log"));
  std::erase_if(out, [&](const Statement& one) { return !nodes.contains(one.ip); });
  return out;
}

bool is_add(const Statement& one) {
  return one.text.find(" ADD ") != std::string::npos;
}

/// What one node said to all FEs, in order.
struct Told {
  std::vector<Statement> all{};
  std::int64_t started_ms = 0;

  [[nodiscard]] long adds() const { return std::count_if(all.begin(), all.end(), is_add); }
  /// Statements up to the list that showed the added row.
  [[nodiscard]] int to_row() const {
    int count = 0;
    bool added = false;
    for (const auto& one : all) {
      ++count;
      if (added) break;
      added = is_add(one);
    }
    return count;
  }
  [[nodiscard]] long in_first_minute() const {
    return std::count_if(all.begin(), all.end(), [this](const Statement& one) {
      return one.at_ms < started_ms + kMinuteMs;
    });
  }
  [[nodiscard]] std::int64_t first_after() const { return all.front().at_ms - started_ms; }
  [[nodiscard]] long later() const { return static_cast<long>(all.size()) - in_first_minute(); }
  /// It spoke while there was no leader.
  [[nodiscard]] bool disturbed(std::int64_t from_ms, std::int64_t to_ms) const {
    return std::any_of(all.begin(), all.end(), [&](const Statement& one) {
      return one.at_ms >= from_ms && one.at_ms <= to_ms;
    });
  }
};

/// Most statements in any window of `seconds` whole seconds.
int most_in(const std::map<std::int64_t, int>& per_second, int seconds) {
  int most = 0;
  for (const auto& [begin, ignored] : per_second) {
    int sum = 0;
    for (auto it = per_second.find(begin); it != per_second.end() && it->first < begin + seconds;
         ++it)
      sum += it->second;
    most = std::max(most, sum);
  }
  return most;
}

/// The FE group, the nodes and when they started.
class MassStart : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < kFrontends; ++i) {
      auto spec = bare_fe(net_, i);
      spec.env["SR_SIM_TIME_SCALE"] = "1";
      fes_.push_back(std::make_unique<SimNode>(std::move(spec)));
    }
    ASSERT_TRUE(found(*fes_[0]));
    for (int i = 1; i < kFrontends; ++i)
      ASSERT_TRUE(join(*fes_[static_cast<std::size_t>(i)]));
    for (const auto& kind : kKinds) {
      net_.widen(kind);
      net_.serve_names(kind, kOfEachKind);
      for (int i = 0; i < kOfEachKind; ++i)
        nodes_.push_back(kind == "be" ? &net_.be(i) : &net_.cn(i));
    }
    for (const Pod* node : nodes_)
      ips_.insert(node->ip());
  }

  /// All at once: one by one the pods would take minutes.
  void TearDown() override {
    for (const Pod* node : nodes_) {
      node->signal(SIGKILL);
      node->kill_server();
      const auto kind = node->name().substr(5, 2);
      std::filesystem::remove(node->home() + "/bin/" + kind + ".pid");
    }
  }

  bool join(SimNode& fe) {
    if (!fes_[0]->sql("ALTER SYSTEM ADD FOLLOWER '" + fe.name() + ":9010'").ok) return false;
    fe.start({"--helper", fes_[0]->name() + ":9010"});
    return wait_until(
        [&] {
          return srsim::cell(fes_[0]->sql("SHOW FRONTENDS").row("IP", fe.name()), "Alive") ==
                 "true";
        },
        milliseconds(120000));
  }

  /// Starts the nodes evenly over kStartSpan, BE and CN in turn; half way the leader is lost.
  void start_all() {
    const auto began = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const auto half = nodes_.size() / 2;
      if (i == half) {
        leader_lost_ms_ = srsim::unix_ms();
        fes_[0]->kill_now();
      }
      const std::size_t in_turn = i / 2 + (i % 2) * half;
      started_ms_[nodes_[in_turn]->ip()] = srsim::unix_ms();
      nodes_[in_turn]->start();
      std::this_thread::sleep_until(began + kStartSpan * static_cast<int>(i + 1) /
                                                static_cast<int>(nodes_.size()));
    }
    last_start_ms_ = srsim::unix_ms();
  }

  /// Rows Alive in the list of the FE that answers; -1: none does.
  int alive() {
    for (const auto& fe : fes_) {
      if (!fe->running()) continue;
      int out = 0;
      bool answered = true;
      for (const std::string statement : {kBackends, kComputeNodes}) {
        const auto list = fe->sql(statement);
        answered = answered && list.ok;
        for (const auto& row : list.rows)
          out += srsim::cell(row, "Alive") == "true" ? 1 : 0;
      }
      if (answered) return out;
    }
    return -1;
  }

  /// Nodes that told an FE something at `from_ms` or later.
  [[nodiscard]] std::set<std::string> speakers_since(std::int64_t from_ms) const {
    std::set<std::string> out;
    for (const auto& fe : fes_) {
      for (const auto& one : told_by(ips_, *fe))
        if (one.at_ms >= from_ms) out.insert(one.ip);
    }
    return out;
  }

  void read_logs() {
    for (const auto& [ip, started] : started_ms_)
      told_[ip].started_ms = started;
    for (const auto& fe : fes_) {
      std::map<std::int64_t, int> per_second;
      for (auto& one : told_by(ips_, *fe)) {
        ++per_second[one.at_ms / 1000];
        const bool after = is_add(one) && one.at_ms > leader_lost_ms_;
        if (after && (new_leader_ms_ == 0 || one.at_ms < new_leader_ms_))
          new_leader_ms_ = one.at_ms;
        told_[one.ip].all.push_back(std::move(one));
      }
      peak_ = std::max(peak_, most_in(per_second, 1));
      peak_of_ten_ = std::max(peak_of_ten_, most_in(per_second, 10));
    }
    for (auto& [ip, one] : told_) {
      std::stable_sort(one.all.begin(), one.all.end(), [](const auto& a, const auto& b) {
        return a.at_ms < b.at_ms;
      });
    }
  }

  /// For scripts/bench, which names the file.
  void write_figures(double registered_s) const {
    double sum = 0;
    for (const auto& [ip, one] : told_)
      sum += one.to_row();
    const nlohmann::json figures{{"all_registered_s", registered_s},
                                 {"peak_per_s", peak_},
                                 {"peak_in_ten_s", peak_of_ten_},
                                 {"mean_to_row", sum / static_cast<double>(told_.size())}};
    std::printf("%s\n", figures.dump().c_str());
    if (const char* file = std::getenv("MASS_START_JSON")) std::ofstream(file) << figures;
  }

  PodNet net_{{.time_scale = 1, .fe_count = 3}};
  std::vector<std::unique_ptr<SimNode>> fes_{};
  std::vector<Pod*> nodes_{};
  std::set<std::string> ips_{};
  std::map<std::string, std::int64_t> started_ms_{};
  std::int64_t last_start_ms_ = 0;
  std::int64_t leader_lost_ms_ = 0;
  std::int64_t new_leader_ms_ = 0;  ///< Its first ADD.
  std::map<std::string, Told> told_{};
  int peak_ = 0;         ///< Statements at one FE in one second.
  int peak_of_ten_ = 0;  ///< In ten seconds.
};

using S32_ManyNodesAtOnce = MassStart;

TEST_F(S32_ManyNodesAtOnce, ThreeHundredAgentsAndANewLeaderInTheMiddle) {
  start_all();
  const int all = static_cast<int>(nodes_.size());
  const auto all_alive = [&] {
    std::this_thread::sleep_for(milliseconds(500));  // the lists are long: no load by asking
    return alive() == all;
  };
  const bool registered = wait_until(all_alive, milliseconds(400000));
  const auto registered_s = static_cast<double>(srsim::unix_ms() - last_start_ms_) / 1000;
  ASSERT_TRUE(registered) << alive() << " of " << all << " rows are alive";
  EXPECT_LE(registered_s, kMostToAliveS);
  // A settled row is read once a minute: until each node has done so.
  const auto half_a_minute_on = srsim::unix_ms() + kMinuteMs / 2;
  const auto all_read_again = [&] {
    std::this_thread::sleep_for(milliseconds(500));  // the logs are long
    return speakers_since(half_a_minute_on).size() == nodes_.size();
  };
  ASSERT_TRUE(wait_until(all_read_again, milliseconds(300000)))
      << speakers_since(half_a_minute_on).size() << " of " << all << " read their row again";
  const auto ended_ms = srsim::unix_ms();
  read_logs();
  write_figures(registered_s);

  int disturbed = 0;
  int over_five = 0;
  for (const auto& [ip, one] : told_) {
    EXPECT_EQ(one.adds(), 1) << ip;
    const auto minutes = (ended_ms - one.started_ms) / kMinuteMs;
    const bool left_alone = one.disturbed(leader_lost_ms_, new_leader_ms_);
    // Whom the leader left alone, and who starts late in a set, registers at its turn.
    const bool late = left_alone || one.first_after() > kMinuteMs / 2;
    EXPECT_LE(one.later(), minutes + 1 + (late ? 4 : 0)) << ip;
    if (left_alone) {
      ++disturbed;  // asks again until somebody leads, with growing pauses
      EXPECT_LE(one.in_first_minute(), kMostWithoutLeader) << ip;
      continue;
    }
    EXPECT_LE(one.to_row(), 4) << ip;
    // One more look for each heartbeat round that the row was not alive yet, on a busy machine.
    EXPECT_LE(one.in_first_minute(), kMostWhenBusy) << ip;
    if (one.in_first_minute() > 5) ++over_five;
  }
  EXPECT_GT(new_leader_ms_, leader_lost_ms_);
  EXPECT_LT(disturbed, static_cast<int>(nodes_.size()) / 2);
  EXPECT_LT(over_five, static_cast<int>(nodes_.size()) / 3);
  // Five starts a second with five statements each are 25 a second; S32 wants 20 at one FE, and
  // scripts/bench prints what there is. Here only what no load of the machine explains.
  EXPECT_LE(peak_of_ten_, 10 * kMostPerSecond);
}

}  // namespace
}  // namespace podlab
