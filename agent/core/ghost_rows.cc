#include "core/ghost_rows.h"

#include <algorithm>
#include <utility>

#include "core/peer.h"

namespace sragent {
namespace {

/// Ordinal of a host that is named as `mine` but for it; -1: it is named otherwise.
int ordinal_like(std::string_view host, const std::string& mine) {
  const int own = ordinal_of(mine);
  const int ordinal = ordinal_of(host);
  const bool whole = mine.find('.') != std::string::npos;
  if (!whole || own < 0 || ordinal < 0) return -1;
  // Both ways, so that "cn-01" is not taken for "cn-1".
  const bool like = sibling_host(host, own) == mine && sibling_host(mine, ordinal) == host;
  return like ? ordinal : -1;
}

bool own_row(const GhostSelf& me, const ListedNode& row) {
  return row.host == me.host && row.port == me.port;
}

/// Rows of the own pattern, highest ordinal first; the own host with them.
std::vector<std::size_t> siblings(const GhostSelf& me, const std::vector<ListedNode>& rows) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (ordinal_like(rows[i].host, me.host) >= 0) out.push_back(i);
  std::ranges::stable_sort(out, [&](std::size_t a, std::size_t b) {
    return ordinal_of(rows[a].host) > ordinal_of(rows[b].host);
  });
  return out;
}

bool tells(const GhostSelf& me, const std::vector<ListedNode>& rows) {
  const int own = ordinal_like(me.host, me.host);
  const bool listed = std::ranges::any_of(
      rows, [&](const ListedNode& row) { return own_row(me, row) && row.alive; });
  if (own < 0 || !listed) return false;
  if (me.kind == NodeKind::kFe) return me.leads;
  return std::ranges::none_of(
      rows, [&](const ListedNode& row) { return row.alive && lower_sibling(row.host, me.host); });
}

Tri answer(const NameAnswers& names, std::string_view host) {
  const auto at = names.find(host);
  return at == names.end() ? Tri::kUnknown : at->second;
}

/// Why the name servers' word on absence is worth nothing; empty: it counts.
std::string doubt(const GhostSelf& me,
                  const std::vector<ListedNode>& rows,
                  const NameAnswers& names) {
  if (answer(names, me.host) != Tri::kYes)
    return "the name servers do not give the own address for " + me.host;
  for (const auto i : siblings(me, rows)) {
    if (rows[i].alive && answer(names, rows[i].host) == Tri::kNo)
      return "the name servers know no " + rows[i].host + ", which is alive";
  }
  return {};
}

/// The span that goes on, or a new one.
GhostSpan span_of(const ListedNode& row, const GhostMemory& memory, Instant now) {
  const bool unbroken = memory.read_at && now - *memory.read_at <= kGhostGap;
  const auto at = memory.spans.find(host_port(row.host, row.port));
  const bool same = at != memory.spans.end() && at->second.mark == row.mark;
  return unbroken && same ? at->second : GhostSpan{now, row.mark};
}

bool silent_long(const ListedNode& row) {
  return !row.silent_for || *row.silent_for >= kGhostAfter;
}

}  // namespace

bool lower_sibling(std::string_view host, const std::string& mine) {
  const int ordinal = ordinal_like(host, mine);
  return ordinal >= 0 && ordinal < ordinal_of(mine);
}

std::optional<std::vector<std::string>> ghost_names(const GhostSelf& me,
                                                    const std::vector<ListedNode>& rows) {
  if (!tells(me, rows)) return std::nullopt;
  std::vector<std::string> out{me.host};
  bool any_dead = false;
  for (const auto i : siblings(me, rows)) {
    const auto& row = rows[i];
    if (row.host == me.host) continue;
    any_dead |= !row.alive;
    if (out.back() != row.host) out.push_back(row.host);
  }
  if (!any_dead) out.clear();
  return out;
}

GhostOutcome judge_ghosts(const GhostSelf& me,
                          const std::vector<ListedNode>& rows,
                          const NameAnswers& names,
                          const GhostMemory& memory,
                          Instant now) {
  GhostOutcome out;
  out.memory.read_at = now;
  const auto wanted = ghost_names(me, rows);
  if (!wanted) out.verdict.unknown = "another node tells of the ghost rows";
  if (!wanted || wanted->empty()) return out;
  out.verdict.unknown = doubt(me, rows, names);
  if (!out.verdict.unknown.empty()) return out;
  const auto all = siblings(me, rows);
  for (const auto i : all) {
    const auto& row = rows[i];
    if (row.alive || row.host == me.host || answer(names, row.host) != Tri::kNo) continue;
    auto span = span_of(row, memory, now);
    if (now - span.since >= kGhostAfter && silent_long(row))
      out.verdict.ghosts.push_back({i, span.since});
    out.memory.spans.insert_or_assign(host_port(row.host, row.port), std::move(span));
  }
  const auto& ghosts = out.verdict.ghosts;
  const bool highest = !ghosts.empty() && ghosts.front().row == all.front();
  if (me.drops && me.kind == NodeKind::kCn && highest) out.verdict.drop = ghosts.front().row;
  return out;
}

}  // namespace sragent
