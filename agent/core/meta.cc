#include "core/meta.h"

namespace sragent {
namespace {

bool role_and_version_parse(const MetaFiles& files) {
  return files.role == FileState::kParsed && files.version == FileState::kParsed;
}

/// A member older than the agent has no mark and no intent: its ROLE tells. An absent key counts
/// as ready, since releases before hostType never wrote it.
bool sealed(const MetaFiles& files) {
  if (!role_and_version_parse(files) || !files.has_jdb) return false;
  if (files.sealed_mark) return true;
  return files.intent == IntentKind::kNone && (files.host_type_value || !files.host_type_key);
}

/// A first start that was cut short, as only the server's own order of writing leaves it.
bool unfinished(const MetaFiles& files) {
  if (files.role == FileState::kEmpty) return files.version == FileState::kAbsent;
  if (files.role != FileState::kParsed) return false;
  const bool never_ready = files.host_type_key && !files.host_type_value;
  if (files.version == FileState::kAbsent) return never_ready && !files.has_jdb;
  if (files.version != FileState::kParsed) return false;
  return never_ready || !files.has_jdb;
}

MetaKind kind_of(const MetaFiles& files) {
  if (files.left_mark && files.any_regular_file) return MetaKind::kLeft;
  if (sealed(files)) return MetaKind::kSealed;
  if (files.intent == IntentKind::kFound && !files.sealed_mark) return MetaKind::kFoundIntent;
  if (files.intent == IntentKind::kJoin && !files.sealed_mark) return MetaKind::kJoinIntent;
  if (!files.any_regular_file) return MetaKind::kEmpty;
  if (files.sealed_mark) return MetaKind::kDamaged;  // was a member, and its files no longer are
  return unfinished(files) ? MetaKind::kUnfinished : MetaKind::kDamaged;
}

std::string damage_of(const MetaFiles& files) {
  if (!files.damage.empty()) return files.damage;
  if (files.role == FileState::kAbsent && files.version != FileState::kAbsent)
    return "image/VERSION without image/ROLE";
  if (files.version == FileState::kEmpty) return "image/VERSION is an empty file";
  if (files.role == FileState::kEmpty) return "image/ROLE is an empty file beside image/VERSION";
  if (files.version == FileState::kAbsent && files.role != FileState::kAbsent)
    return "image/ROLE without image/VERSION";
  if (files.bdb_files && files.role == FileState::kAbsent) return "bdb/ without image/ROLE";
  if (files.sealed_mark && !files.has_jdb) return "a member's directory without any bdb/*.jdb";
  return "files that no first start leaves behind";
}

}  // namespace

MetaState classify_meta(const MetaFiles& files) {
  MetaState out;
  out.kind = kind_of(files);
  out.has_jdb = files.has_jdb;
  out.was_ready = files.host_type_value;
  out.cluster_id = files.version_id.empty() ? files.intent_id : files.version_id;
  out.host = files.role_host;
  out.port = files.role_port;
  out.role = files.role_role;
  out.host_type_known = files.host_type_value;
  out.host_type = files.role_host_type;
  out.helper = files.intent_helper;
  out.helper_run_ended = files.helper_run_ended;
  if (out.kind == MetaKind::kDamaged) out.detail = damage_of(files);
  return out;
}

std::string_view to_string(MetaKind kind) {
  switch (kind) {
    case MetaKind::kEmpty:
      return "empty";
    case MetaKind::kSealed:
      return "sealed";
    case MetaKind::kFoundIntent:
      return "found-intent";
    case MetaKind::kJoinIntent:
      return "join-intent";
    case MetaKind::kUnfinished:
      return "unfinished";
    case MetaKind::kLeft:
      return "left";
    case MetaKind::kDamaged:
      return "damaged";
  }
  return "invalid";
}

}  // namespace sragent
