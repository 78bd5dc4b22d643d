#include "runtime/start_watch.h"

#include <algorithm>

#include "core/text.h"
#include "io/files.h"
#include "runtime/log.h"
#include "starrocks/start_log.h"

namespace sragent {
namespace {

constexpr std::size_t kTailBytes = std::size_t{256} << 10U;
constexpr std::size_t kProcBytes = 4096;

/// Sizes of the files of one folder, without those below it.
std::uint64_t size_of(const std::string& dir) {
  std::uint64_t out = 0;
  const auto entries = list_dir(dir);
  if (!entries) return out;
  for (const auto& entry : *entries) {
    if (entry.kind == FileKind::kRegular) {
      if (const auto stamp = file_stamp(dir + "/" + entry.name))
        out += static_cast<std::uint64_t>(stamp->size);
    }
  }
  return out;
}

/// /proc/PID/io (proc(5)): what the process has read, from caches too, and in how many calls.
struct HasRead {
  std::uint64_t bytes = 0;
  std::uint64_t calls = 0;
};

std::optional<HasRead> has_read(int pid) {
  const auto text = read_file("/proc/" + std::to_string(pid) + "/io", kProcBytes);
  if (!text) return std::nullopt;
  const auto bytes = number_after<std::uint64_t>(*text, "rchar: ");
  if (!bytes) return std::nullopt;
  return HasRead{*bytes, number_after<std::uint64_t>(*text, "syscr: ").value_or(0)};
}

StartSign look_at_fe(const StartPlaces& places) {
  StartSign out;
  out.bytes = size_of(places.meta_dir + "/image") + size_of(places.meta_dir + "/bdb");
  out.read = has_read(places.pid).value_or(HasRead{}).bytes;
  const auto tail = read_tail(places.main_log, kTailBytes);
  if (!tail) return out;
  const auto told = read_start_log(*tail);
  out.stage = told.stage;
  out.position = told.position;
  out.target = told.target;
  out.mark = told.synchronized.empty() ? told.block : told.synchronized;
  return out;
}

/// Every 15 s a BE or CN reads what its machine is doing, also while nothing loads.
constexpr Millis kWorkerReadsWithin{60'000};

/// A BE or CN says nothing that counts what is left; while it loads it reads.
StartSign look_at_worker(const StartPlaces& places) {
  StartSign out;
  out.stage = "loads tablets and caches";
  if (const auto tail = read_tail(places.main_log, kTailBytes)) out.step = read_worker_step(*tail);
  if (const auto read = has_read(places.pid)) {
    out.read = read->bytes;
    out.reads = read->calls;
    out.read_within = kWorkerReadsWithin;
  } else if (const auto stamp = file_stamp(places.main_log)) {
    out.bytes = static_cast<std::uint64_t>(stamp->size);
  }
  return out;
}

}  // namespace

StartSign look_at_start(const StartPlaces& places, Instant now) {
  auto out = places.kind == NodeKind::kFe ? look_at_fe(places) : look_at_worker(places);
  out.at = now;
  return out;
}

StartWatch::StartWatch(Clock clock, std::shared_ptr<WorkerPool> workers)
    : clock_(clock), workers_(std::move(workers)) {
  auto event = EventFd::create();
  if (event) mail_ = std::make_shared<Mailbox<Look>>(*std::move(event));
}

/// A follower's log tells how far it is, and the leader's list how far it has to go.
void StartWatch::take_looks(std::optional<std::int64_t> leader_journal) {
  if (mail_ == nullptr) return;
  for (auto& look : mail_->take_all()) {
    if (look.start != starts_ || progress_.up) continue;
    if (!look.sign.target) look.sign.target = leader_journal;
    add_sign(progress_, std::move(look.sign));
  }
}

void StartWatch::begin_look(const NodeStatus& status, Instant now) {
  if (workers_ == nullptr || mail_ == nullptr || now < next_) return;
  next_ = now + kPace;
  const StartPlaces places{status.kind, status.main_log, status.meta_dir, status.server.pid};
  static_cast<void>(workers_->submit(
      [places, mail = mail_, clock = clock_, start = starts_] {
        mail->push({start, look_at_start(places, clock.now())});
      },
      Deadline::after(clock_.to_real(kPace))));
}

void StartWatch::follow(NodeStatus& status, Instant now) {
  if (status.server.starts != starts_) {
    starts_ = status.server.starts;
    next_ = now;
    begin_start(progress_, now);
  }
  take_looks(status.row.leader_journal);
  if (status.server.running && progress_.began && !progress_.up) {
    if (status.phase == Phase::kRunning) {
      progress_.up = now;
      const auto took = now - *progress_.began;
      longest_ = std::max(longest_.value_or(took), took);
      log_info("server_up", {{"after_ms", std::to_string(took.count())}});
    } else {
      begin_look(status, now);
    }
  }
  status.startup = progress_;
  status.longest_start = longest_;
}

}  // namespace sragent
