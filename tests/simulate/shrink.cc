#include "shrink.h"

#include <algorithm>

namespace sragent::simulate {
namespace {

/// Tries plans while there are tries left, and keeps each that still breaks.
class Shrinker {
 public:
  Shrinker(Plan plan, Broken broken, int tries)
      : best_(std::move(plan)), broken_(broken), left_(tries) {}

  bool take(const Plan& smaller) {
    if (left_-- <= 0) return false;
    if (run_plan(smaller).broken != broken_) return false;
    best_ = smaller;
    return true;
  }

  void fewer_faults() {
    for (auto half = best_.faults.size() / 2; half > 0; half /= 2) {
      for (std::size_t at = 0; at + half <= best_.faults.size();) {
        auto smaller = best_;
        const auto begin = smaller.faults.begin() + static_cast<std::ptrdiff_t>(at);
        smaller.faults.erase(begin, begin + static_cast<std::ptrdiff_t>(half));
        if (!take(smaller)) at += half;
      }
    }
    if (best_.faults.size() == 1) {
      auto none = best_;
      none.faults.clear();
      take(none);
    }
  }

  /// Faults name nodes by number: what strikes a node that is no more goes with it.
  void fewer_nodes() {
    while (without_last(best_.cns, best_.nodes() - 1)) {
    }
    while (without_last(best_.bes, best_.fes + best_.bes - 1)) {
    }
  }

  void less_time() {
    const Ms quiet = best_.end - best_.faults_end;
    while (best_.end > quiet) {
      auto smaller = best_;
      smaller.end -= (smaller.end - quiet) / 2 + 1;
      const bool cuts_fault =
          std::any_of(smaller.faults.begin(), smaller.faults.end(), [&](const Fault& fault) {
            return fault.at > smaller.end;
          });
      if (cuts_fault || !take(smaller)) return;
    }
  }

  [[nodiscard]] const Plan& best() const { return best_; }

 private:
  bool without_last(int& kind, int node) {
    if (kind == 0) return false;
    auto smaller = best_;
    (&kind == &best_.cns ? smaller.cns : smaller.bes) -= 1;
    std::erase_if(smaller.faults, [&](const Fault& fault) { return fault.node == node; });
    for (auto& fault : smaller.faults)
      if (fault.node > node) --fault.node;
    return take(smaller);
  }

  Plan best_;
  Broken broken_;
  int left_;
};

}  // namespace

Outcome run_plan(const Plan& plan, bool keep_story) {
  World world(plan, keep_story);
  return world.run();
}

Plan shrink(const Plan& plan, Broken broken, int tries) {
  Shrinker shrinker(plan, broken, tries);
  shrinker.fewer_faults();
  shrinker.fewer_nodes();
  shrinker.less_time();
  return shrinker.best();
}

std::string story(const Plan& plan) {
  const auto out = run_plan(plan, true);
  std::string text = describe(plan) + "\n";
  for (const auto& fault : plan.faults)
    text += "  " + describe(fault, plan) + "\n";
  for (const auto& line : out.story) {
    if (line.find(" does: write") == std::string::npos &&
        line.find(" does: append") == std::string::npos)
      text += line + "\n";
  }
  return text + "BROKEN at " + std::to_string(out.at) +
         " ms: " + std::string{to_string(out.broken)} + ": " + out.what + "\n";
}

}  // namespace sragent::simulate
