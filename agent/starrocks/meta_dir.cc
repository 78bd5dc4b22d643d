#include "starrocks/meta_dir.h"

#include <algorithm>

#include "starrocks/small_file.h"

namespace sragent {
namespace {

using starrocks_detail::read_small_file;
using starrocks_detail::scan_tree;

constexpr std::size_t kMaxSmall = 65'536;

/// Reads one state file into `out`; a broken one is named.
template <typename T, typename Parse>
void take(const std::string& state_dir,
          std::string_view name,
          const Parse& parse,
          std::optional<T>& out,
          std::vector<BrokenFile>& broken) {
  const auto path = state_path(state_dir, name);
  auto text = read_small_file(path, kMaxSmall);
  if (!text) {
    const auto& [kind, what] = text.error();  // the text begins with the path
    if (kind != ErrorKind::kNotFound)
      broken.push_back({path, what.substr(path.size() + 2), kind == ErrorKind::kIo});
    return;
  }
  auto parsed = parse(*text);
  if (parsed) {
    out = *std::move(parsed);
  } else {
    broken.push_back({path, parsed.error().what, false});
  }
}

void note_damage(MetaFiles& out, const std::string& what) {
  if (!out.damage.empty()) out.damage += "; ";
  out.damage += what;
}

/// Text of a metadata file, or the state that it is in without one.
std::optional<std::string> read_meta_file(const std::string& path,
                                          FileState& state,
                                          MetaFiles& out) {
  auto text = read_small_file(path, kMaxSmall);
  if (text && !text->empty()) return *std::move(text);
  if (text) {
    state = FileState::kEmpty;
  } else if (text.error().kind == ErrorKind::kNotFound) {
    state = FileState::kAbsent;
  } else {
    state = FileState::kUnreadable;
    note_damage(out, text.error().what);
  }
  return std::nullopt;
}

void read_role(const std::string& path, MetaFiles& out) {
  const auto text = read_meta_file(path, out.role, out);
  if (!text) return;
  const auto role = parse_role(*text);
  if (!role) {
    out.role = FileState::kUnreadable;
    note_damage(out, path + ": " + role.error().what);
    return;
  }
  out.role = FileState::kParsed;
  out.host_type_key = role->host_type_key;
  out.host_type_value = role->host_type_value;
  out.role_host = role->host;
  out.role_port = role->port;
  out.role_role = role->role;
  out.role_host_type = role->host_type;
}

void read_version(const std::string& path, MetaFiles& out) {
  const auto text = read_meta_file(path, out.version, out);
  if (!text) return;
  const auto version = parse_version_file(*text);
  out.version = version ? FileState::kParsed : FileState::kUnreadable;
  if (version) {
    out.version_id = version->cluster_id;
  } else {
    note_damage(out, path + ": " + version.error().what);
  }
}

/// A broken intent could be a join's: then a directory that looks like a member's may be a fork.
void judge_broken_intent(const StateFiles& state, MetaFiles& out) {
  if (state.intent || state.sealed || !out.any_regular_file) return;
  for (const auto& broken : state.broken) {
    if (!broken.path.ends_with("/" + std::string{state_names::kIntent})) continue;
    out.role = FileState::kUnreadable;
    note_damage(out, broken.what());
  }
}

void take_state(const StateFiles& state, MetaFiles& out) {
  if (state.intent) {
    out.intent = state.intent->kind;
    out.intent_id = state.intent->cluster_id;
    out.intent_helper = state.intent->helper;
    out.helper_run_ended = state.intent->helper_run_ended;
  }
  out.sealed_mark = state.sealed.has_value();
  out.left_mark = state.left.has_value();
}

}  // namespace

StateFiles read_state_files(const std::string& state_dir) {
  StateFiles out;
  take(state_dir, state_names::kIntent, parse_intent, out.intent, out.broken);
  take(state_dir, state_names::kSealed, parse_sealed, out.sealed, out.broken);
  take(state_dir, state_names::kLeft, parse_left, out.left, out.broken);
  take(state_dir, state_names::kCertificate, parse_certificate, out.certificate, out.broken);
  take(state_dir, state_names::kRemembered, parse_remembered, out.remembered, out.broken);
  take(state_dir, state_names::kMembers, parse_members, out.members, out.broken);
  take(state_dir, state_names::kStatement, parse_statement, out.statement, out.broken);
  take(state_dir, state_names::kWorker, parse_worker, out.worker, out.broken);
  return out;
}

Result<Certificate> read_certificate(const std::string& path) {
  auto text = read_small_file(path, kMaxSmall);
  if (!text) return tl::unexpected(text.error());
  auto parsed = parse_certificate(*text);
  if (!parsed) return tl::unexpected(Error{ErrorKind::kGarbled, path + ": " + parsed.error().what});
  return parsed;
}

MetaFiles read_meta_dir(const std::string& meta_dir, const StateFiles& state) {
  MetaFiles out;
  const auto image = scan_tree(meta_dir + "/image");
  const auto bdb = scan_tree(meta_dir + "/bdb");
  out.any_regular_file = image.any || bdb.any;
  out.bdb_files = bdb.any;
  out.has_jdb = bdb.jdb;
  read_role(meta_dir + "/image/ROLE", out);
  read_version(meta_dir + "/image/VERSION", out);
  for (const auto* found : {&image, &bdb}) {
    if (found->trouble.empty()) continue;
    out.role = FileState::kUnreadable;
    note_damage(out, found->trouble);
  }
  take_state(state, out);
  judge_broken_intent(state, out);
  return out;
}

std::vector<std::string> meta_parts(const std::string& meta_dir) {
  std::vector<std::string> out;
  for (const auto* name : {"image", "bdb"})
    if (starrocks_detail::entry_exists(meta_dir + "/" + name)) out.emplace_back(name);
  return out;
}

Result<ClusterId> read_be_cluster_id(const std::string& storage_root) {
  const auto path = state_path(storage_root, "cluster_id");
  auto text = read_small_file(path, kMaxSmall);
  if (!text && text.error().kind == ErrorKind::kNotFound) return ClusterId{};
  if (!text) return tl::unexpected(text.error());
  std::string_view id = *text;
  while (!id.empty() && (id.back() == '\n' || id.back() == ' '))
    id.remove_suffix(1);
  id = id.substr(0, id.find('-'));
  const bool digits = id.find_first_not_of("0123456789") == std::string_view::npos;
  if (!digits || id.size() > 19)
    return tl::unexpected(Error{ErrorKind::kGarbled, path + ": is no cluster id"});
  return ClusterId{id};
}

}  // namespace sragent
