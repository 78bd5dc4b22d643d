#include "group_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "meta_dir.h"
#include "sim_clock.h"

namespace srsim {
namespace {

constexpr const char* kMagic = "SRSIM-JDB 1";

std::string header() {
  std::string text = kMagic;
  text.resize(GroupLog::kHeaderBytes - 1, ' ');
  return text + "\n";
}

Msg entry_fields(const GroupEntry& entry) {
  return {{"i", std::to_string(entry.index)},
          {"t", std::to_string(entry.term)},
          {"k", entry.kind},
          {"p", entry.payload}};
}

GroupEntry entry_of(const Msg& fields) {
  return {.index = get_int(fields, "i"),
          .term = get_int(fields, "t"),
          .kind = get(fields, "k"),
          .payload = get(fields, "p")};
}

}  // namespace

std::string to_text(const GroupMember& member) {
  return encode({{"name", member.name},
                 {"host", member.host},
                 {"port", std::to_string(member.port)},
                 {"id", std::to_string(member.id)}});
}

GroupMember member_from(const std::string& text) {
  const Msg fields = decode(text);
  return {.name = get(fields, "name"),
          .host = get(fields, "host"),
          .port = static_cast<std::uint16_t>(get_int(fields, "port")),
          .id = static_cast<int>(get_int(fields, "id"))};
}

std::string to_text(const GroupEntry& entry) {
  return encode(entry_fields(entry));
}
GroupEntry entry_from(const std::string& text) {
  return entry_of(decode(text));
}

Result<std::unique_ptr<GroupLog>> GroupLog::open(const std::string& dir) {
  std::error_code failed;
  std::filesystem::create_directories(dir, failed);
  const std::string path = dir + "/00000000.jdb";
  auto log = std::unique_ptr<GroupLog>(new GroupLog(dir));
  for (const char* name : {"je.lck", "je.info.0", "je.info.0.lck", "je.config.csv"}) {
    std::ofstream(dir + "/" + name, std::ios::app);
  }
  const std::string text = read_file(path);
  log->existed_ = !text.empty();
  log->fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log->fd_ < 0) return tl::unexpected(Error{ErrorKind::kIo, path + ": cannot be written"});
  if (!log->existed_) {
    const std::string head = header();
    if (write(log->fd_, head.data(), head.size()) < 0) {
      return tl::unexpected(Error{ErrorKind::kIo, path + ": cannot be written"});
    }
    hit_stage("jdb_created");
    return log;
  }
  if (text.rfind(kMagic, 0) != 0)
    return tl::unexpected(Error{ErrorKind::kGarbled, path + ": garbled"});
  log->load(text);
  return log;
}

GroupLog::~GroupLog() {
  if (fd_ >= 0) close(fd_);
}

void GroupLog::load(const std::string& text) {
  const std::size_t end = text.rfind('\n');
  if (end != std::string::npos && end + 1 < text.size() &&
      ftruncate(fd_, static_cast<off_t>(end + 1)) != 0) {
    return;
  }
  std::istringstream lines(text.substr(0, end + 1));
  std::string line;
  std::getline(lines, line);  // header
  while (std::getline(lines, line))
    load_record(decode(line));
  rebuild();
}

void GroupLog::load_record(const Msg& record) {
  const std::string& kind = get(record, "r");
  if (kind == "root") has_root_ = true;
  if (kind == "gid") gid_ = get(record, "v");
  if (kind == "forked") forked_ = true;
  if (kind == "vote") {
    vote_term_ = get_int(record, "t");
    voted_for_ = get(record, "v");
  }
  if (kind == "cut") {
    entries_.resize(std::min(entries_.size(), static_cast<std::size_t>(get_int(record, "i"))));
  }
  if (kind == "e") entries_.push_back(entry_of(record));
}

void GroupLog::record(const Msg& fields) const {
  const std::string line = encode(fields) + "\n";
  if (write(fd_, line.data(), line.size()) < 0) info("write failed");
}

void GroupLog::write_root() {
  has_root_ = true;
  record({{"r", "root"}});
  std::ofstream(dir_ + "/je.stat.csv", std::ios::app).close();
  hit_stage("jdb_root");
}

void GroupLog::set_gid(const std::string& gid) {
  gid_ = gid;
  record({{"r", "gid"}, {"v", gid}});
}

void GroupLog::mark_forked() {
  forked_ = true;
  record({{"r", "forked"}});
}

void GroupLog::set_vote(std::int64_t term, const std::string& name) {
  vote_term_ = term;
  voted_for_ = name;
  record({{"r", "vote"}, {"t", std::to_string(term)}, {"v", name}});
}

void GroupLog::append(const GroupEntry& entry) {
  Msg fields = entry_fields(entry);
  fields["r"] = "e";
  record(fields);
  entries_.push_back(entry);
  apply(entry);
}

void GroupLog::truncate(std::int64_t index) {
  if (index >= last_index()) return;
  record({{"r", "cut"}, {"i", std::to_string(index)}});
  entries_.resize(static_cast<std::size_t>(index));
  rebuild();
}

void GroupLog::apply(const GroupEntry& entry) {
  if (entry.kind == "member") {
    const GroupMember member = member_from(entry.payload);
    members_[member.name] = member;
    removed_.erase(member.name);
    max_id_ = std::max(max_id_, member.id);
  }
  if (entry.kind == "unmember") {
    members_.erase(entry.payload);
    removed_.insert(entry.payload);
  }
}

void GroupLog::rebuild() {
  members_.clear();
  removed_.clear();
  max_id_ = 0;
  for (const GroupEntry& entry : entries_)
    apply(entry);
}

std::vector<GroupEntry> GroupLog::entries(std::int64_t from, std::int64_t to) const {
  const std::int64_t last = std::min(to, last_index());
  if (from > last) return {};
  return {entries_.begin() + (from - 1), entries_.begin() + last};
}

TermStarts GroupLog::term_starts() const {
  TermStarts starts;
  for (const GroupEntry& entry : entries_)
    starts.emplace(entry.term, entry.index);
  return starts;
}

std::int64_t GroupLog::common_index(const TermStarts& other, std::int64_t other_last) const {
  const auto term_in_other = [&](std::int64_t index) {
    std::int64_t term = 0;
    for (const auto& [one, first] : other) {
      if (first <= index) term = one;
    }
    return term;
  };
  std::int64_t index = std::min(last_index(), other_last);
  while (index > 0 && entries_[static_cast<std::size_t>(index - 1)].term != term_in_other(index))
    --index;
  return index;
}

int GroupLog::next_member_id() const {
  return max_id_ + 1;
}

void GroupLog::info(const std::string& text) const {
  std::ofstream(dir_ + "/je.info.0", std::ios::app) << log_stamp() << " " << text << "\n";
}

}  // namespace srsim
