#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/meta.h"
#include "core/result.h"
#include "starrocks/meta_dir.h"
#include "starrocks/state_file.h"

namespace sragent {

/// The agent's own files of one node, written whole and fsynced before anything is done that they
/// stand for. Nothing on a data volume is ever deleted: metadata is renamed into `aside/`.
/// Main thread, except journal().
class StateFolder {
 public:
  /// `dir` is made if it can be. `data_dir`: meta_dir of an FE, whose parts move_aside() renames.
  /// kIo with the path and uid if it cannot be written (path_not_writable).
  [[nodiscard]] static Result<StateFolder> open(std::string dir,
                                                std::string data_dir,
                                                std::string log_dir);

  /// For reading: nothing is made and nothing is tried.
  [[nodiscard]] static StateFolder peek(std::string dir, std::string data_dir, std::string log_dir);

  [[nodiscard]] const std::string& dir() const { return dir_; }
  [[nodiscard]] const std::string& data_dir() const { return data_dir_; }

  /// Reads everything anew.
  [[nodiscard]] StateFiles read() const { return read_state_files(dir_); }
  /// Metadata and state files together; the core judges them.
  [[nodiscard]] MetaFiles read_meta() const;
  /// Birth certificate of the state folder, else of the log volume; empty: none.
  [[nodiscard]] ClusterId birth_certificate(const StateFiles& files) const;

  [[nodiscard]] Result<void> write(const IntentNote& note) const;
  [[nodiscard]] Result<void> write(const LeftNote& note) const;
  [[nodiscard]] Result<void> clear_left() const;
  [[nodiscard]] Result<void> write(const MembersNote& note) const;
  [[nodiscard]] Result<void> write(const StatementNote& note) const;
  [[nodiscard]] Result<void> write(const WorkerNote& note) const;
  [[nodiscard]] Result<void> remember(const ClusterId& id) const;
  [[nodiscard]] Result<void> clear_statement() const;
  [[nodiscard]] Result<void> write(const MarksNote& note) const;
  /// nullopt: no whole record is there.
  [[nodiscard]] std::optional<MarksNote> read_marks() const;
  [[nodiscard]] Result<void> clear_marks() const;

  /// What this node remembers of other clusters than `certificate`'s is copied into `aside/` first.
  /// Then certificate (both copies), the mark last: a crash in between leaves an FE that is looked
  /// at again and remembers its id.
  [[nodiscard]] Result<void> seal(const Certificate& certificate) const;

  /// Renames metadata and intent into `aside/<time>-<n>/` with the reason beside them.
  [[nodiscard]] Result<std::string> move_aside(std::string_view reason) const;

  /// One line to the bounded decision journal. Any thread.
  void journal(std::string_view json_line) const;
  /// The same where what follows may only happen once the line is on disk. kIo.
  [[nodiscard]] Result<void> journal_or_fail(std::string_view json_line) const;

 private:
  StateFolder(std::string dir, std::string data_dir, std::string log_dir);
  [[nodiscard]] std::string path(std::string_view name) const { return state_path(dir_, name); }
  [[nodiscard]] Result<void> write_named(std::string_view name, std::string_view text) const;
  [[nodiscard]] Result<void> remove_named(std::string_view name) const;
  [[nodiscard]] Result<std::string> make_aside(std::string_view reason) const;
  [[nodiscard]] Result<void> keep_old_memory(const ClusterId& id) const;

  std::string dir_;
  std::string data_dir_;
  std::string log_dir_;
};

}  // namespace sragent
