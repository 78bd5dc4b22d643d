#include "core/reason.h"

namespace sragent {
namespace {

struct Entry {
  std::string_view word;
  std::string_view meaning;
};

/// In the order of the enumeration.
constexpr std::array<Entry, kReasonCount> kEntries{{
    {"none", "Nothing to report."},
    {"waiting_for_peers", "Not every peer that could hold a cluster has said that it is empty."},
    {"no_leader", "Members of the cluster are in sight, but no leader whose word counts."},
    {"fe_unreachable", "No FE accepts a connection on its query port."},
    {"auth_failed", "An FE refused user or password; so a cluster exists."},
    {"privilege_denied", "The user may log in but lacks the privilege for a statement."},
    {"tls_failed", "Transport security failed or is demanded; so a cluster exists."},
    {"dns_not_ready", "The name servers do not give the own address for the own name."},
    {"cluster_exists", "Somebody remembers a cluster and no member of it is in sight."},
    {"two_clusters", "Two cluster ids are in sight."},
    {"identity_conflict",
     "This node's identity belongs to another cluster or another living instance."},
    {"meta_damaged", "The metadata directory is neither empty nor a sane member's."},
    {"host_mismatch", "The metadata was made for another host name or host type."},
    {"not_in_group", "The replication group does not know this FE, or not any more."},
    {"dropped", "Somebody took this node out of the cluster."},
    {"quorum_lost", "More volumes are lost than the group can miss."},
    {"quorum_risk", "The step would endanger the majority of the group."},
    {"replaying", "The FE replays its journal."},
    {"loading", "The BE loads its tablets."},
    {"not_registered", "The cluster does not list this node yet."},
    {"not_alive", "The cluster lists this node but does not reach it."},
    {"wrong_role", "The node is listed or recorded under another role or kind."},
    {"wrong_warehouse", "The node is listed in another warehouse."},
    {"unsupported_fe", "The FE does not know a statement that is needed."},
    {"draining", "The node finishes its work before it stops."},
    {"leaving", "The node leaves the cluster for good."},
    {"decommissioning", "The BE's tablets move to other nodes."},
    {"stalled", "An operation makes no progress."},
    {"held", "A person asked to keep the server down."},
    {"crash_loop", "The server keeps ending by itself."},
    {"config_invalid", "A setting or a path of the server is wrong."},
    {"path_not_writable", "A path that must be written cannot be."},
    {"disk_low", "A volume is nearly full."},
    {"host_check", "A property of the host will hurt the server."},
    {"stale_facts", "The last look is too old to be trusted."},
    {"agent_stuck", "The agent's own loop does not turn."},
    {"starting", "The server was started and is not ready yet."},
    {"server_down", "The server process is not running."},
    {"unhealthy", "The server runs but fails its health check."},
    {"probe_failed", "A custom probe failed."},
    {"two_leaders", "Two FEs say of themselves that they lead."},
    {"founding", "This FE founds the cluster."},
    {"joining", "This FE joins the cluster."},
    {"unfinished_meta", "A first start was cut short and what it left cannot be used yet."},
    {"busy", "Another operation is under way."},
}};

static_assert(static_cast<int>(Reason::kBusy) + 1 == kReasonCount);

}  // namespace

std::string_view to_string(Reason reason) {
  return kEntries.at(static_cast<std::size_t>(reason)).word;
}

std::string_view explain(Reason reason) {
  return kEntries.at(static_cast<std::size_t>(reason)).meaning;
}

std::optional<Reason> reason_from(std::string_view word) {
  for (std::size_t i = 0; i < kEntries.size(); ++i)
    if (kEntries.at(i).word == word) return static_cast<Reason>(i);
  return std::nullopt;
}

}  // namespace sragent
