#include <string>
#include <string_view>
#include <unordered_map>

#include "starrocks/identity_json.h"

/// Answers of /v1/identity to text and back: pure functions, and a fifth of all that a simulation
/// would do, since FEs ask each other the same again and again. What they gave is kept by what they
/// were given; the functions themselves are the agent's (CMakeLists.txt: --wrap).
namespace sragent {

std::string real_to_json(const Identity& identity) __asm__(
    "__real__ZN7sragent7to_jsonB5cxx11ERKNS_8IdentityE");
std::string wrapped_to_json(const Identity& identity) __asm__(
    "__wrap__ZN7sragent7to_jsonB5cxx11ERKNS_8IdentityE");
Result<Identity> real_parse(std::string_view body) __asm__(
    "__real__ZN7sragent14parse_identityESt17basic_string_viewIcSt11char_traitsIcEE");
Result<Identity> wrapped_parse(std::string_view body) __asm__(
    "__wrap__ZN7sragent14parse_identityESt17basic_string_viewIcSt11char_traitsIcEE");

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
  if (one.members)
    for (const auto& host : *one.members)
      add(host);
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

}  // namespace sragent
