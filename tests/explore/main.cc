#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "configs.h"
#include "search.h"

namespace {

using namespace sragent::explore;

constexpr std::string_view kHelp =
    "Usage: sr-explore [--json FILE] [--jobs N] [--faults N] [--stories] [--list] [NAME...]\n"
    "Walks the worlds NAME (default: all) with the agent's start rules and checks every invariant\n"
    "of docs/proof.md. Exit 0: no violation beyond the two known limits; 1: one was found;\n"
    "2: the command line is wrong or FILE cannot be written.\n"
    "  --json FILE  write the figures\n"
    "  --jobs N     worlds walked at the same time (default 2)\n"
    "  --faults N   faults that a walk may spend, in any order (default: each world's own)\n"
    "  --list       print the worlds, what each is and how many faults it spends; walk nothing\n"
    "  --stories    print the shortest trace into each known limit\n"
    "Example: sr-explore --json explore.json ThreeCounted\n";

struct Options {
  std::string json{};
  unsigned jobs = 2;
  bool stories = false;
  bool list = false;
  std::optional<unsigned> faults{};
  std::vector<Config> worlds{};
};

/// nullopt: wrong; the reason was printed.
std::optional<unsigned> number_of(const std::string& option,
                                  const std::string& value,
                                  unsigned least) {
  unsigned out = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  if (error == std::errc{} && end == value.data() + value.size() && out >= least) return out;
  std::cerr << option << ": expected a number from " << least << ", got " << value << "\n";
  return std::nullopt;
}

/// nullopt: wrong; the reason was printed.
std::optional<Options> parse(const std::vector<std::string>& words) {
  Options out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    const bool valued = word == "--json" || word == "--jobs" || word == "--faults";
    if (valued && i + 1 == words.size()) {
      std::cerr << word << ": needs a value\n";
      return std::nullopt;
    }
    if (word == "--json") {
      out.json = words[++i];
    } else if (word == "--jobs") {
      const auto jobs = number_of(word, words[++i], 1);
      if (!jobs) return std::nullopt;
      out.jobs = *jobs;
    } else if (word == "--faults") {
      out.faults = number_of(word, words[++i], 0);
      if (!out.faults) return std::nullopt;
    } else if (word == "--list") {
      out.list = true;
    } else if (word == "--stories") {
      out.stories = true;
    } else if (const auto* config = find_config(word); config != nullptr) {
      out.worlds.push_back(*config);
    } else {
      std::cerr << word << ": neither an option nor a world\n";
      return std::nullopt;
    }
  }
  if (out.worlds.empty()) out.worlds.assign(default_configs().begin(), default_configs().end());
  if (out.faults) {
    for (auto& config : out.worlds)
      config.faults = static_cast<int>(*out.faults);
  }
  return out;
}

struct Sum {
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  std::uint64_t limit1 = 0;
  std::uint64_t limit2 = 0;
  int depth = 0;
  double seconds = 0;
  bool green = true;

  void add(const Report& report) {
    states += report.states;
    transitions += report.transitions;
    limit1 += report.limit1;
    limit2 += report.limit2;
    depth = std::max(depth, report.depth);
    seconds += report.seconds;
    green = green && report.violation == Violation::kNone && report.complete;
  }
  [[nodiscard]] double rate() const {
    return seconds > 0 ? static_cast<double>(states) / seconds : 0;
  }
};

void print(const Config& config, const Report& report, bool stories) {
  std::printf(
      "%-22s faults %d states %9llu transitions %9llu depth %3d limit1 %4llu limit2 %4llu"
      " %6.1f s  %s\n",
      report.config.c_str(),
      config.faults,
      static_cast<unsigned long long>(report.states),
      static_cast<unsigned long long>(report.transitions),
      report.depth,
      static_cast<unsigned long long>(report.limit1),
      static_cast<unsigned long long>(report.limit2),
      report.seconds,
      report.complete ? std::string(to_string(report.violation)).c_str() : "not complete");
  if (report.violation != Violation::kNone) {
    const World world(config);
    auto trace = report.trace;
    trace.insert(trace.end(), report.continuation.begin(), report.continuation.end());
    std::printf("%s", story(world, trace).c_str());
  }
  if (stories && !report.limit1_story.empty())
    std::printf("  shortest way into limit 1:\n%s", report.limit1_story.c_str());
  if (stories && !report.limit2_story.empty())
    std::printf("  shortest way into limit 2:\n%s", report.limit2_story.c_str());
  std::fflush(stdout);
}

/// Most memory that this process ever held, in MiB.
long peak_mib() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  return use.ru_maxrss / 1024;
}

std::string json_of(const Sum& sum, const std::vector<Report>& reports, double wall) {
  std::ostringstream out;
  const auto figures =
      [&out](auto states, auto transitions, int depth, auto one, auto two, double seconds) {
        out << "\"states\": " << states << ", \"transitions\": " << transitions
            << ", \"max_depth\": " << depth << ", \"limit1\": " << one << ", \"limit2\": " << two
            << ", \"seconds\": " << seconds;
      };
  out << "{";
  figures(sum.states, sum.transitions, sum.depth, sum.limit1, sum.limit2, sum.seconds);
  out << ", \"wall_seconds\": " << wall << ", \"peak_mib\": " << peak_mib();
  out << ", \"states_per_second\": " << sum.rate() << ", \"green\": " << std::boolalpha << sum.green
      << ",\n \"worlds\": [";
  bool first = true;
  for (const auto& r : reports) {
    out << (first ? "\n" : ",\n") << R"(  {"name": ")" << r.config << "\", ";
    figures(r.states, r.transitions, r.depth, r.limit1, r.limit2, r.seconds);
    out << R"(, "violation": ")" << to_string(r.violation) << "\"}";
    first = false;
  }
  out << "\n]}\n";
  return out.str();
}

std::vector<Report> walk(const Options& options) {
  std::vector<Report> reports(options.worlds.size());
  std::mutex lock;
  std::size_t taken = 0;
  const auto work = [&] {
    for (;;) {
      std::size_t mine = 0;
      {
        const std::lock_guard guard(lock);
        if (taken == options.worlds.size()) return;
        mine = taken++;
      }
      const World world(options.worlds[mine]);
      reports[mine] = explore(world);
      const std::lock_guard guard(lock);
      print(options.worlds[mine], reports[mine], options.stories);
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < options.jobs; ++i)
    threads.emplace_back(work);
  for (auto& thread : threads)
    thread.join();
  return reports;
}

int run(const std::vector<std::string>& words) {
  if (std::find(words.begin(), words.end(), "--help") != words.end()) {
    std::cout << kHelp;
    return 0;
  }
  const auto options = parse(words);
  if (!options) {
    std::cerr << kHelp;
    return 2;
  }
  if (options->list) {
    for (const auto& config : options->worlds) {
      std::printf("%-22s %d faults  %s\n",
                  std::string(config.name).c_str(),
                  config.faults,
                  std::string(config.what).c_str());
    }
    return 0;
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto reports = walk(*options);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  Sum sum;
  for (const auto& report : reports)
    sum.add(report);
  std::printf(
      "total: %llu states, %llu transitions, %.0f states/s, depth %d, limit 1: %llu,"
      " limit 2: %llu, %s\n",
      static_cast<unsigned long long>(sum.states),
      static_cast<unsigned long long>(sum.transitions),
      sum.rate(),
      sum.depth,
      static_cast<unsigned long long>(sum.limit1),
      static_cast<unsigned long long>(sum.limit2),
      sum.green ? "no violation beyond them" : "VIOLATED");
  std::printf("%.0f s of processor time, %.0f s by the clock, %ld MiB at most\n",
              sum.seconds,
              wall.count(),
              peak_mib());
  if (!options->json.empty()) {
    std::ofstream file(options->json);
    file << json_of(sum, reports, wall.count());
    if (!file.flush()) {
      std::cerr << options->json << ": cannot be written\n";
      return 2;
    }
  }
  return sum.green ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "sr-explore: " << error.what() << "\n";
    return 2;
  }
}
