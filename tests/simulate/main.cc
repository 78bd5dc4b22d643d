#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "planted.h"
#include "shrink.h"

/// Runs seeds on several processes; see usage() and docs/proof.md.
namespace {

using namespace sragent::simulate;

struct Wishes {
  std::uint64_t from = 0;
  std::uint64_t seeds = 1'000;
  double seconds = 0;  ///< 0: all seeds, however long.
  std::uint64_t least = 0;
  int jobs = 1;
  bool story = false;
  bool keep_going = false;
};

/// What one process did; goes through a pipe as it is.
struct Report {
  std::uint64_t seeds = 0;
  std::uint64_t days = 0;
  std::uint64_t judged = 0;
  std::uint64_t statements = 0;
  std::uint64_t hash = 0;
  std::uint64_t broken = 0;
  std::int64_t simulated_ms = 0;
  double seconds = 0;
};

int usage(std::FILE* to, int code) {
  std::fputs(
      "simulate: seeded simulation of whole clusters; the agents are the real ones\n"
      "  --seeds N      how many (1000); with --seconds: at most\n"
      "  --from M       the first seed (0)\n"
      "  --seconds S    stops taking new seeds after S seconds\n"
      "  --least N      fails if fewer seeds were run\n"
      "  --jobs N       processes (1)\n"
      "  --keep-going   one line for each broken seed, and no story\n"
      "  --story        prints the whole run of seed M\n"
      "  --plant NAME   with a wrong rule; --plants lists them\n"
      "Exit status: 0 all hold; 1 an invariant broke, or too few seeds; 2 usage.\n",
      to);
  return code;
}

double since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

void tell_broken(const Plan& plan, const Outcome& out) {
  std::printf("BROKEN %s: %s\n%s\nshrinking ...\n",
              std::string(to_string(out.broken)).c_str(),
              out.what.c_str(),
              describe(plan).c_str());
  std::fflush(stdout);
  std::printf("%s", story(shrink(plan, out.broken)).c_str());
  std::printf("again: scripts/simulate --from %llu --seeds 1\n",
              static_cast<unsigned long long>(plan.seed));  // NOLINT(google-runtime-int)
  std::fflush(stdout);
}

Report run_share(const Wishes& wishes, int share) {
  Report report;
  const auto began = std::chrono::steady_clock::now();
  const auto step = static_cast<std::uint64_t>(wishes.jobs);
  for (auto i = static_cast<std::uint64_t>(share); i < wishes.seeds; i += step) {
    if (wishes.seconds > 0 && since(began) > wishes.seconds) break;
    const auto plan = make_plan(wishes.from + i);
    const auto out = run_plan(plan);
    ++report.seeds;
    report.days += plan.end > Ms{3'600'000} ? 1 : 0;
    report.judged += out.counters.judged;
    report.statements += out.counters.statements;
    report.simulated_ms += out.simulated;
    report.hash ^= out.hash * (2 * plan.seed + 1);
    if (out.broken == Broken::kNothing) continue;
    ++report.broken;
    if (!wishes.keep_going) {
      tell_broken(plan, out);
      break;
    }
    std::printf("BROKEN %s: %s: %s\n",
                std::string(to_string(out.broken)).c_str(),
                out.what.c_str(),
                describe(plan).c_str());
  }
  report.seconds = since(began);
  return report;
}

/// A process each: whatever one does, the others' runs stay what they are.
Report run_all(const Wishes& wishes) {
  std::vector<int> pipes;
  for (int share = 0; share < wishes.jobs; ++share) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) std::abort();
    if (::fork() == 0) {
      const auto report = run_share(wishes, share);
      const bool told = ::write(ends[1], &report, sizeof report) == sizeof report;
      std::fflush(nullptr);
      ::_exit(told ? 0 : 1);
    }
    ::close(ends[1]);
    pipes.push_back(ends[0]);
  }
  Report all;
  for (const int end : pipes) {
    Report one;
    if (::read(end, &one, sizeof one) != sizeof one) one.broken = 1;  // it crashed
    all.seeds += one.seeds;
    all.days += one.days;
    all.judged += one.judged;
    all.statements += one.statements;
    all.simulated_ms += one.simulated_ms;
    all.hash ^= one.hash;
    all.broken += one.broken;
    all.seconds = std::max(all.seconds, one.seconds);
    ::close(end);
  }
  while (::wait(nullptr) > 0) {
  }
  return all;
}

int conclude(const Wishes& wishes, const Report& report) {
  constexpr double kDayMs = 86'400'000.0;
  const double days = static_cast<double>(report.simulated_ms) / kDayMs;
  std::printf(
      "seeds %lu (%lu of a whole day), decisions %lu, statements %lu, simulated days %.1f\n",
      report.seeds,
      report.days,
      report.judged,
      report.statements,
      days);
  std::printf("trace %016lx\nsimulated_days_per_s %.2f\nseeds_per_s %.1f\n",
              report.hash,
              days / report.seconds,
              static_cast<double>(report.seeds) / report.seconds);
  if (report.broken != 0) return 1;
  if (report.seeds < wishes.least) {
    std::printf("too few seeds: %lu, expected at least %lu\n", report.seeds, wishes.least);
    return 1;
  }
  std::printf("every invariant held\n");
  return 0;
}

/// nullopt: `code` says how it ends.
std::optional<Wishes> parse(const std::vector<std::string>& words, int& code) {
  Wishes out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (word == "--help" || word == "-h") return code = usage(stdout, 0), std::nullopt;
    if (word == "--story") {
      out.story = true;
      continue;
    }
    if (word == "--keep-going") {
      out.keep_going = true;
      continue;
    }
    if (word == "--plants") {
      for (const auto& planted : planted_rules()) {
        std::printf(
            "%s: %s\n", std::string(planted.name).c_str(), std::string(planted.wrong).c_str());
      }
      code = 0;
      return std::nullopt;
    }
    if (i + 1 == words.size()) return code = usage(stderr, 2), std::nullopt;
    const auto& value = words[++i];
    const auto number = std::strtoull(value.c_str(), nullptr, 10);
    if (word == "--seeds") {
      out.seeds = number;
    } else if (word == "--from") {
      out.from = number;
    } else if (word == "--seconds") {
      out.seconds = static_cast<double>(number);
    } else if (word == "--least") {
      out.least = number;
    } else if (word == "--jobs") {
      out.jobs = static_cast<int>(number);
    } else if (word == "--plant" && plant(value)) {
      continue;
    } else {
      return code = usage(stderr, 2), std::nullopt;
    }
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  ::clearenv();  // what the agent hands to its server is the same everywhere
  int code = 0;
  const auto wishes = parse({argv + 1, argv + argc}, code);
  if (!wishes) return code;
  if (wishes->story) {
    std::printf("%s", story(make_plan(wishes->from)).c_str());
    return 0;
  }
  return conclude(*wishes, run_all(*wishes));
}
