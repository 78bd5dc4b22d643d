#include "runtime/memory_look.h"

#include "io/files.h"
#include "runtime/ask.h"
#include "runtime/fan_out.h"
#include "starrocks/identity_json.h"

namespace sragent {
namespace {

/// Of a cluster with hundreds of BEs some suffice: one that remembers is enough.
constexpr std::size_t kAsked = 64;
constexpr std::size_t kIdBytes = 4096;

MemorySource mute(const std::string& address, std::string why) {
  MemorySource out;
  out.who = address;
  out.mute = true;
  out.why = std::move(why);
  return out;
}

MemorySource unreadable(std::string who, std::string why) {
  MemorySource out;
  out.who = std::move(who);
  out.unreadable = true;
  out.why = std::move(why);
  return out;
}

MemorySource ask_agent_at(const LookContext& context, const std::string& address) {
  const auto identity = ask_identity(context, address, question_path({}));
  if (!identity) return mute(address, identity.error().what);
  if (identity->kind == NodeKind::kFe) return mute(address, "is an FE, not a BE or CN");
  MemorySource out;
  out.who = identity->host;
  if (identity->remembers.empty()) return out;
  out.id = identity->remembers.front();
  out.since = identity->since;
  return out;
}

struct Names {
  std::vector<std::string> addresses{};
  std::vector<MemorySource> unreadable{};
};

void add_addresses(DnsAnswer answer, Names& out) {
  for (auto& address : answer.addresses)
    if (out.addresses.size() < kAsked) out.addresses.push_back(std::move(address));
}

Names look_up_names(const LookContext& context) {
  Names out;
  for (const auto& name : context.config->fe.memory_names) {
    auto answer = ask_dns(context, name);
    if (answer.outcome == DnsOutcome::kUnknown)
      out.unreadable.push_back(unreadable("fe.memory_names " + name, answer.why));
    add_addresses(std::move(answer), out);
  }
  for (const std::string_view kind : {"be", "cn"}) {
    const auto name = headless_of(context.me.headless, kind);
    if (!name.empty()) add_addresses(ask_dns(context, name + "."), out);
  }
  return out;
}

}  // namespace

std::string headless_of(std::string_view headless, std::string_view kind) {
  const auto label = headless.substr(0, headless.find('.'));
  for (std::size_t at = label.find("fe"); at != std::string_view::npos;
       at = label.find("fe", at + 1)) {
    const bool begins = at == 0 || label[at - 1] == '-';
    const bool ends = at + 2 == label.size() || label[at + 2] == '-';
    if (!begins || !ends) continue;
    std::string out{headless};
    return out.replace(at, 2, kind);
  }
  return {};
}

std::vector<MemorySource> told_memories(const Config& config) {
  std::vector<MemorySource> out;
  if (config.fe.cluster_exists) {
    MemorySource told;
    told.who = "setting fe.cluster_exists";
    told.id = kToldWithoutId;
    out.push_back(std::move(told));
  }
  const auto& path = config.fe.cluster_id_file;
  if (path.empty()) return out;
  auto text = read_file(path, kIdBytes);
  if (!text) {  // told to exist: an absent one is unknown as well
    out.push_back(unreadable("file " + path, text.error().what));
    return out;
  }
  text->erase(text->find_last_not_of(" \t\r\n") + 1);
  MemorySource file;
  file.who = "file " + path;
  file.id = *std::move(text);
  out.push_back(std::move(file));
  return out;
}

std::vector<MemorySource> ask_memories(const LookContext& context) {
  auto names = look_up_names(context);
  const auto answers = fan_out<MemorySource, std::string>(
      *context.workers,
      names.addresses,
      [context](const std::string& address) { return ask_agent_at(context, address); },
      Deadline::after(context.config->http.peer_timeout * 2));
  auto out = std::move(names.unreadable);
  for (std::size_t i = 0; i < answers.size(); ++i)
    out.push_back(answers[i] ? *answers[i] : mute(names.addresses[i], "no answer in time"));
  return out;
}

}  // namespace sragent
