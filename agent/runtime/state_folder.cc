#include "runtime/state_folder.h"

#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "io/clock.h"
#include "io/files.h"
#include "runtime/log.h"

namespace sragent {
namespace {

constexpr std::int64_t kJournalBytes = 1 << 20;  ///< One file; the one before is kept beside it.
constexpr int kAsideTries = 1000;
constexpr std::size_t kMaxMarksBytes = std::size_t{1} << 20U;

Error not_writable(const std::string& path, const Error& cause) {
  return {
      ErrorKind::kIo,
      "path_not_writable: " + path + " as uid " + std::to_string(geteuid()) + ": " + cause.what};
}

/// "20261121T101530Z": sorts by time and is a file name.
std::string stamp() {
  std::string out;
  for (const char c : Clock::wall().substr(0, 19))
    if (c != '-' && c != ':') out += c;
  return out + "Z";
}

}  // namespace

StateFolder::StateFolder(std::string dir, std::string data_dir, std::string log_dir)
    : dir_(std::move(dir)), data_dir_(std::move(data_dir)), log_dir_(std::move(log_dir)) {}

Result<StateFolder> StateFolder::open(std::string dir, std::string data_dir, std::string log_dir) {
  StateFolder out{std::move(dir), std::move(data_dir), std::move(log_dir)};
  constexpr mode_t kOwnerOnly = 0700;
  if (auto made = mkdir_p(out.dir_, kOwnerOnly); !made)
    return tl::unexpected(not_writable(out.dir_, made.error()));
  remove_unfinished(out.dir_);
  if (!out.log_dir_.empty()) remove_unfinished(out.log_dir_, state_names::kLogCertificate);
  const auto probe = out.path("writable");
  if (auto written = write_atomic(probe, "", 0600); !written)
    return tl::unexpected(not_writable(out.dir_, written.error()));
  static_cast<void>(remove_file(probe));
  return out;
}

StateFolder StateFolder::peek(std::string dir, std::string data_dir, std::string log_dir) {
  return {std::move(dir), std::move(data_dir), std::move(log_dir)};
}

MetaFiles StateFolder::read_meta() const {
  return read_meta_dir(data_dir_, read());
}

ClusterId StateFolder::birth_certificate(const StateFiles& files) const {
  if (files.certificate) return files.certificate->cluster_id;
  if (log_dir_.empty()) return {};
  const auto copy = read_certificate(state_path(log_dir_, state_names::kLogCertificate));
  return copy ? copy->cluster_id : ClusterId{};
}

Result<void> StateFolder::write_named(std::string_view name, std::string_view text) const {
  auto written = write_atomic(path(name), text, 0600);
  if (!written) return tl::unexpected(not_writable(path(name), written.error()));
  return {};
}

/// A new life: what an earlier one left ends with it.
Result<void> StateFolder::write(const IntentNote& note) const {
  if (file_kind(path(state_names::kLeft)).value_or(FileKind::kAbsent) != FileKind::kAbsent) {
    if (auto done = clear_left(); !done) return done;
  }
  return write_named(state_names::kIntent, to_text(note));
}
Result<void> StateFolder::write(const LeftNote& note) const {
  return write_named(state_names::kLeft, to_text(note));
}
Result<void> StateFolder::clear_left() const {
  return remove_named(state_names::kLeft);
}
Result<void> StateFolder::write(const MembersNote& note) const {
  return write_named(state_names::kMembers, to_text(note));
}
Result<void> StateFolder::write(const StatementNote& note) const {
  return write_named(state_names::kStatement, to_text(note));
}
Result<void> StateFolder::write(const WorkerNote& note) const {
  return write_named(state_names::kWorker, to_text(note));
}

Result<void> StateFolder::remember(const ClusterId& id) const {
  auto note = read().remembered.value_or(RememberedNote{});
  if (std::find(note.ids.begin(), note.ids.end(), id) != note.ids.end()) return {};
  note.ids.push_back(id);
  return write_named(state_names::kRemembered, to_text(note));
}

Result<void> StateFolder::clear_statement() const {
  return remove_named(state_names::kStatement);
}

Result<void> StateFolder::write(const MarksNote& note) const {
  return write_named(state_names::kMarks, to_text(note));
}

std::optional<MarksNote> StateFolder::read_marks() const {
  auto note =
      read_file(path(state_names::kMarks), kMaxMarksBytes).and_then([](const std::string& text) {
        return parse_marks(text);
      });
  if (!note) return std::nullopt;
  return *std::move(note);
}

Result<void> StateFolder::clear_marks() const {
  return remove_named(state_names::kMarks);
}

Result<void> StateFolder::remove_named(std::string_view name) const {
  auto removed = remove_file(path(name));
  if (!removed && removed.error().kind != ErrorKind::kNotFound) return removed;
  return {};
}

Result<void> StateFolder::seal(const Certificate& certificate) const {
  if (auto kept = keep_old_memory(certificate.cluster_id); !kept) return kept;
  const auto text = to_text(certificate);
  if (auto done = write_named(state_names::kCertificate, text); !done) return done;
  if (!log_dir_.empty()) {  // a second volume; the first copy is the one that counts
    const auto copy = state_path(log_dir_, state_names::kLogCertificate);
    if (auto done = write_atomic(copy, text, 0600); !done)
      log_warn("certificate_copy_failed", {{"path", copy}, {"error", done.error().what}});
  }
  if (auto done = write(MembersNote{certificate.cluster_id, certificate.members, {}}); !done)
    return done;
  // A member's list has answered whatever statement was open; a note that stays would hold up a
  // later start.
  if (auto cleared = clear_statement(); !cleared) return cleared;
  return write_named(state_names::kSealed, to_text(SealedNote{certificate.cluster_id}));
}

/// `aside/<time>-<n>/` with the reason in it.
Result<std::string> StateFolder::make_aside(std::string_view reason) const {
  const auto base = path(state_names::kAside) + "/" + stamp();
  std::string target = base;
  for (int n = 1; n < kAsideTries; ++n) {
    const auto kind = file_kind(target);
    if (kind && *kind == FileKind::kAbsent) break;
    target = base + "-" + std::to_string(n);
  }
  if (auto made = mkdir_p(target, 0700); !made)
    return tl::unexpected(not_writable(target, made.error()));
  if (auto done = write_atomic(target + "/reason", std::string{reason} + "\n", 0600); !done)
    return tl::unexpected(not_writable(target, done.error()));
  return target;
}

/// Memory that a person ordered to be forgotten would speak again at the next loss of the volume.
Result<void> StateFolder::keep_old_memory(const ClusterId& id) const {
  const auto files = read();
  const auto certificate = birth_certificate(files);
  const bool other_birth = !certificate.empty() && certificate != id;
  const auto remembered = files.remembered.value_or(RememberedNote{});
  const bool other_plan = std::any_of(remembered.ids.begin(),
                                      remembered.ids.end(),
                                      [&](const ClusterId& one) { return one != id; });
  if (!other_birth && !other_plan) return {};
  auto target =
      make_aside("memory of other clusters, replaced when this node became a member of " + id);
  if (!target) return tl::unexpected(std::move(target).error());
  const auto keep = [&](std::string_view name, const std::string& text) {
    return write_atomic(*target + "/" + std::string{name}, text, 0600);
  };
  if (other_birth) {
    Certificate old = files.certificate.value_or(Certificate{});
    old.cluster_id = certificate;
    if (auto done = keep(state_names::kCertificate, to_text(old)); !done) return done;
  }
  if (!other_plan) return {};
  if (auto done = keep(state_names::kRemembered, to_text(remembered)); !done) return done;
  return write_named(state_names::kRemembered, to_text(RememberedNote{{id}}));
}

Result<std::string> StateFolder::move_aside(std::string_view reason) const {
  auto made = make_aside(reason);
  if (!made) return made;
  const auto& target = *made;
  auto parts = meta_parts(data_dir_);
  std::sort(parts.begin(), parts.end());  // bdb before image: half of it is unfinished, not damaged
  for (const auto& part : parts) {
    if (auto moved =
            rename_aside(fmt::format("{}/{}", data_dir_, part), fmt::format("{}/{}", target, part));
        !moved)
      return tl::unexpected(std::move(moved).error());
  }
  // The intent goes last: until the files are gone it is what explains them.
  for (const auto name : {state_names::kLeft, state_names::kSealed, state_names::kIntent}) {
    const auto moved = rename_aside(path(name), target + "/" + std::string{name});
    if (!moved && moved.error().kind != ErrorKind::kNotFound) return tl::unexpected(moved.error());
  }
  return target;
}

void StateFolder::journal(std::string_view json_line) const {
  if (auto done = journal_or_fail(json_line); !done)
    log_warn("journal_not_written", {{"error", done.error().what}});
}

Result<void> StateFolder::journal_or_fail(std::string_view json_line) const {
  const auto file = path(state_names::kJournal);
  const auto now = file_stamp(file);
  if (now && now->size > kJournalBytes) {
    static_cast<void>(remove_file(file + ".1"));
    static_cast<void>(rename_aside(file, file + ".1"));
  }
  return append_line_fsync(file, json_line);
}

}  // namespace sragent
