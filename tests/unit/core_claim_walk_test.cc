#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/fe_good.h"

/// Every order in which three FEs that all want to leave for good may publish, ask, be granted, be
/// killed and come back (S39). No two are ever on their way out together, and each gets out in the
/// end. Each planted fault breaks one of the two.
namespace sragent {
namespace {

constexpr int kFes = 3;
constexpr int kKills = 2;

enum class Fault {
  kNone,
  kOnlyHigherClaimsCount,
  kSilenceIsNoClaim,
  kAsksBeforeItPublishes,
  kForgetsItsMark,
  kNobodyGivesWay,
};

enum Told : char { kUnasked, kSilent, kNoClaim, kClaim };

struct Fe {
  bool up = true;
  bool claim = false;
  bool yields = false;
  bool granted = false;
  bool marked = false;  ///< The mark `left` is on disk: its DROP may be on its way, also after a
                        ///< kill, which does not ask again.
  bool gone = false;
  std::array<char, kFes> told{};
};

struct State {
  std::array<Fe, kFes> fes{};
  int kills = 0;
};

std::string key(const State& state) {
  std::string out(1, static_cast<char>(state.kills));
  for (const auto& fe : state.fes) {
    out += static_cast<char>((fe.up ? 1 : 0) | (fe.claim ? 2 : 0) | (fe.yields ? 4 : 0) |
                             (fe.granted ? 8 : 0) | (fe.marked ? 16 : 0) | (fe.gone ? 32 : 0));
    out.append(fe.told.begin(), fe.told.end());
  }
  return out;
}

class Walk {
 public:
  explicit Walk(Fault fault) : fault_(fault) {}

  /// What is broken; empty: nothing.
  std::string run() {
    add(State{}, -1);
    while (!open_.empty()) {
      const auto at = open_.front();
      open_.pop_front();
      const State state = states_[at];
      if (marked_and_listed(state) > 1) return "two are on their way out together";
      for (int i = 0; i < kFes; ++i)
        moves_of(state, i, static_cast<int>(at));
    }
    return everybody_gets_out() ? "" : "somebody never gets out";
  }
  [[nodiscard]] std::size_t states() const { return states_.size(); }

 private:
  static int marked_and_listed(const State& state) {
    int out = 0;
    for (const auto& fe : state.fes)
      if (fe.marked && !fe.gone) ++out;
    return out;
  }

  void add(const State& state, int from) {
    const auto [it, fresh] = numbers_.try_emplace(key(state), static_cast<int>(states_.size()));
    if (fresh) {
      states_.push_back(state);
      before_.emplace_back();
      open_.push_back(static_cast<std::size_t>(it->second));
    }
    if (from >= 0) before_[static_cast<std::size_t>(it->second)].push_back(from);
  }

  template <typename Change>
  void move(const State& state, int i, int from, Change change) {
    auto next = state;
    change(next.fes[static_cast<std::size_t>(i)]);
    add(next, from);
  }

  void moves_of(const State& state, int i, int from) {
    const auto& fe = state.fes[static_cast<std::size_t>(i)];
    if (fe.gone) return;
    if (!fe.up) return move(state, i, from, [](Fe& me) { me.up = true; });
    if (state.kills < kKills) {
      auto next = state;
      ++next.kills;
      Fe after;
      after.up = false;
      after.marked = fe.marked;
      after.claim = after.granted = fe.marked && fault_ != Fault::kForgetsItsMark;
      next.fes[static_cast<std::size_t>(i)] = after;
      add(next, from);
    }
    if (fe.granted && !fe.marked) return move(state, i, from, [](Fe& me) { me.marked = true; });
    if (fe.granted) return move(state, i, from, [](Fe& me) { me.gone = true; });
    const bool late = fault_ == Fault::kAsksBeforeItPublishes;
    if (!fe.claim && !fe.yields && !late)
      return move(state, i, from, [](Fe& me) { me.claim = true; });
    ask(state, i, from);
  }

  void ask(const State& state, int i, int from) {
    const auto& fe = state.fes[static_cast<std::size_t>(i)];
    bool all = true;
    for (int j = 0; j < kFes; ++j) {
      const auto& other = state.fes[static_cast<std::size_t>(j)];
      if (j == i || other.gone || fe.told[static_cast<std::size_t>(j)] != kUnasked) continue;
      all = false;
      const char told = !other.up ? kSilent : other.claim ? kClaim : kNoClaim;
      move(state, i, from, [&](Fe& me) { me.told[static_cast<std::size_t>(j)] = told; });
    }
    if (all) judge(state, i, from);
  }

  void judge(const State& state, int i, int from) {
    const auto& fe = state.fes[static_cast<std::size_t>(i)];
    std::vector<ClaimAnswer> answers;
    for (int j = 0; j < kFes; ++j) {
      const char told = fe.told[static_cast<std::size_t>(j)];
      if (j == i || state.fes[static_cast<std::size_t>(j)].gone || told == kUnasked) continue;
      ClaimAnswer answer;
      answer.host = "fe-" + std::to_string(j);
      if (told == kSilent && fault_ != Fault::kSilenceIsNoClaim) answer.why = "silent";
      const bool counts = fault_ != Fault::kOnlyHigherClaimsCount || j > i;
      if (told == kClaim && counts) answer.claim = LeaveClaim{j, {}};
      answers.push_back(std::move(answer));
    }
    auto verdict = judge_claims("fe-" + std::to_string(i), i, answers).verdict;
    if (fault_ == Fault::kNobodyGivesWay && verdict == ClaimVerdict::kYields)
      verdict = ClaimVerdict::kWaits;
    const bool late = fault_ == Fault::kAsksBeforeItPublishes;
    move(state, i, from, [&](Fe& me) {
      me.told = {};
      me.yields = verdict == ClaimVerdict::kYields;
      const bool claimed = me.claim || late;
      me.granted = verdict == ClaimVerdict::kGoes && claimed;
      if (late) me.claim = me.granted;
      if (me.yields) me.claim = false;
    });
  }

  /// From each state there is a way to the one in which all are gone.
  [[nodiscard]] bool everybody_gets_out() const {
    std::vector<bool> good(states_.size(), false);
    std::deque<std::size_t> open;
    for (std::size_t at = 0; at < states_.size(); ++at) {
      bool all = true;
      for (const auto& fe : states_[at].fes)
        all = all && fe.gone;
      if (!all) continue;
      good[at] = true;
      open.push_back(at);
    }
    while (!open.empty()) {
      const auto at = open.front();
      open.pop_front();
      for (const int one : before_[at]) {
        const auto from = static_cast<std::size_t>(one);
        if (good[from]) continue;
        good[from] = true;
        open.push_back(from);
      }
    }
    return std::find(good.begin(), good.end(), false) == good.end();
  }

  Fault fault_;
  std::vector<State> states_{};
  std::vector<std::vector<int>> before_{};
  std::map<std::string, int> numbers_{};
  std::deque<std::size_t> open_{};
};

TEST(S39_ClaimWalk, NoTwoGoTogetherAndEverybodyGetsOut) {
  Walk walk(Fault::kNone);
  EXPECT_EQ(walk.run(), "");
  EXPECT_GT(walk.states(), 10'000U);
  RecordProperty("states", static_cast<int>(walk.states()));
}

struct Planted {
  Fault fault{};
  std::string name{};
};
void PrintTo(const Planted& planted, std::ostream* out) {
  *out << planted.name;
}
class ClaimFault : public testing::TestWithParam<Planted> {};

TEST_P(ClaimFault, IsFound) {
  EXPECT_NE(Walk(GetParam().fault).run(), "");
}

INSTANTIATE_TEST_SUITE_P(
    Planted,
    ClaimFault,
    testing::Values(Planted{Fault::kOnlyHigherClaimsCount, "OnlyHigherClaimsCount"},
                    Planted{Fault::kSilenceIsNoClaim, "SilenceIsNoClaim"},
                    Planted{Fault::kAsksBeforeItPublishes, "AsksBeforeItPublishes"},
                    Planted{Fault::kForgetsItsMark, "ForgetsItsMark"},
                    Planted{Fault::kNobodyGivesWay, "NobodyGivesWay"}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace sragent
