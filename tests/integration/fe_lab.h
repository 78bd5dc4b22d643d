#pragma once

#include <cstdint>

#include "pod.h"

/// What the tests of FE pods share.
namespace podlab {

/// Rows of the list whose Role is LEADER.
[[nodiscard]] int leaders(const SqlAnswer& list);
/// Rows of SHOW FRONTENDS for this host.
[[nodiscard]] std::size_t rows_of(const SqlAnswer& list, const std::string& host);
/// A server was started on this volume: the first file of a founding or a join is there.
[[nodiscard]] bool has_metadata(const Pod& pod);
/// This FE is a sealed member.
[[nodiscard]] bool sealed(const Pod& pod);
[[nodiscard]] bool wait_sealed(const Pod& pod);
/// The first `count` FEs are sealed members within `limit`: what happens next happens to members.
[[nodiscard]] bool all_sealed(PodNet& net, int count = 3, milliseconds limit = milliseconds(60000));
/// Serves the names of FE 0 and FE 1, starts them and waits until both are sealed.
[[nodiscard]] bool start_two_members(PodNet& net, milliseconds limit = milliseconds(60000));
/// The node looks on for many rounds; false if its agent does not answer.
[[nodiscard]] bool looks_on(const Pod& pod);
/// Lines of the decision journal, oldest first: "<row> <action>".
[[nodiscard]] std::vector<std::string> decisions_of(const Pod& pod);
/// One of them is `what`.
[[nodiscard]] bool decided(const Pod& pod, const std::string& what);
/// A statement that arrived at an FE, by that FE's own audit log. The time is the simulation's.
struct Statement {
  std::int64_t at_ms = 0;
  std::string ip{};  ///< Who said it.
  std::string text{};
};
/// The statements of the text of a log/fe.audit.log, in order of arrival.
[[nodiscard]] std::vector<Statement> audit_log(const std::string& text);
/// What `from` said to the FE of `at`, in order.
[[nodiscard]] std::vector<Statement> statements(const Pod& at, const Pod& from);
/// The statement by which a leader adds the pod.
[[nodiscard]] std::string add_follower(const Pod& pod, const std::string& port = "9010");
/// The texts among them that change a member list.
[[nodiscard]] std::vector<std::string> alter_statements(const Pod& at, const Pod& from);
/// The server's starts by its own log: the helpers of each, empty where it had none.
[[nodiscard]] std::vector<std::string> helpers_of_starts(const Pod& pod);
/// Time stamp of the first line of log/fe.log, or of log/fe.audit.log, with `part` in it; empty:
/// there is none. The simulators of one net share their clock, so the stamps can be compared.
[[nodiscard]] std::string stamp_in_log(const Pod& pod, const std::string& part);
[[nodiscard]] std::string stamp_in_audit(const Pod& pod, const std::string& part);
/// Protocol time of the first decision `what` ("<row> <action>") in the journal; -1: there is none.
[[nodiscard]] std::int64_t decided_at_ms(const Pod& pod, const std::string& what);
/// True once a server runs in the pod; `words` gets its command line.
[[nodiscard]] bool wait_server(const Pod& pod, std::string& words);
/// The text without its first line: a server writes the time of its start into that of ROLE.
[[nodiscard]] std::string without_date(const std::string& text);
/// The file holds this and nothing else.
void write_text(const std::string& path, const std::string& text);

}  // namespace podlab
