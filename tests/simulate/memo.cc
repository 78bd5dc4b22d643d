#include <string>
#include <string_view>
#include <unordered_map>

#include "here.h"
#include "runtime/start_facts.h"
#include "sql_parser.h"
#include "starrocks/bootstrap.h"
#include "starrocks/identity_json.h"
#include "starrocks/meta_dir.h"

/// Functions of what they are given alone that would be a third of all that a simulation does,
/// since FEs ask each other, and read their own disks, again and again: answers of /v1/identity to
/// text and back, those of an FE's HTTP port, the files of a disk; statements as an FE parses them.
/// What they gave is kept by what they were given; the functions themselves are the agent's
/// (CMakeLists.txt: --wrap).
namespace sragent {

std::string real_to_json(const Identity& identity) __asm__(
    "__real__ZN7sragent7to_jsonB5cxx11ERKNS_8IdentityE");
std::string wrapped_to_json(const Identity& identity) __asm__(
    "__wrap__ZN7sragent7to_jsonB5cxx11ERKNS_8IdentityE");
Result<Identity> real_parse(std::string_view body) __asm__(
    "__real__ZN7sragent14parse_identityESt17basic_string_viewIcSt11char_traitsIcEE");
Result<Identity> wrapped_parse(std::string_view body) __asm__(
    "__wrap__ZN7sragent14parse_identityESt17basic_string_viewIcSt11char_traitsIcEE");
Result<BootstrapAnswer> real_bootstrap(std::string_view body) __asm__(
    "__real__ZN7sragent15parse_bootstrapESt17basic_string_viewIcSt11char_traitsIcEE");
Result<BootstrapAnswer> wrapped_bootstrap(std::string_view body) __asm__(
    "__wrap__ZN7sragent15parse_bootstrapESt17basic_string_viewIcSt11char_traitsIcEE");
StateFiles real_state_files(const std::string& folder) __asm__(
    "__real__ZN7sragent16read_state_filesERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE");
StateFiles wrapped_state_files(const std::string& folder) __asm__(
    "__wrap__ZN7sragent16read_state_filesERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE");
MetaFiles real_meta_dir(const std::string& folder, const StateFiles& state) __asm__(
    "__real__ZN7sragent13read_meta_dirERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEERKNS_"
    "10StateFilesE");
MetaFiles wrapped_meta_dir(const std::string& folder, const StateFiles& state) __asm__(
    "__wrap__ZN7sragent13read_meta_dirERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEERKNS_"
    "10StateFilesE");
std::string real_digest(const StartObservation& seen) __asm__(
    "__real__ZN7sragent18observation_digestB5cxx11ERKNS_16StartObservationE");
std::string wrapped_digest(const StartObservation& seen) __asm__(
    "__wrap__ZN7sragent18observation_digestB5cxx11ERKNS_16StartObservationE");

namespace {

constexpr std::size_t kMost = 512;

template <typename Value, typename Make>
const Value& remembered(std::unordered_map<std::string, Value>& all,
                        const std::string& key,
                        const Make& make) {
  if (const auto it = all.find(key); it != all.end()) return it->second;
  if (all.size() == kMost) all.clear();
  return all.emplace(key, make()).first->second;
}

/// Every field, each ended by a byte that is in none of them.
std::string key_of(const Identity& one) {
  // One that is added and not named here does not compile.
  [[maybe_unused]] const auto& [_1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15] =
      one;
  std::string out;
  const auto add = [&](std::string_view text) { out.append(text).push_back('\0'); };
  for (const auto* text : {&one.host,
                           &one.address,
                           &one.headless,
                           &one.session,
                           &one.cluster_id,
                           &one.founder,
                           &one.leader_seen,
                           &one.since})
    add(*text);
  add(to_string(one.kind));
  add(to_string(one.meta));
  add(one.busy ? "busy" : "");
  add(one.consents ? "consents" : "");
  for (const auto& id : one.remembers)
    add(id);
  add(one.members ? "members" : "");
  if (one.members) {
    for (const auto& host : *one.members)
      add(host);
  }
  add(one.claim ? "claim" : "");
  if (one.claim) {
    add(std::to_string(one.claim->ordinal));
    add(one.claim->since);
  }
  return out;
}

}  // namespace

std::string wrapped_to_json(const Identity& identity) {
  thread_local std::unordered_map<std::string, std::string> t_texts;
  return remembered(t_texts, key_of(identity), [&] { return real_to_json(identity); });
}

Result<Identity> wrapped_parse(std::string_view body) {
  thread_local std::unordered_map<std::string, Result<Identity>> t_parsed;
  return remembered(t_parsed, std::string{body}, [&] { return real_parse(body); });
}

Result<BootstrapAnswer> wrapped_bootstrap(std::string_view body) {
  thread_local std::unordered_map<std::string, Result<BootstrapAnswer>> t_parsed;
  return remembered(t_parsed, std::string{body}, [&] { return real_bootstrap(body); });
}

// --- disks ---

namespace {

/// What was read of a disk in one of its states.
struct DiskRead {
  std::uint64_t state = 0;
  std::string folder{};  ///< Of the agent.
  StateFiles files{};
  std::optional<MetaFiles> meta{};
};

/// By disk; a state is never another disk's.
DiskRead& last_read() {
  thread_local std::unordered_map<const simulate::Disk*, DiskRead> t_reads;
  if (t_reads.size() == kMost) t_reads.clear();
  return t_reads[simulate::here().pod.data.get()];
}

/// All that the metadata folder is judged by, of the state folder.
bool same_for_meta(const StateFiles& a, const StateFiles& b) {
  return a.intent == b.intent && a.sealed.has_value() == b.sealed.has_value() &&
         a.left.has_value() == b.left.has_value() && a.broken == b.broken;
}

}  // namespace

StateFiles wrapped_state_files(const std::string& folder) {
  const auto& pod = simulate::here().pod;
  if (!folder.starts_with(simulate::kDataDir)) return real_state_files(folder);
  auto& kept = last_read();
  const auto state = pod.data->state();
  if (kept.state != state || kept.folder != folder)
    kept = {state, folder, real_state_files(folder), std::nullopt};
  return kept.files;
}

MetaFiles wrapped_meta_dir(const std::string& folder, const StateFiles& state) {
  auto& kept = last_read();
  const bool known = kept.state == simulate::here().pod.data->state() &&
                     folder == simulate::kDataDir && same_for_meta(kept.files, state);
  if (!known) return real_meta_dir(folder, state);
  if (!kept.meta) kept.meta = real_meta_dir(folder, state);
  return *kept.meta;
}

// --- the journal ---

/// Nobody reads a journal here; every eighth world writes it whole.
std::string wrapped_digest(const StartObservation& seen) {
  constexpr std::uint64_t kWhole = 8;
  return simulate::World::current().plan.seed % kWhole == 0 ? real_digest(seen) : std::string{};
}

}  // namespace sragent

namespace srsim {

using Parsed = std::variant<std::vector<Statement>, SqlError>;
Parsed real_parse(const Profile& profile, std::string_view sql) __asm__(
    "__real__ZN5srsim9parse_sqlERKNS_7ProfileESt17basic_string_viewIcSt11char_traitsIcEE");
Parsed wrapped_parse(const Profile& profile, std::string_view sql) __asm__(
    "__wrap__ZN5srsim9parse_sqlERKNS_7ProfileESt17basic_string_viewIcSt11char_traitsIcEE");

Parsed wrapped_parse(const Profile& profile, std::string_view sql) {
  thread_local std::unordered_map<std::string, Parsed> t_parsed;
  const auto key = profile.build + '\0' + std::string{sql};
  return sragent::remembered(t_parsed, key, [&] { return real_parse(profile, sql); });
}

}  // namespace srsim
