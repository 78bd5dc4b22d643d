#include "runtime/ghost_ask.h"

#include <algorithm>
#include <optional>

#include "runtime/ask.h"
#include "runtime/fan_out.h"
#include "runtime/fe_login.h"
#include "runtime/worker_lists.h"
#include "starrocks/sql_text.h"

namespace sragent {
namespace {

/// Both times are the leader's, in one time zone. A leader that does not tell the time yet knows
/// too little of anybody.
bool set_silence(const worker_lists::Lists& lists, std::vector<ListedNode>& rows) {
  const auto* leader = leader_row(lists.fes);
  const auto now = leader == nullptr ? std::nullopt : table_seconds(leader->last_heartbeat);
  if (!now) return false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (const auto heard = table_seconds(lists.rows[i].last_heartbeat))
      rows[i].silent_for = std::chrono::seconds{*now - *heard};
  }
  return true;
}

/// One try at one FE.
class GhostDropper {
 public:
  GhostDropper(const WorkerContext& context,
               const ClusterId& cluster_id,
               const GhostWish& wish,
               const NameAnswers& names)
      : context_(context), cluster_id_(cluster_id), wish_(wish), names_(names) {}

  /// True: nothing more is to be tried.
  bool at(const FeTarget& target, GhostDrop& out) const {
    const auto& sql = context_.look.config->sql;
    const auto until = Deadline::after(sql.connect_timeout + sql.show_timeout);
    const auto session = worker_lists::log_in(context_.look, target, until);
    if (!session) return not_told(target, session.error().what, out);
    const auto none = [](const WorkerRow*) { return false; };
    const auto lists = worker_lists::read_lists(context_, **session, none, until);
    if (!lists) return not_told(target, lists.error().what, out);
    const auto* row = still(*lists, out);
    return row == nullptr || send(**session, *row, out);
  }

 private:
  static bool not_told(const FeTarget& target, const std::string& why, GhostDrop& out) {
    out.outcome = "not sent: " + target.name + ": " + why;
    return false;
  }

  /// The row, if all that it was judged by holds in these lists; else null, and `out` says why.
  const WorkerRow* still(const worker_lists::Lists& lists, GhostDrop& out) const {
    auto rows = listed_nodes(lists.rows);
    const bool timed = set_silence(lists, rows);
    const auto now = context_.look.clock.now();
    const auto verdict = judge_ghosts(wish_.me, rows, names_, wish_.memory, now).verdict;
    if (!verdict.unknown.empty()) {
      out.outcome = "not sent: " + verdict.unknown;
    } else if (!timed) {
      out.outcome = "not sent: the list of FEs does not tell the leader's time";
    } else if (cluster_id_.empty() || lists.fes.cluster_id != cluster_id_) {
      out.outcome = "not sent: this is cluster " + lists.fes.cluster_id;
    } else if (!verdict.drop || key_of(rows[*verdict.drop]) != wish_.row) {
      out.outcome = "not sent: it is no ghost any more";
    } else {
      return &lists.rows[*verdict.drop];
    }
    return nullptr;
  }

  static std::string key_of(const ListedNode& row) { return host_port(row.host, row.port); }

  bool send(SqlSession& session, const WorkerRow& row, GhostDrop& out) const {
    const auto text = drop_worker(NodeKind::kCn, row);
    if (!text || context_.off->load()) {
      out.outcome = "not sent: " + (text ? std::string{"the node leaves"} : text.error().what);
      return true;
    }
    const auto& sql = context_.look.config->sql;
    const auto done = ask_fe(context_.look, session, *text, Deadline::after(sql.statement_timeout));
    out.outcome = done ? "sent" : done.error().what;
    const auto again = Deadline::after(sql.show_timeout);
    const auto table =
        worker_lists::ask(context_.look, session, show_workers(context_.self.kind), again);
    const auto rows = table ? worker_rows(worker_lists::view(*table))
                            : Result<std::vector<WorkerRow>>{tl::unexpected(table.error())};
    if (!rows) {
      out.outcome += "; the list could not be read again";
      return true;
    }
    out.gone = std::ranges::none_of(*rows, [&](const WorkerRow& one) {
      return host_port(one.host, one.heartbeat_port) == wish_.row;
    });
    out.outcome += out.gone ? "; it is gone" : "; it is still listed";
    return true;
  }

  const WorkerContext& context_;
  const ClusterId& cluster_id_;
  const GhostWish& wish_;
  const NameAnswers& names_;
};

}  // namespace

std::vector<ListedNode> listed_nodes(const std::vector<WorkerRow>& rows) {
  std::vector<ListedNode> out;
  out.reserve(rows.size());
  for (const auto& row : rows) {
    out.push_back({row.host,
                   row.heartbeat_port,
                   row.alive,
                   row.id + "|" + row.start_time + "|" + row.last_heartbeat,
                   std::nullopt});
  }
  return out;
}

std::vector<ListedNode> listed_nodes(const FeList& list) {
  std::vector<ListedNode> out;
  out.reserve(list.rows.size());
  for (const auto& row : list.rows) {
    out.push_back(
        {row.host, row.port, row.alive, row.start_time + "|" + row.last_heartbeat, std::nullopt});
  }
  return out;
}

NameAnswers ask_ghost_names(const LookContext& look,
                            const GhostSelf& me,
                            const std::vector<std::string>& names) {
  NameAnswers out;
  const auto own = ask_dns(look, me.host + ".").addresses;
  if (std::ranges::find(own, look.me.address) == own.end()) return out;
  std::vector<std::string> others{names};
  std::erase(others, me.host);
  const auto answers = fan_out<Tri, std::string>(
      *look.workers,
      others,
      [look](const std::string& name) { return exists(ask_dns(look, name + ".").outcome); },
      Deadline::after(look.config->dns.timeout * 10));
  for (std::size_t i = 0; i < others.size(); ++i)
    out[others[i]] = answers[i].value_or(Tri::kUnknown);
  out[me.host] = Tri::kYes;
  return out;
}

GhostDrop drop_ghost(const WorkerContext& context,
                     const std::vector<FeTarget>& targets,
                     const ClusterId& cluster_id,
                     const GhostWish& wish) {
  GhostDrop out;
  out.row = wish.row;
  out.outcome = "not sent: no FE is known";
  const auto names = ask_ghost_names(context.look, wish.me, wish.names);
  const GhostDropper dropper{context, cluster_id, wish, names};
  ask_in_turn(context.look, targets, [&](const FeTarget& target) {
    return context.off->load() || dropper.at(target, out);
  });
  return out;
}

}  // namespace sragent
