#include "runtime/pod_memory.h"

#include "core/text.h"
#include "io/files.h"
#include "runtime/log.h"
#include "starrocks/state_file.h"

namespace sragent {
namespace {

constexpr mode_t kMode = 0600;
constexpr std::size_t kMaxBytes = std::size_t{1} << 20U;

SeenNote seen_note(const WorkerMemory& memory) {
  return {memory.leader,
          memory.leader_start_time,
          {memory.others.begin(), memory.others.end()},
          memory.leader_certain};
}

void log_failure(const Result<void>& done) {
  if (!done) log_warn("mark_not_written", {{"error", done.error().what}});
}

void remove_if_there(const std::string& path) {
  const auto done = remove_file(path);
  if (done || done.error().kind != ErrorKind::kNotFound) log_failure(done);
}

}  // namespace

PodMemory::PodMemory(const std::string& runtime_dir, const std::string& host)
    : dropped_(runtime_dir + "/" + host + ".dropped"),
      seen_(runtime_dir + "/" + host + ".seen"),
      left_(runtime_dir + "/" + host + ".left") {}

void PodMemory::restore(WorkerMemory& memory) const {
  // Whatever the volume says: an agent that dies between two files must not forget it, and what a
  // person took out of an earlier pod of this name is not for this one.
  memory.dropped = file_kind(dropped_).value_or(FileKind::kAbsent) != FileKind::kAbsent;
  if (const auto text = read_file(left_, kMaxBytes)) {
    if (const auto ms = whole_number<std::int64_t>(*text)) memory.left_at = Instant{*ms};
  }
  const auto note = read_file(seen_, kMaxBytes).and_then([](const std::string& text) {
    return parse_seen(text);
  });
  if (!note) return;
  memory.seen = true;
  memory.leader = note->leader;
  memory.leader_start_time = note->leader_start_time;
  memory.leader_certain = note->leader_certain;
  memory.others = {note->others.begin(), note->others.end()};
}

void PodMemory::keep(const WorkerMemory& before, const WorkerMemory& now) const {
  if (now.dropped && !before.dropped) log_failure(write_atomic(dropped_, "\n", kMode));
  if (now.left_at && now.left_at != before.left_at)
    log_failure(write_atomic(left_, std::to_string(now.left_at->count()), kMode));
  if (!now.dropped && before.dropped) remove_if_there(dropped_);
  if (now.seen && (!before.seen || seen_note(now) != seen_note(before)))
    log_failure(write_atomic(seen_, to_text(seen_note(now)), kMode));
  if (!now.seen && before.seen) remove_if_there(seen_);
}

}  // namespace sragent
