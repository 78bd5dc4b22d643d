#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim_net.h"

namespace srsim {

/// One entry of the replicated log. `kind`: "member" and "unmember" change the group, "journal" is
/// for the catalog.
struct GroupEntry {
  std::int64_t index = 0;
  std::int64_t term = 0;
  std::string kind{};
  std::string payload{};
};

/// An electable node that joined the group once.
struct GroupMember {
  std::string name{};
  std::string host{};
  std::uint16_t port = 0;
  int id = 0;
};

std::string to_text(const GroupMember& member);
GroupMember member_from(const std::string& text);
std::string to_text(const GroupEntry& entry);
GroupEntry entry_from(const std::string& text);

/// Where terms begin: term -> first index. Two logs agree up to the last index at which their terms
/// agree.
using TermStarts = std::map<std::int64_t, std::int64_t>;

/// The persisted log of one member: <meta_dir>/bdb/00000000.jdb, with the other files that BDB-JE
/// leaves. A new file is a 38-byte header without "root"; after the root come votes, the group id
/// and entries, one record a line. A torn last line is cut off at opening. Not thread-safe.
class GroupLog {
 public:
  static constexpr std::size_t kHeaderBytes = 38;

  /// Opens or creates it. kIo if the folder cannot be written, kGarbled if the file is none of
  /// ours.
  [[nodiscard]] static Result<std::unique_ptr<GroupLog>> open(const std::string& dir);
  ~GroupLog();
  GroupLog(const GroupLog&) = delete;
  GroupLog& operator=(const GroupLog&) = delete;
  GroupLog(GroupLog&&) = delete;
  GroupLog& operator=(GroupLog&&) = delete;

  [[nodiscard]] bool existed() const { return existed_; }
  [[nodiscard]] bool has_root() const { return has_root_; }
  void write_root();

  /// Identity of the group: two groups under one cluster id differ in it. Empty until founded or
  /// joined.
  [[nodiscard]] const std::string& gid() const { return gid_; }
  void set_gid(const std::string& gid);

  /// The directory once led a group of its own that nobody asked for (started without a helper
  /// while half made).
  [[nodiscard]] bool forked() const { return forked_; }
  void mark_forked();

  [[nodiscard]] std::int64_t vote_term() const { return vote_term_; }
  [[nodiscard]] const std::string& voted_for() const { return voted_for_; }
  void set_vote(std::int64_t term, const std::string& name);

  void append(const GroupEntry& entry);
  /// Drops all entries above `index`.
  void truncate(std::int64_t index);
  [[nodiscard]] std::int64_t last_index() const {
    return static_cast<std::int64_t>(entries_.size());
  }
  [[nodiscard]] std::int64_t last_term() const {
    return entries_.empty() ? 0 : entries_.back().term;
  }
  [[nodiscard]] std::vector<GroupEntry> entries(std::int64_t from, std::int64_t to) const;
  [[nodiscard]] TermStarts term_starts() const;
  /// Last index at which this log and the other agree.
  [[nodiscard]] std::int64_t common_index(const TermStarts& other, std::int64_t other_last) const;

  [[nodiscard]] const std::map<std::string, GroupMember>& members() const { return members_; }
  [[nodiscard]] bool was_removed(const std::string& name) const { return removed_.contains(name); }
  [[nodiscard]] int next_member_id() const;

  /// A line of JE's own log, bdb/je.info.0.
  void info(const std::string& text) const;

 private:
  explicit GroupLog(std::string dir) : dir_(std::move(dir)) {}
  void load(const std::string& text);
  void load_record(const Msg& record);
  void record(const Msg& fields) const;
  void apply(const GroupEntry& entry);
  void rebuild();

  std::string dir_;
  int fd_ = -1;
  bool existed_ = false;
  bool has_root_ = false;
  bool forked_ = false;
  std::string gid_;
  std::int64_t vote_term_ = 0;
  std::string voted_for_;
  std::vector<GroupEntry> entries_;
  std::map<std::string, GroupMember> members_;
  std::set<std::string> removed_;
  int max_id_ = 0;
};

}  // namespace srsim
