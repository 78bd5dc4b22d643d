#include "core/host_check.h"

#include <array>

#include "core/printable.h"

namespace sragent {
namespace {

using host_detail::known;
using host_detail::unknown;

/// vm.max_map_count and processes as the deployment guide of StarRocks has them; the scripts of a
/// BE or CN raise the soft limit of processes to it themselves.
constexpr std::uint64_t kMaxMapCount = 262'144;
constexpr std::uint64_t kProcesses = 65'535;
/// To which start_backend.sh raises its limit of open files where that is below 60000.
constexpr std::uint64_t kScriptOpenFiles = 65'535;

std::string count_text(std::uint64_t value) {
  return value == kUnlimited ? std::string{"unlimited"} : std::to_string(value);
}

std::string limit_text(const HostLimit& limit) {
  return "soft " + count_text(limit.soft) + ", hard " + count_text(limit.hard);
}

HostFinding judge_map_count(const Result<std::uint64_t>& seen) {
  HostFinding out{"max_map_count",
                  {},
                  HostState::kUnknown,
                  {},
                  "at least " + std::to_string(kMaxMapCount),
                  "a server with many mappings cannot map more memory and fails as if it had none",
                  "on the node: sysctl -w vm.max_map_count=262144, and the same in /etc/sysctl.d"};
  if (!seen) return unknown(std::move(out), seen.error());
  return known(std::move(out), std::to_string(*seen), *seen >= kMaxMapCount);
}

HostFinding judge_swap(const Result<HostSwap>& seen) {
  HostFinding out{"swap",
                  {},
                  HostState::kUnknown,
                  {},
                  "none that this container may use",
                  "memory of the server that is swapped out makes queries and heartbeats stall",
                  "on the node: swapoff -a, and no swap in /etc/fstab"};
  if (!seen) return unknown(std::move(out), seen.error());
  if (seen->total == 0) return known(std::move(out), "none", true);
  const auto node = size_text(seen->total) + " on the node";
  if (seen->container == Tri::kNo)
    return known(std::move(out), node + ", none for this container", true);
  const bool told = seen->container == Tri::kYes;
  return known(std::move(out), node + (told ? ", for this container too" : ""), false);
}

/// What counts is the hard limit: the start scripts of BE and CN raise the soft one where it is too
/// low, and a JVM does so by itself (-XX:+MaxFDLimit).
HostFinding judge_open_files(NodeKind kind, const Result<HostLimit>& seen, std::uint64_t wanted) {
  const bool fe = kind == NodeKind::kFe;
  HostFinding out{"open_files",
                  {},
                  HostState::kUnknown,
                  {},
                  "at least " + std::to_string(wanted),
                  fe ? "an FE without file descriptors refuses connections"
                     : "the server ends at its start: \"File descriptor number is less than ...\"",
                  "raise LimitNOFILE of the node's container runtime"};
  if (!seen) return unknown(std::move(out), seen.error());
  const bool raised = seen->hard >= wanted && (fe || seen->hard >= kScriptOpenFiles);
  return known(std::move(out), limit_text(*seen), seen->soft >= wanted || raised);
}

HostFinding judge_processes(const Result<HostLimit>& seen) {
  HostFinding out{"processes",
                  {},
                  HostState::kUnknown,
                  {},
                  "at least " + std::to_string(kProcesses),
                  "the server cannot make threads when many queries run",
                  "raise LimitNPROC of the node's container runtime"};
  if (!seen) return unknown(std::move(out), seen.error());
  return known(std::move(out), limit_text(*seen), seen->hard >= kProcesses);
}

HostFinding judge_huge_pages(const Result<std::string>& seen) {
  HostFinding out{"transparent_huge_pages",
                  {},
                  HostState::kUnknown,
                  {},
                  "madvise or never",
                  "they disturb the server's memory allocator: stalls, and more memory in use",
                  "on the node: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled"};
  if (!seen) return unknown(std::move(out), seen.error());
  return known(std::move(out), *seen, *seen == "madvise" || *seen == "never");
}

HostFinding judge_cpu(const Result<HostCpu>& seen) {
  HostFinding out{"cpu_avx2",
                  {},
                  HostState::kUnknown,
                  {},
                  "avx2 on x86",
                  "the server ends at its start: \"CPU flags check failed\", or an illegal "
                  "instruction",
                  "run it on a node whose processors have AVX2, or use a build without it"};
  if (!seen) return unknown(std::move(out), seen.error());
  if (!seen->x86) return known(std::move(out), "not an x86 processor", true);
  return known(std::move(out), seen->avx2 ? "avx2" : "no avx2", seen->avx2);
}

std::string seconds_text(std::int64_t millis) {
  const auto tenths = ((millis < 0 ? -millis : millis) + 50) / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

}  // namespace

namespace host_detail {

HostFinding unknown(HostFinding finding, const Error& why) {
  finding.state = HostState::kUnknown;
  finding.value = printable(why.what);
  return finding;
}

HostFinding known(HostFinding finding, std::string_view value, bool good) {
  finding.state = good ? HostState::kOk : HostState::kWarning;
  finding.value = printable(value);
  return finding;
}

}  // namespace host_detail

std::string_view to_string(HostState state) {
  switch (state) {
    case HostState::kOk:
      return "ok";
    case HostState::kWarning:
      return "warning";
    case HostState::kUnknown:
      return "unknown";
  }
  return "invalid";
}

std::string host_line(const HostFinding& finding) {
  auto out = finding.check;
  if (!finding.subject.empty()) out += " " + finding.subject;
  out += ": " + finding.value + "; wanted: " + finding.wanted;
  if (finding.state != HostState::kWarning) return out;
  return out + "; effect: " + finding.effect + "; remedy: " + finding.remedy;
}

/// Rounded to a tenth.
std::string size_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits{"KiB", "MiB", "GiB", "TiB", "PiB"};
  constexpr unsigned kStepBits = 10;
  if (bytes >> kStepBits == 0) return std::to_string(bytes) + " B";
  unsigned unit = 1;
  while (unit < kUnits.size() && bytes >> (kStepBits * (unit + 1)) != 0)
    ++unit;
  const auto bits = kStepBits * unit;
  const auto size = std::uint64_t{1} << bits;
  // In parts of 1024 of the unit, so that a tenth of the largest number has room.
  const auto rest = (bytes & (size - 1)) >> (bits - kStepBits);
  const auto tenths = (rest * 10 + 512) >> kStepBits;
  const auto whole = (bytes >> bits) + tenths / 10;
  return std::to_string(whole) + "." + std::to_string(tenths % 10) + " " +
         std::string{kUnits.at(unit - 1)};
}

std::vector<HostFinding> judge_host(const HostSeen& facts) {
  std::vector<HostFinding> out;
  out.push_back(judge_map_count(facts.max_map_count));
  out.push_back(judge_swap(facts.swap));
  out.push_back(judge_open_files(facts.kind, facts.open_files, facts.wants.open_files));
  out.push_back(judge_processes(facts.processes));
  out.push_back(judge_huge_pages(facts.huge_pages));
  if (facts.kind != NodeKind::kFe) out.push_back(judge_cpu(facts.cpu));  // a JVM needs no AVX2
  out.push_back(host_detail::judge_memory(facts.kind, facts.memory));
  for (const auto& disk : facts.disks)
    out.push_back(host_detail::judge_disk(disk, facts.wants));
  return out;
}

HostFinding judge_clock(NodeKind kind, const Result<ClockSpan>& clock, const HostWants& wants) {
  const auto limit = wants.clock_ms;
  HostFinding out{"clock",
                  {},
                  HostState::kUnknown,
                  {},
                  "at most " + seconds_text(limit) + " off the leader's",
                  kind == NodeKind::kFe
                      ? "the group of FEs refuses a member whose clock differs by more"
                      : "times that this node and the FEs write do not fit together",
                  "synchronise the clocks of the nodes (chrony or ntpd)"};
  if (!clock) return unknown(std::move(out), clock.error());
  out.subject = clock->leader;
  if (clock->self) return known(std::move(out), "this FE leads", true);
  const auto low = clock->low_ms;
  const auto high = clock->high_ms;
  const bool within = low >= -limit && high <= limit;
  const bool beyond = low > limit || high < -limit;
  if (!within && !beyond) {
    return unknown(std::move(out),
                   {ErrorKind::kTimeout, "the leader's answer took too long to compare with"});
  }
  const auto middle = low + (high - low) / 2;
  const std::string_view way = middle < 0 ? " ahead of" : " behind";
  return known(std::move(out), seconds_text(middle) + std::string{way} + " the leader", within);
}

std::string host_refusal(const std::vector<HostFinding>& findings) {
  std::string out;
  for (const auto& finding : findings) {
    if (finding.state != HostState::kWarning) continue;
    if (!out.empty()) out += "; ";
    out += host_line(finding);
  }
  return out.empty() ? out : "host.checks = strict: " + out;
}

}  // namespace sragent
