#include "starrocks/state_file.h"

#include <algorithm>

#include "starrocks/state_text.h"

namespace sragent {

using starrocks_detail::garbled;
using starrocks_detail::StateReader;
using starrocks_detail::StateWriter;

namespace {

constexpr std::string_view kFound = "found";
constexpr std::string_view kJoin = "join";

}  // namespace

std::string to_text(const IntentNote& note) {
  StateWriter out(state_names::kIntent);
  out.put("kind", note.kind == IntentKind::kJoin ? kJoin : kFound);
  out.put("cluster_id", note.cluster_id).put("helper", note.helper);
  out.put_flag("helper_run_ended", note.helper_run_ended);
  return out.finish();
}

Result<IntentNote> parse_intent(std::string_view text) {
  return StateReader::open(state_names::kIntent, text)
      .and_then([](const StateReader& in) -> Result<IntentNote> {
        const auto kind = in.text("kind");
        if (kind != kFound && kind != kJoin) return garbled("kind is neither found nor join");
        IntentNote out;
        out.kind = kind == kJoin ? IntentKind::kJoin : IntentKind::kFound;
        out.cluster_id = in.text("cluster_id");
        out.helper = in.text("helper");
        out.helper_run_ended = in.flag("helper_run_ended");
        if (out.kind == IntentKind::kJoin && (out.cluster_id.empty() || out.helper.empty()))
          return garbled("a join without cluster_id or helper");
        return out;
      });
}

std::string to_text(const SealedNote& note) {
  return StateWriter(state_names::kSealed).put("cluster_id", note.cluster_id).finish();
}

Result<SealedNote> parse_sealed(std::string_view text) {
  return StateReader::open(state_names::kSealed, text)
      .and_then([](const StateReader& in) -> Result<SealedNote> {
        SealedNote out{in.text("cluster_id")};
        if (out.cluster_id.empty()) return garbled("without cluster_id");
        return out;
      });
}

std::string to_text(const LeftNote& note) {
  return StateWriter(state_names::kLeft)
      .put("cluster_id", note.cluster_id)
      .put("reason", note.reason)
      .finish();
}

Result<LeftNote> parse_left(std::string_view text) {
  return StateReader::open(state_names::kLeft, text)
      .and_then([](const StateReader& in) -> Result<LeftNote> {
        return LeftNote{in.text("cluster_id"), in.text("reason")};
      });
}

std::string to_text(const Certificate& note) {
  return StateWriter(state_names::kCertificate)
      .put("cluster_id", note.cluster_id)
      .put("host", note.host)
      .put_all("member", note.members)
      .put("created_unix_ms", note.created_unix_ms)
      .finish();
}

Result<Certificate> parse_certificate(std::string_view text) {
  return StateReader::open(state_names::kCertificate, text)
      .and_then([](const StateReader& in) -> Result<Certificate> {
        Certificate out;
        out.cluster_id = in.text("cluster_id");
        out.host = in.text("host");
        out.members = in.all("member");
        out.created_unix_ms = in.number("created_unix_ms").value_or(0);
        if (out.cluster_id.empty()) return garbled("without cluster_id");
        return out;
      });
}

std::string to_text(const RememberedNote& note) {
  return StateWriter(state_names::kRemembered).put_all("id", note.ids).finish();
}

Result<RememberedNote> parse_remembered(std::string_view text) {
  return StateReader::open(state_names::kRemembered, text)
      .and_then([](const StateReader& in) -> Result<RememberedNote> {
        return RememberedNote{in.all("id")};
      });
}

std::string to_text(const MembersNote& note) {
  return StateWriter(state_names::kMembers)
      .put("cluster_id", note.cluster_id)
      .put_all("host", note.hosts)
      .put_all("observer", note.observers)
      .finish();
}

Result<MembersNote> parse_members(std::string_view text) {
  return StateReader::open(state_names::kMembers, text)
      .and_then([](const StateReader& in) -> Result<MembersNote> {
        return MembersNote{in.text("cluster_id"), in.all("host"), in.all("observer")};
      });
}

std::string to_text(const StatementNote& note) {
  return StateWriter(state_names::kStatement)
      .put("text", note.text)
      .put("leader", note.leader)
      .put("sent_unix_ms", note.sent_unix_ms)
      .finish();
}

Result<StatementNote> parse_statement(std::string_view text) {
  return StateReader::open(state_names::kStatement, text)
      .and_then([](const StateReader& in) -> Result<StatementNote> {
        const auto sent = in.number("sent_unix_ms");
        if (!sent) return garbled("without sent_unix_ms");
        return StatementNote{in.text("text"), in.text("leader"), *sent};
      });
}

std::string to_text(const WorkerNote& note) {
  return StateWriter(state_names::kWorker)
      .put_flag("dropped", note.dropped)
      .put_flag("decommissioned", note.decommissioned)
      .put("registered_id", note.registered_id)
      .put("registered_since", note.registered_since)
      .put("row_host", note.row_host)
      .put("former_host", note.former_host)
      .finish();
}

Result<WorkerNote> parse_worker(std::string_view text) {
  return StateReader::open(state_names::kWorker, text)
      .and_then([](const StateReader& in) -> Result<WorkerNote> {
        return WorkerNote{in.flag("dropped"),
                          in.flag("decommissioned"),
                          in.text("registered_id"),
                          in.text("registered_since"),
                          in.text("row_host"),
                          in.text("former_host")};
      });
}

std::string to_text(const SeenNote& note) {
  return StateWriter(state_names::kSeen)
      .put("leader", note.leader)
      .put("leader_start_time", note.leader_start_time)
      .put_all("other", note.others)
      .put_flag("leader_certain", note.leader_certain)
      .finish();
}

Result<SeenNote> parse_seen(std::string_view text) {
  return StateReader::open(state_names::kSeen, text)
      .and_then([](const StateReader& in) -> Result<SeenNote> {
        return SeenNote{in.text("leader"),
                        in.text("leader_start_time"),
                        in.all("other"),
                        in.flag("leader_certain")};
      });
}

std::string to_text(const LeaveNote& note) {
  StateWriter out(state_names::kLeave);
  if (note.stop_began_ms) out.put("stop_began_ms", *note.stop_began_ms);
  if (note.drain_began_ms) out.put("drain_began_ms", *note.drain_began_ms);
  out.put("why", note.why).put_flag("for_good", note.for_good).put_flag("down", note.down);
  out.put_flag("decided", note.decided).put("row_id", note.row_id);
  out.put("row_start", note.row_start).put("cluster_id", note.cluster_id);
  out.put_flag("cancelled", note.cancelled).put("ask_id", note.ask_id);
  if (note.answer) out.put("answer", *note.answer);
  return out.put("answered_id", note.answered_id)
      .put("answer_reason", note.answer_reason)
      .put("answer_text", note.answer_text)
      .finish();
}

Result<LeaveNote> parse_leave(std::string_view text) {
  return StateReader::open(state_names::kLeave, text)
      .and_then([](const StateReader& in) -> Result<LeaveNote> {
        return LeaveNote{in.number("stop_began_ms"),
                         in.number("drain_began_ms"),
                         in.text("why"),
                         in.flag("for_good"),
                         in.flag("down"),
                         in.flag("decided"),
                         in.text("row_id"),
                         in.text("row_start"),
                         in.text("cluster_id"),
                         in.flag("cancelled"),
                         in.text("ask_id"),
                         in.text("answered_id"),
                         in.number("answer"),
                         in.text("answer_reason"),
                         in.text("answer_text")};
      });
}

std::string to_text(const HoldNote& note) {
  StateWriter out(state_names::kHold);
  out.put("began_ms", note.began_ms).put("ends_ms", note.ends_ms);
  out.put("source", note.source).put("author", note.author).put("reason", note.reason);
  out.put("mark", note.mark).put_flag("force", note.force).put("seal", note.seal);
  out.put("stuck", note.stuck).put("began", note.began).put("until", note.until);
  return out.put_all("answered", note.answered).finish();
}

Result<HoldNote> parse_hold(std::string_view text) {
  return StateReader::open(state_names::kHold, text)
      .and_then([](const StateReader& in) -> Result<HoldNote> {
        return HoldNote{in.number("began_ms").value_or(0),
                        in.number("ends_ms").value_or(0),
                        in.text("source"),
                        in.text("author"),
                        in.text("reason"),
                        in.text("mark"),
                        in.flag("force"),
                        in.text("seal"),
                        in.text("stuck"),
                        in.text("began"),
                        in.text("until"),
                        in.all("answered")};
      });
}

std::string to_text(const EndsNote& note) {
  return StateWriter(state_names::kEnds).put_all("at_ms", note.at_ms).finish();
}

Result<EndsNote> parse_ends(std::string_view text) {
  return StateReader::open(state_names::kEnds, text).map([](const StateReader& in) {
    return EndsNote{in.all("at_ms")};
  });
}

std::string to_text(const MarksNote& note) {
  StateWriter out(state_names::kMarks);
  out.put("node_id", note.node_id);
  for (const auto& mark : note.marks)
    out.put("fe", mark.fe).put("start_time", mark.start_time).put_flag("already", mark.already);
  return out.finish();
}

Result<MarksNote> parse_marks(std::string_view text) {
  return StateReader::open(state_names::kMarks, text)
      .and_then([](const StateReader& in) -> Result<MarksNote> {
        MarksNote out{in.text("node_id"), {}};
        const auto fes = in.all("fe");
        const auto starts = in.all("start_time");
        const auto already = in.all("already");
        if (out.node_id.empty()) return garbled("without node_id");
        if (starts.size() != fes.size() || already.size() != fes.size())
          return garbled("with marks that are not whole");
        for (std::size_t i = 0; i < fes.size(); ++i)
          out.marks.push_back({fes[i], starts[i], already[i] == "true"});
        return out;
      });
}

WorkerNote worker_note(const WorkerMemory& memory) {
  return {memory.dropped,
          memory.decommissioned,
          memory.registered_id,
          {},
          memory.row_host,
          memory.former_host};
}

WorkerMemory worker_memory(const WorkerNote& note) {
  WorkerMemory out;
  out.dropped = note.dropped;
  out.decommissioned = note.decommissioned;
  out.registered_id = note.registered_id;
  out.row_host = note.row_host;
  out.former_host = note.former_host;
  return out;
}

Millis statement_age(const StatementNote& note, std::int64_t now_unix_ms) {
  if (note.sent_unix_ms >= now_unix_ms) return Millis{0};
  // A time long before 1970 stands in no file that was written here; its difference would overflow.
  return Millis{now_unix_ms - std::max<std::int64_t>(0, note.sent_unix_ms)};
}

std::string state_folder(std::string_view data_dir) {
  return state_path(data_dir, state_names::kFolder);
}

std::string state_path(std::string_view state_dir, std::string_view name) {
  std::string out{state_dir};
  while (out.size() > 1 && out.back() == '/')
    out.pop_back();
  if (out.empty() || out.back() != '/') out += '/';
  out += name;
  return out;
}

}  // namespace sragent
