#include "runtime/start_observation.h"

namespace sragent {

StartObservation start_observation(const DiskView& disk,
                                   const LookResult& look,
                                   std::optional<Instant> waiting_since) {
  StartObservation out;
  out.meta = disk.meta;
  out.certificate = disk.certificate;
  if (disk.files.remembered) out.remembered = disk.files.remembered->ids;
  if (disk.files.members) out.own_members = disk.files.members->hosts;
  out.set = look.set;
  out.own_name = look.own_name;
  out.peers = look.peers;
  out.lists = look.lists;
  out.leaderless = look.leaderless;
  out.refusal = look.refusal;
  out.service = look.service;
  out.service_why = look.service_why;
  out.memories = look.memories;
  for (const auto& broken : disk.files.broken) {
    MemorySource source;
    source.who = broken.path;
    source.unreadable = true;
    source.why = broken.why;
    source.word = broken.unreadable ? Reason::kPathNotWritable : Reason::kMetaDamaged;
    out.memories.push_back(std::move(source));
  }
  if (look.siblings_absent) out.siblings_absent_since = waiting_since;
  return out;
}

}  // namespace sragent
