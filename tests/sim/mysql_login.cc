#include <random>

#include "dialect.h"
#include "mysql_connection.h"

// Greeting, authentication and the faults that strike there.

namespace srsim {
namespace {

constexpr std::size_t kScrambleSize = 20;

std::string random_scramble() {
  std::random_device source;
  std::uniform_int_distribution<int> printable(33, 126);
  std::string out;
  for (std::size_t i = 0; i < kScrambleSize; ++i)
    out += static_cast<char>(printable(source));
  return out;
}

SqlError access_denied(const std::string& user, bool password) {
  return {.message = "Access denied for user '" + user +
                     "' (using password: " + (password ? "YES" : "NO") + ")",
          .code = 1045,
          .sqlstate = "28000"};
}

SqlError too_many(int limit) {
  return {.message =
              "Reach cluster-wide connection limit, qe_max_connection=" + std::to_string(limit)};
}

}  // namespace

bool MysqlConnection::strike_at_login(const Fault& fault, std::string_view greeting) {
  switch (fault.kind) {
    case FaultKind::kDelay:
      wait(fault.delay);
      return !over_ && send_bytes(greeting);
    case FaultKind::kHang:
      send_bytes(greeting);
      break;
    case FaultKind::kDrop:
      return false;
    case FaultKind::kError:
      send_payload(0, wire::error_payload({.message = fault.text, .code = fault.code}));
      return false;
    case FaultKind::kGarbled:
      send_payload(0, std::string("\x07\xFF\xFE\x01\x80garbled\xFB\xFC", 14));
      return false;
    case FaultKind::kBadLength:
      send_bytes(std::string("\xFF\xFF\xFF\x00", 4));
      break;
    case FaultKind::kTruncated:
      send_bytes(greeting.substr(0, greeting.size() / 2));
      return false;
    case FaultKind::kHangInRow:
      send_bytes(greeting.substr(0, greeting.size() / 2));
      break;
    case FaultKind::kWrongAnswer:
    case FaultKind::kEmptyRows:
    case FaultKind::kMissingColumn:
    case FaultKind::kRenamedColumn:
    case FaultKind::kReplacedCell:
    case FaultKind::kShortRows:
      return send_bytes(greeting);  // these belong to statements
  }
  hang();
  return false;
}

bool MysqlConnection::send_greeting(const std::string& scramble) {
  const Profile& profile = view_.profile();
  if (*place_.mute || (profile.dead_mysql_without_row && !view_.has_own_row())) {
    hang();
    return false;
  }
  wire::PacketWriter out(0);
  out.add(wire::greeting(profile, place_.id, scramble));
  if (const auto fault = view_.faults().take("connect"))
    return strike_at_login(*fault, out.bytes());
  return send_bytes(out.bytes());
}

bool MysqlConnection::authenticate(const wire::LoginReply& reply,
                                   const std::string& scramble,
                                   std::uint8_t sequence) {
  std::string auth = reply.auth;
  const bool other_plugin = (reply.capabilities & wire::kPluginAuth) != 0 &&
                            !reply.plugin.empty() && reply.plugin != "mysql_native_password";
  if (other_plugin) {
    if (!send_payload(sequence, wire::auth_switch(scramble))) return false;
    const auto again = read_packet(static_cast<std::uint8_t>(sequence + 1));
    if (!again) return false;
    auth = *again;
    sequence = static_cast<std::uint8_t>(sequence + 2);
  }
  const auto refuse = [&](const SqlError& error) {
    send_payload(sequence, wire::error_payload(error));
    return false;
  };
  const auto catalog = view_.catalog();
  const auto user = catalog->users.find(reply.user);
  if (user == catalog->users.end() || !check_password(user->second, scramble, auth))
    return refuse(access_denied(reply.user, !auth.empty()));
  session_ = open_session(*catalog, reply.user);
  session_.connection_id = place_.id;
  session_.peer = place_.peer;
  if (!reply.db.empty()) {
    const SqlResult used = execute(session_, view_, "use `" + reply.db + "`");
    if (const SqlError* error = first_error(used)) return refuse(*error);
  }
  if (++*place_.connections > place_.max_connections) {
    --*place_.connections;
    return refuse(too_many(place_.max_connections));
  }
  note_statement("");
  logged_in_ = true;
  return send_payload(sequence, wire::ok_payload({}, 0));
}

bool MysqlConnection::log_in() {
  const std::string scramble = random_scramble();
  if (!send_greeting(scramble)) return false;
  // After an SSLRequest, a PROXY line or noise the server closes.
  const auto packet = read_packet(1);
  const auto reply = packet ? wire::parse_login(*packet) : std::nullopt;
  return reply && authenticate(*reply, scramble, 2);
}

}  // namespace srsim
