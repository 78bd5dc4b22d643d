#include <algorithm>
#include <sstream>
#include <thread>

#include "fe_node.h"
#include "sim_log.h"

namespace srsim {
namespace {

std::string payload_of(std::int64_t id, const std::vector<JournalEntry>& changes) {
  std::vector<std::string> lines;
  lines.reserve(changes.size());
  for (const JournalEntry& change : changes)
    lines.push_back(serialise(change));
  return encode({{"j", std::to_string(id)}, {"e", join_list(lines)}});
}

}  // namespace

void FeNode::load_image() {
  const std::int64_t number = meta_.newest_image();
  if (number == 0) {
    log_info("GlobalStateMgr.loadImage():1",
             "image does not exist: " + meta_.image_files() + "/image.0");
    return;
  }
  log_info("GlobalStateMgr.loadImage():1",
           "start load image from " + meta_.image_files() + "/image." + std::to_string(number) +
               ". is ckpt: false");
  auto loaded = std::make_shared<Catalog>();
  std::istringstream lines(meta_.image_text(number));
  for (std::string line; std::getline(lines, line);) {
    if (const auto change = parse_entry(line)) apply(*loaded, *change);
  }
  const std::lock_guard lock(catalog_mutex_);
  catalog_ = loaded;
  journal_id_ = number;
  bootstrap_id_ = number;
}

void FeNode::replay_loop() {
  std::int64_t after = 0;
  while (group_ == nullptr || group_->state() == GroupState::kInit)
    sleep_for(milliseconds(2));
  for (;;) {
    const auto entries = group_->committed(after, milliseconds(500));
    if (entries.empty()) continue;
    apply_batch(entries);
    after = entries.back().index;
  }
}

void FeNode::apply_batch(const std::vector<GroupEntry>& entries) {
  auto next = std::make_shared<Catalog>(*catalog());
  std::int64_t id = journal_id_;
  for (const GroupEntry& entry : entries) {
    if (entry.kind != "journal") continue;
    const Msg fields = decode(entry.payload);
    if (get_int(fields, "j") <= id) continue;
    id = get_int(fields, "j");
    for (const std::string& line : split_list(get(fields, "e"))) {
      if (const auto change = parse_entry(line)) apply(*next, *change);
    }
  }
  const bool as_leader = type_ == FeType::kLeader || (role_.founder && !leader_ready_);
  {
    const std::lock_guard lock(catalog_mutex_);
    catalog_ = next;
    applied_index_ = entries.back().index;
    journal_id_ = id;
    if (!as_leader) bootstrap_id_ = id;
  }
  applied_changed_.notify_all();
}

std::shared_ptr<const Catalog> FeNode::catalog() const {
  const std::lock_guard lock(catalog_mutex_);
  return catalog_;
}

bool FeNode::wait_applied(std::int64_t index) {
  std::unique_lock lock(catalog_mutex_);
  applied_changed_.wait(lock, [&] { return applied_index_ >= index; });
  return true;
}

CommitError FeNode::commit(const JournalEntry& change) {
  return commit_all({change});
}

CommitError FeNode::commit_all(const std::vector<JournalEntry>& changes) {
  // DROP of an FE leaves the group first: whether the rest is a majority is asked after that.
  const bool drop = std::any_of(changes.begin(), changes.end(), [](const JournalEntry& change) {
    return change.op == JournalOp::kDropFrontend;
  });
  if (!drop) {
    if (auto ready = group_->wait_quorum(); !ready) return SqlError{.message = ready.error().what};
  }
  for (const JournalEntry& change : changes) {
    if (auto error = before_commit(change)) return error;
  }
  auto error = commit_payload(changes, false);
  if (!error) {
    for (const JournalEntry& change : changes)
      after_commit(change);
  }
  return error;
}

CommitError FeNode::commit_payload(const std::vector<JournalEntry>& changes, bool daemon) {
  while (daemon && !group_->has_quorum()) {
    group_->mark_stuck();
    if (group_->state() != GroupState::kMaster) return SqlError{.message = "not master"};
    sleep_for(milliseconds(20));
  }
  const std::lock_guard lock(journal_mutex_);
  auto index = group_->commit(payload_of(next_journal_id_, changes));
  if (!index) return SqlError{.message = index.error().what};
  ++next_journal_id_;
  wait_applied(*index);
  return std::nullopt;
}

/// BDBHA's part of ADD and DROP of an FE comes before the journal: docs/starrocks.md section 2.3.
CommitError FeNode::before_commit(const JournalEntry& change) {
  const auto known = catalog();
  const auto name = change.fields.find("name");
  if (name == change.fields.end()) return std::nullopt;
  if (change.op == JournalOp::kDropFrontend) {
    const FrontendRow* row = known->frontend_by_name(name->second);
    if (row == nullptr || row->role != FeRole::kFollower) return std::nullopt;
    if (auto removed = group_->remove_member(row->name); !removed)
      return SqlError{.message = removed.error().what};
    return std::nullopt;
  }
  if (change.op != JournalOp::kPutFrontend) return std::nullopt;
  Catalog after = *known;
  apply(after, change);
  const FrontendRow* row = after.frontend_by_name(name->second);
  if (row == nullptr) return std::nullopt;
  if (known->frontend_by_name(row->name) != nullptr) {
    group_->update_address(row->name, row->host);
  } else if (row->role == FeRole::kFollower) {
    group_->forget_stale(row->host, static_cast<std::uint16_t>(row->edit_log_port));
    {
      const std::lock_guard lock(unstable_mutex_);
      unstable_.insert(row->name);
    }
    count_group_size_of(after);
  }
  return std::nullopt;
}

void FeNode::after_commit(const JournalEntry& change) {
  if (change.op != JournalOp::kDropFrontend) return;
  {
    const std::lock_guard lock(unstable_mutex_);
    unstable_.erase(change.fields.at("name"));
  }
  count_group_size_of(*catalog());
}

void FeNode::count_group_size_of(const Catalog& known) {
  const std::lock_guard lock(unstable_mutex_);
  int size = 0;
  for (const auto& [name, row] : known.frontends) {
    if (row.role == FeRole::kFollower && !unstable_.contains(name)) ++size;
  }
  group_->override_group_size(size);
}

void FeNode::create_image() {
  const auto snapshot = catalog();
  const std::int64_t number = journal_id_;
  std::string text;
  for (const JournalEntry& change : image_of(*snapshot))
    text += serialise(change) + "\n";
  meta_.write_image(number, text);
  const std::string target = "/put?version=" + std::to_string(number) +
                             "&port=" + std::to_string(config_.http_port) +
                             "&subdir=&image_format_version=v2";
  std::thread([this, snapshot, target] {
    for (const auto& [name, row] : snapshot->frontends) {
      if (row.name == role_.role.name) continue;
      const auto ip = resolver_.first(row.host);
      if (!ip) continue;
      if (!http_call(
              identity_.ip, {*ip, config_.http_port}, {.target = target}, milliseconds(5000))) {
        log_warn("CheckpointController.pushImage():1", "failed to push image to " + row.host);
      }
    }
  }).detach();
}

void FeNode::pull_image(const std::string& host, std::uint16_t port, std::int64_t number) {
  const std::string target =
      "/image?version=" + std::to_string(number) + "&subdir=&image_format_version=v2";
  const auto image = http_call(identity_.ip, {host, port}, {.target = target}, milliseconds(10000));
  if (image && image->status == 200) meta_.write_image(number, image->body);
}

}  // namespace srsim
