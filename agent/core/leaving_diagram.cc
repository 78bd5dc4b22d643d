#include "core/leaving.h"

/// The table of core/leaving as docs/leaving.md shows it.
namespace sragent {
namespace {

/// "done, not needed": the events that lead from one phase to another.
std::string events_between(LeavePhase from, LeavePhase to) {
  std::string out;
  for (int i = 0; i < kLeaveEventCount; ++i) {
    const auto event = static_cast<LeaveEvent>(i);
    if (next_phase(from, event) != to) continue;
    out += (out.empty() ? "" : ", ") + std::string{to_string(event)};
  }
  return out;
}

std::string edges_of(LeavePhase from) {
  std::string out;
  for (int i = 0; i < kLeavePhaseCount; ++i) {
    const auto to = static_cast<LeavePhase>(i);
    const auto events = from == to ? std::string{} : events_between(from, to);
    if (events.empty()) continue;
    out += "    " + std::string{to_string(from)} + " --> " + std::string{to_string(to)} + ": " +
           events + "\n";
  }
  return out;
}

std::string table_row(LeavePhase from) {
  std::string out = "| `" + std::string{to_string(from)} + "` |";
  for (int i = 0; i < kLeaveEventCount; ++i) {
    const auto to = next_phase(from, static_cast<LeaveEvent>(i));
    out += " " + (to == from ? std::string{"–"} : std::string{to_string(to)}) + " |";
  }
  return out + "\n";
}

}  // namespace

std::string leave_diagram() {
  std::string out = "```mermaid\nstateDiagram-v2\n    [*] --> look\n";
  std::string table = "| in phase |";
  std::string rule = "|---|";
  for (int i = 0; i < kLeaveEventCount; ++i) {
    table += " " + std::string{to_string(static_cast<LeaveEvent>(i))} + " |";
    rule += "---|";
  }
  table += "\n" + rule + "\n";
  for (int i = 0; i < kLeavePhaseCount; ++i) {
    out += edges_of(static_cast<LeavePhase>(i));
    table += table_row(static_cast<LeavePhase>(i));
  }
  return out + "    ended --> [*]\n```\n\n" + table;
}

}  // namespace sragent
