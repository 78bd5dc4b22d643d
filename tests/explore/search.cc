#include "search.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <utility>

#include "visited.h"

namespace sragent::explore {
namespace {

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const auto wide =
      static_cast<Wide>(a ^ 0x9E37'79B9'7F4A'7C15ULL) * (b ^ 0xD6E8'FEB8'6659'FD93ULL);
  return static_cast<std::uint64_t>(wide) ^ static_cast<std::uint64_t>(wide >> 64U);
}

std::uint64_t fingerprint(const State& state) {
  static_assert(std::has_unique_object_representations_v<State>);
  std::array<std::uint64_t, (sizeof(State) + 15) / 16 * 2> words{};
  std::memcpy(words.data(), &state, sizeof state);
  std::uint64_t hash = 0x2545'F491'4F6C'DD1DULL;
  for (std::size_t i = 0; i < words.size(); i += 2)
    hash = mix(hash + words.at(i), hash ^ words.at(i + 1));
  return hash;
}

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Where the fair continuation of a state leads.
enum class Fate : Byte { kOpen, kOnPath, kGood, kStuck };

class Search {
 public:
  explicit Search(const World& world) : world_(world) { report_.config = world.config().name; }

  Report run() {
    const auto begin = processor_seconds();
    layers_.resize(static_cast<std::size_t>(world_.config().faults) + 1);
    layers_.front().begin.push_back({world_.initial(), Visited::kAbsent, {}});
    for (faults_ = 0; faults_ <= world_.config().faults && !stopped(); ++faults_)
      walk_layer(std::exchange(layer(faults_), {}).begin);
    if (!stopped()) prove_progress();
    report_.states = trail_.size();
    report_.seconds = processor_seconds() - begin;
    return std::move(report_);
  }

 private:
  struct Trail {
    std::uint32_t parent = Visited::kAbsent;
    std::uint32_t fair = Visited::kAbsent;  ///< State behind the first step; kAbsent: at rest.
    Step step{};
    std::uint16_t depth = 0;
    Fate fate = Fate::kOpen;
  };
  struct Pending {
    State state{};
    std::uint32_t parent = Visited::kAbsent;
    Step step{};
  };
  struct Open {
    State state{};
    std::uint32_t number = 0;
  };
  /// States that a number of faults leads to.
  struct Layer {
    std::vector<Pending> begin{};
    Visited candidates{};
  };

  Layer& layer(int faults) { return layers_.at(static_cast<std::size_t>(faults)); }

  [[nodiscard]] bool stopped() const {
    return report_.violation != Violation::kNone || !report_.complete;
  }

  std::uint32_t add(const State& state, std::uint64_t key, std::uint32_t parent, Step step) {
    const auto number = static_cast<std::uint32_t>(trail_.size());
    const int depth = parent == Visited::kAbsent ? 0 : trail_[parent].depth + 1;
    trail_.push_back(
        {parent, Visited::kAbsent, step, static_cast<std::uint16_t>(depth), Fate::kOpen});
    visited_.insert(key, number);
    open_.push_back({state, number});
    report_.depth = std::max(report_.depth, depth);
    if (trail_.size() >= world_.config().state_limit) report_.complete = false;
    return number;
  }

  void walk_layer(const std::vector<Pending>& begin) {
    open_.clear();
    for (const auto& pending : begin) {
      const auto key = fingerprint(pending.state);
      if (visited_.find(key) == Visited::kAbsent)
        add(pending.state, key, pending.parent, pending.step);
    }
    std::vector<Open> level;
    while (!open_.empty() && !stopped()) {
      level.clear();
      level.swap(open_);
      for (const auto& open : level) {
        expand(open);
        if (stopped()) return;
      }
    }
  }

  void expand(const Open& open) {
    world_.moves(open.state, world_.config().faults - faults_, moves_);
    keys_.clear();
    for (const auto& move : moves_) {
      keys_.push_back(fingerprint(move.next));
      visited_.prefetch(keys_.back());
    }
    bool first = true;
    auto key = keys_.begin();
    for (const auto& move : moves_) {
      const auto mine = *key++;
      ++report_.transitions;
      const bool fault = is_fault(move.step);
      if (move.violation != Violation::kNone) {
        note_violation(open.number, move);
        if (first && !fault && !is_optional(move.step))
          trail_[open.number].fate = Fate::kGood;  // counted as a limit
        if (stopped()) return;
      } else if (fault) {
        keep_candidate(open.number, move, mine);
      } else {
        const auto number = reach(open.number, move, mine);
        if (first && !is_optional(move.step)) trail_[open.number].fair = number;
      }
      first = false;
    }
    const bool rests =
        moves_.empty() || is_fault(moves_.front().step) || is_optional(moves_.front().step);
    if (!rests) return;
    ++report_.rests;
    if (world_.at_rest(open.state)) {
      trail_[open.number].fate = Fate::kGood;
    } else {
      report_.violation = Violation::kStuck;
      report_.trace = steps_to(open.number);
    }
  }

  std::uint32_t reach(std::uint32_t parent, const Move& move, std::uint64_t key) {
    const auto known = visited_.find(key);
    return known == Visited::kAbsent ? add(move.next, key, parent, move.step) : known;
  }

  void keep_candidate(std::uint32_t parent, const Move& move, std::uint64_t key) {
    if (visited_.find(key) != Visited::kAbsent) return;
    auto& later = layer(faults_ + cost(move.step));
    if (later.candidates.find(key) != Visited::kAbsent) return;
    later.candidates.insert(key, 0);
    later.begin.push_back({move.next, parent, move.step});
  }

  void note_violation(std::uint32_t parent, const Move& move) {
    auto trace = [&] {
      auto out = steps_to(parent);
      out.push_back(move.step);
      return out;
    };
    const bool excused = move.violation != Violation::kSealedBlind;
    if (excused && move.next.limit2 != 0) {
      if (report_.limit2++ == 0) report_.limit2_story = story(world_, trace());
    } else if (excused && move.next.limit1 != 0) {
      if (report_.limit1++ == 0) report_.limit1_story = story(world_, trace());
    } else {
      report_.violation = move.violation;
      report_.trace = trace();
    }
  }

  [[nodiscard]] std::vector<Step> steps_to(std::uint32_t number) const {
    std::vector<Step> out;
    for (; trail_[number].parent != Visited::kAbsent; number = trail_[number].parent)
      out.push_back(trail_[number].step);
    std::reverse(out.begin(), out.end());
    return out;
  }

  [[nodiscard]] State replay(const std::vector<Step>& steps) const {
    auto state = world_.initial();
    std::vector<Move> moves;
    for (const auto& step : steps) {
      world_.moves(state, world_.config().faults, moves);
      const auto it = std::find_if(
          moves.begin(), moves.end(), [&](const Move& move) { return move.step == step; });
      if (it != moves.end()) state = it->next;
    }
    return state;
  }

  [[nodiscard]] std::vector<Step> first_steps(State state, std::size_t count) const {
    std::vector<Step> out;
    std::vector<Move> moves;
    for (std::size_t i = 0; i < count; ++i) {
      world_.moves(state, 0, moves);
      if (moves.empty()) break;
      out.push_back(moves.front().step);
      state = moves.front().next;
    }
    return out;
  }

  /// A circle is good if one of its states is a rest or a hold.
  [[nodiscard]] Fate judge_circle(std::uint32_t begin) const {
    auto number = begin;
    do {
      if (world_.at_rest(replay(steps_to(number)))) return Fate::kGood;
      number = trail_[number].fair;
    } while (number != begin);
    return Fate::kStuck;
  }

  void follow(std::uint32_t begin, std::vector<std::uint32_t>& path) {
    path.clear();
    auto number = begin;
    while (trail_[number].fate == Fate::kOpen && trail_[number].fair != Visited::kAbsent) {
      trail_[number].fate = Fate::kOnPath;
      path.push_back(number);
      number = trail_[number].fair;
    }
    auto fate = trail_[number].fate;
    if (fate == Fate::kOnPath) fate = judge_circle(number);
    if (fate == Fate::kOpen) fate = Fate::kGood;  // cut off by a counted limit
    for (const auto passed : path)
      trail_[passed].fate = fate;
    if (fate != Fate::kStuck) return;
    report_.violation = Violation::kStuck;
    report_.trace = steps_to(begin);
    report_.continuation = first_steps(replay(report_.trace), path.size());
  }

  void prove_progress() {
    std::vector<std::uint32_t> path;
    for (std::uint32_t number = 0; number < trail_.size() && !stopped(); ++number)
      if (trail_[number].fate == Fate::kOpen) follow(number, path);
  }

  const World& world_;
  Report report_{};
  Visited visited_{};
  std::vector<Trail> trail_{};
  std::vector<Layer> layers_{};  ///< By the faults spent.
  int faults_ = 0;               ///< Spent in the layer that is walked.
  std::vector<Open> open_{};
  std::vector<Move> moves_{};
  std::vector<std::uint64_t> keys_{};  ///< Fingerprints of `moves_`.
};

}  // namespace

Report explore(const World& world) {
  return Search(world).run();
}

}  // namespace sragent::explore
