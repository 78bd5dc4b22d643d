#include "runtime/worker_marks.h"

#include <algorithm>

#include "runtime/ask.h"
#include "runtime/fan_out.h"
#include "runtime/worker_lists.h"
#include "starrocks/drain_rows.h"
#include "starrocks/rows.h"
#include "starrocks/sql_text.h"
#include "starrocks/versions.h"

namespace sragent {
namespace {

constexpr std::size_t kMetricsBytes = std::size_t{4} << 20U;

using worker_lists::ask;
using worker_lists::Enough;
using worker_lists::Lists;
using worker_lists::log_in;
using worker_lists::read_lists;
using worker_lists::Session;
using worker_lists::view;

std::optional<Lists> first_lists(const WorkerContext& context,
                                 const std::vector<FeTarget>& targets,
                                 const Enough& enough,
                                 std::string& why,
                                 Deadline until) {
  std::optional<Lists> out;
  ask_in_turn(context.look, targets, [&](const FeTarget& target) {
    if (until.expired()) return true;
    auto lists = log_in(context.look, target, until).and_then([&](const Session& sql) {
      return read_lists(context, *sql, enough, until);
    });
    if (!lists) {
      why = target.name + ": " + lists.error().what;
      return false;
    }
    lists->fes.asked_host = target.name;
    out = *std::move(lists);
    return true;
  });
  return out;
}

std::optional<FeTarget> target_of(const WorkerContext& context, const std::string& fe) {
  const auto address = address_of(context.look, fe);
  if (!address) return std::nullopt;
  return FeTarget{fe, *address, context.look.fe_query_port, {}};
}

/// Does this FE hold an entry of a person against `id`?
Result<bool> has_mark(const WorkerContext& context,
                      SqlSession& sql,
                      const std::string& id,
                      Deadline until) {
  const auto table = ask(context.look, sql, show_blacklist(context.self.kind), until);
  if (!table) return tl::unexpected(table.error());
  return blacklisted(view(*table), id);
}

/// `work` on a connection to each FE, side by side; nullopt where no answer came in time. The list
/// of one in its graceful exit goes with it.
template <typename Answer>
std::vector<std::optional<Result<Answer>>> at_each(
    const WorkerContext& context,
    const std::vector<std::string>& fes,
    std::function<Result<Answer>(const std::string& fe, SqlSession& sql)> work,
    Deadline until) {
  return fan_out<Result<Answer>, std::string>(
      *context.look.workers,
      fes,
      [context, work = std::move(work), until](const std::string& fe) -> Result<Answer> {
        const auto target = target_of(context, fe);
        if (!target)
          return tl::unexpected(Error{ErrorKind::kUnreachable, "no name server gives its address"});
        if (exits_gracefully(context.look, target->address))
          return tl::unexpected(Error{ErrorKind::kUnreachable, "it is in its graceful exit"});
        auto sql = log_in(context.look, *target, until);
        if (!sql) return tl::unexpected(std::move(sql).error());
        return work(fe, **sql);
      },
      until);
}

template <typename Answer>
std::string trouble_of(const std::string& fe, const std::optional<Result<Answer>>& answer) {
  return fe + ": " + (answer ? answer->error().what : std::string{"no answer in time"});
}

bool can_mark(NodeKind kind, const std::string& fe_version) {
  const auto version = parse_version(fe_version);
  const auto can = capabilities_of(version ? &*version : nullptr);
  return kind == NodeKind::kCn ? can.cn_blacklist : can.backend_blacklist;
}

/// Why the own row may not be marked at any FE; empty: it may.
std::string refusal(const WorkerContext& context,
                    const WorkerRow* own,
                    const std::string& row_start,
                    MarkLook& out) {
  if (own == nullptr) return "this node is not in the member list";
  if (own->id.empty()) return "the member list tells no id of this node";
  out.version = own->version;
  auto name = name_gives(context.look, context.look.me.fqdn, context.look.me.address);
  if (name.own != Tri::kYes) {
    out.identity = name.elsewhere;
    return "the name servers do not give the own address for " + context.look.me.fqdn +
           (name.why.empty() ? "" : ": " + name.why);
  }
  if (row_start.empty()) return "the own row was not seen alive since the server started";
  if (own->start_time == row_start) return {};
  out.identity = true;
  return "the row was started at " + own->start_time + ", and this server at " + row_start +
         ": another copy of this node serves";
}

bool knows_start(const FeRow* row) {
  return row != nullptr && !row->start_time.empty() && row->start_time != "NULL";
}

/// Whether the FE that took this mark still runs; unknown while its StartTime is not listed.
Tri stands(const FeList& list, const Mark& mark) {
  const auto* row = find_row(list, mark.fe);
  if (row == nullptr) return Tri::kNo;
  if (!knows_start(row)) return Tri::kUnknown;
  return row->start_time == mark.start_time ? Tri::kYes : Tri::kNo;
}

/// An FE that is dead has none to wait for, and takes no statement either.
bool awaits_heartbeat(const FeList& list, const Mark& mark, const TakeBack& first) {
  const auto* row = find_row(list, mark.fe);
  if (!first.before || row == nullptr || !row->alive) return false;
  const auto seen = first.before->find(list.asked_host + " of " + mark.fe);
  return seen == first.before->end() || seen->second == row->last_heartbeat;
}

void ask_blacklists(const WorkerContext& context,
                    const Lists& lists,
                    MarkLook& out,
                    Deadline until) {
  std::vector<std::string> fes;
  for (const auto& fe : lists.addresses) {
    if (!fe.alive) continue;  // it plans nothing; a new one has an empty list
    if (can_mark(context.self.kind, fe.version)) {
      fes.push_back(fe.host);
    } else {
      out.silent.push_back(fe.host + ": its version has no such statement");
    }
  }
  const auto answers = at_each<bool>(
      context,
      fes,
      [context, id = out.note.node_id, until](const std::string& /*fe*/, SqlSession& sql) {
        return has_mark(context, sql, id, until);
      },
      until);
  for (std::size_t i = 0; i < fes.size(); ++i) {
    const auto* row = find_row(lists.fes, fes[i]);
    if (!answers[i] || !*answers[i]) {
      out.silent.push_back(trouble_of(fes[i], answers[i]));
    } else if (!knows_start(row)) {  // such a mark could not be taken back
      out.silent.push_back(fes[i] + ": its StartTime is not listed");
    } else {
      out.note.marks.push_back({fes[i], row->start_time, **answers[i]});
    }
  }
}

}  // namespace

MarkLook look_for_marks(const WorkerContext& context,
                        const std::vector<FeTarget>& targets,
                        const std::string& row_start,
                        Deadline until) {
  MarkLook out;
  out.why_none = "no FE is known";
  const auto missing = [](const WorkerRow* own) { return own == nullptr || own->id.empty(); };
  const auto lists = first_lists(context, targets, missing, out.why_none, until);
  if (!lists) return out;
  out.answered = true;
  const auto* own = find_own_row(context.self, lists->rows);
  if (own != nullptr) out.own = *own;
  out.rows = lists->rows;
  out.cluster_id = lists->fes.cluster_id;
  out.why_none = refusal(context, own, row_start, out);
  out.own_row_sure = out.why_none.empty();
  if (!out.why_none.empty()) return out;
  out.note.node_id = own->id;
  ask_blacklists(context, *lists, out, until);
  if (out.note.marks.empty()) out.why_none = "no FE takes a mark";
  return out;
}

MarksDone put_marks(const WorkerContext& context, const MarksNote& note, Deadline until) {
  std::vector<std::string> fes;
  MarksDone out;
  for (const auto& mark : note.marks)
    (mark.already ? out.made : fes).push_back(mark.fe);
  const auto text = add_to_blacklist(context.self.kind, note.node_id);
  if (!text) {
    out.trouble.push_back(text.error().what);
    return out;
  }
  const auto answers = at_each<bool>(
      context,
      fes,
      [context, id = note.node_id, text = *text, until](const std::string& /*fe*/,
                                                        SqlSession& sql) -> Result<bool> {
        const auto done = ask(context.look, sql, text, until);
        if (!done) return tl::unexpected(done.error());
        return has_mark(context, sql, id, until);
      },
      until);
  for (std::size_t i = 0; i < fes.size(); ++i) {
    const auto& answer = answers[i];
    if (answer && *answer && **answer) {
      out.made.push_back(fes[i]);
    } else if (answer && *answer) {
      out.trouble.push_back(fes[i] + ": it took the statement, and its list does not show it");
    } else {
      out.trouble.push_back(trouble_of(fes[i], answer));
    }
  }
  return out;
}

MarksTaken take_marks(const WorkerContext& context,
                      const std::vector<FeTarget>& targets,
                      const MarksNote& note,
                      const TakeBack& first,
                      Deadline until) {
  MarksTaken out;
  for (const auto& mark : note.marks)
    if (!mark.already) out.left.push_back(mark);
  if (out.left.empty()) return out;
  const auto believed = [&](const WorkerRow* own) {
    return first.server_down && own != nullptr && own->id == note.node_id && own->alive;
  };
  std::string why;
  const auto lists = first_lists(context, targets, believed, why, until);
  if (!lists) {
    out.trouble.push_back(why.empty() ? "no FE is known" : why);
    return out;
  }
  const auto* own = find_own_row(context.self, lists->rows);
  out.waits = believed(own);
  if (out.waits) return out;
  if (own == nullptr || own->id != note.node_id) {  // the entries went with the row
    out.left.clear();
    return out;
  }
  for (const auto& row : lists->fes.rows)
    out.heartbeats[lists->fes.asked_host + " of " + row.host] = row.last_heartbeat;
  std::vector<std::string> fes;
  std::vector<Mark> ours;
  for (auto& mark : std::exchange(out.left, {})) {
    const auto still = stands(lists->fes, mark);
    if (still == Tri::kNo) continue;  // gone with its FE
    if (still == Tri::kYes && awaits_heartbeat(lists->fes, mark, first)) {
      out.left.push_back(std::move(mark));
      continue;
    }
    if (still == Tri::kUnknown) {
      out.trouble.push_back(mark.fe + ": its StartTime is not listed");
      out.left.push_back(std::move(mark));
      continue;
    }
    fes.push_back(mark.fe);
    ours.push_back(std::move(mark));
  }
  const auto text = delete_from_blacklist(context.self.kind, note.node_id);
  if (!text) return out;  // such an id was never marked
  const auto answers = at_each<bool>(
      context,
      fes,
      [context, id = note.node_id, text = *text, until](const std::string& /*fe*/,
                                                        SqlSession& sql) -> Result<bool> {
        const auto done = ask(context.look, sql, text, until);  // of none: it says OK
        if (!done) return tl::unexpected(done.error());
        return has_mark(context, sql, id, until);
      },
      until);
  for (std::size_t i = 0; i < fes.size(); ++i) {
    if (answers[i] && *answers[i] && !**answers[i]) continue;
    const bool stays = answers[i] && *answers[i];
    out.trouble.push_back(stays ? fes[i] + ": the entry is still there"
                                : trouble_of(fes[i], answers[i]));
    out.left.push_back(std::move(ours[i]));
  }
  return out;
}

Result<int> count_work(const WorkerContext& context) {
  const auto reply = ask_http(
      context.look, context.look.me.address, context.be_http_port, "/metrics", kMetricsBytes);
  if (!reply) return tl::unexpected(reply.error());
  const auto work = reply->status == 200 ? running_work(reply->body) : std::nullopt;
  if (work) return *work;
  return tl::unexpected(Error{ErrorKind::kGarbled,
                              "/metrics answered HTTP " + std::to_string(reply->status) +
                                  " without starrocks_be_pip_query_ctx_cnt"});
}

}  // namespace sragent
