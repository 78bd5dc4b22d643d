// Row 25 of docs/starrocks.md section 13: the MySQL protocol, against the recorded answers
// (corpus/protocol.jsonl), with a client of bare packets.

#include <array>
#include <fstream>

#include <gtest/gtest.h>

#include "dialect_fixture.h"
#include "mysql_server.h"
#include "raw_client.h"

namespace srsim::testing {
namespace {

using nlohmann::json;

/// A cluster of one FE that listens.
class Listening {
 public:
  explicit Listening(std::string_view profile, int fe_id = 1, int max_connections = 4096)
      : cluster(profile),
        server(cluster.fe,
               {.ip = "127.0.0.1", .port = 0, .max_connections = max_connections, .fe_id = fe_id}) {
    const std::string error = server.start();
    if (!error.empty()) throw std::runtime_error(error);
  }
  [[nodiscard]] int port() const { return server.port(); }

  Cluster cluster;
  MysqlServer server;
};

std::vector<json> protocol_lines() {
  std::ifstream in(std::string(CORPUS_DIR) + "/protocol.jsonl");
  std::vector<json> lines;
  for (std::string text; std::getline(in, text);)
    lines.push_back(json::parse(text));
  return lines;
}

TEST(Sim13_25, TheGreetingIsByteForByteOfItsVersion) {
  int compared = 0;
  for (const json& line : protocol_lines()) {
    if (line.value("event", "") != "handshake") continue;
    const json& want = line["hs"];
    const int fe_id = want["connection_id"].get<int>() >> 24;
    Listening l(line["version"].get<std::string>(), fe_id);
    RawClient client(l.port());
    const json got = client.greeting();
    for (const char* field : {"protocol",
                              "server_version",
                              "charset",
                              "status",
                              "auth_len",
                              "reserved",
                              "scramble_len",
                              "plugin",
                              "packet_len",
                              "caps"}) {
      EXPECT_EQ(got[field], want[field]) << line["version"] << " " << field;
    }
    EXPECT_EQ(got["connection_id"].get<int>() >> 24, fe_id) << line["version"];
    ++compared;
  }
  EXPECT_EQ(compared, 3);
}

/// What the recorder sent for a note: a login, a COM_QUERY or a command byte with an argument.
struct Sent {
  const char* note;
  enum class How { kLogin, kQuery, kCommand } how;
  RawClient::Login login{};
  std::uint8_t code{};
  const char* text{""};
};

const auto kSent = std::to_array<Sent>({
    {.note = "client says mysql_native_password, root, no password", .how = Sent::How::kLogin},
    {.note = "client says caching_sha2_password, root, no password",
     .how = Sent::How::kLogin,
     .login = {.plugin = "caching_sha2_password"}},
    {.note = "client says caching_sha2_password, wrong password",
     .how = Sent::How::kLogin,
     .login = {.password = "wrong", .plugin = "caching_sha2_password"}},
    {.note = "client says mysql_clear_password",
     .how = Sent::How::kLogin,
     .login = {.plugin = "mysql_clear_password"}},
    {.note = "client without PLUGIN_AUTH", .how = Sent::How::kLogin, .login = {.flags = 0x8205}},
    {.note = "three statements in one COM_QUERY, no MULTI_STATEMENTS flag",
     .how = Sent::How::kQuery,
     .text = "select 1; select 2; show variables like 'version'"},
    {.note = "three statements, MULTI_STATEMENTS flag set",
     .how = Sent::How::kQuery,
     .login = {.flags = 0x0029 << 16 | 0x8205},
     .text = "select 1; select 2; show variables like 'version'"},
    {.note = "execution error in the second of three",
     .how = Sent::How::kQuery,
     .text = "select 1; alter system drop backend 'zz:1'; select 3"},
    {.note = "COM_PING", .how = Sent::How::kCommand, .code = 0x0E},
    {.note = "COM_INIT_DB information_schema",
     .how = Sent::How::kCommand,
     .code = 0x02,
     .text = "information_schema"},
    {.note = "COM_INIT_DB nodb", .how = Sent::How::kCommand, .code = 0x02, .text = "nodb"},
    {.note = "COM_STATISTICS", .how = Sent::How::kCommand, .code = 0x09},
    {.note = "COM_RESET_CONNECTION", .how = Sent::How::kCommand, .code = 0x1F},
    {.note = "COM_CHANGE_USER", .how = Sent::How::kCommand, .code = 0x11, .text = "root"},
    {.note = "COM_STMT_PREPARE select 1",
     .how = Sent::How::kCommand,
     .code = 0x16,
     .text = "select 1"},
    {.note = "COM_STMT_PREPARE show frontends",
     .how = Sent::How::kCommand,
     .code = 0x16,
     .text = "show frontends"},
    {.note = "COM_STMT_PREPARE alter system add backend 'be-9.be.lab:9050'",
     .how = Sent::How::kCommand,
     .code = 0x16,
     .text = "alter system add backend 'be-9.be.lab:9050'"},
    {.note = "COM_STMT_PREPARE select ?",
     .how = Sent::How::kCommand,
     .code = 0x16,
     .text = "select ?"},
    {.note = "empty statement", .how = Sent::How::kQuery, .text = ""},
    {.note = "comments and trailing semicolon",
     .how = Sent::How::kQuery,
     .text = "/* a */ select 1; -- b"},
});

json replay(const Sent& sent, int port) {
  RawClient client(port);
  static_cast<void>(client.greeting());
  json login = client.log_in(sent.login);
  if (sent.how == Sent::How::kLogin) return login;
  return sent.how == Sent::How::kQuery ? client.query(sent.text)
                                       : client.command(sent.code, sent.text);
}

TEST(Sim13_25, EveryRecordedProtocolExchangeIsRepeated) {
  std::map<std::string, int> compared;
  for (const std::string version : {"3.5.7-d2da301", "main-70d1c24"}) {
    Listening l(version);
    for (const json& line : protocol_lines()) {
      for (const Sent& sent : kSent) {
        if (line["version"] != version || line.value("note", "") != sent.note) continue;
        EXPECT_EQ(replay(sent, l.port()), line["result"]) << version << ": " << sent.note;
        ++compared[sent.note];
      }
    }
  }
  EXPECT_EQ(compared.size(), std::size(kSent));
  for (const auto& [note, count] : compared)
    EXPECT_EQ(count, 2) << note;
}

TEST(Sim13_25, ASyntaxErrorAnywhereExecutesNothing) {
  Listening l("3.5.7");
  RawClient client(l.port());
  client.enter();
  const json answer = client.query("alter system add backend 'be-0.lab:9050'; selec 2; select 3");
  ASSERT_EQ(answer.size(), 1U);
  EXPECT_EQ(answer[0]["kind"], "ERR");
  // The words that the real parser finds similar come from its whole grammar.
  EXPECT_TRUE(answer[0]["message"].get<std::string>().starts_with(
      "Getting syntax error at line 1, column 42. Detail message: Unexpected input 'selec', the "
      "most similar input is {"));
  EXPECT_TRUE(l.cluster.fe.catalog()->nodes.empty());
}

TEST(Sim13_25, ResultSetsEndInClassicEofPacketsWithStatusZero) {
  Listening l("3.5.7");
  RawClient client(l.port());
  client.enter();
  const json answer = client.query("show frontends");
  EXPECT_EQ(answer[0]["eof_after_columns"], true);
  EXPECT_EQ(answer[0]["status"], 0);
  EXPECT_EQ(answer[0]["rows"].size(), 1U);
  EXPECT_EQ(client.query("set autocommit = 1")[0]["status"], 0) << "no AUTOCOMMIT bit";
}

TEST(Sim13_25, SslRequestAndProxyLineAreAnsweredByClosing) {
  Listening l("3.5.7");
  {
    RawClient client(l.port());
    static_cast<void>(client.greeting());
    std::string request("\x0D\xAA\x08\x00\x00\x00\x00\x01\x21", 9);
    request.append(23, '\0');
    client.send_packet(request, 1);
    EXPECT_TRUE(client.closed());
  }
  RawClient client(l.port());
  client.send_bytes("PROXY TCP4 1.2.3.4 5.6.7.8 1000 9030\r\n");
  static_cast<void>(client.greeting());
  EXPECT_TRUE(client.closed());
}

TEST(Sim13_25, ABareProbeGetsTheGreetingAndDoesNoHarm) {
  Listening l("3.5.7");
  {
    RawClient probe(l.port());
    EXPECT_EQ(probe.read_bytes(78).size(), 78U);
  }
  RawClient client(l.port());
  client.enter();
  EXPECT_EQ(client.query("select 1")[0]["kind"], "ROWS");
}

TEST(Sim13_25, KillOfTheOwnConnectionIsOkAndEndsIt) {
  Listening l("3.5.7");
  RawClient client(l.port());
  const json hello = client.greeting();
  ASSERT_EQ(client.log_in({})["auth"], "OK");
  const std::string id = std::to_string(hello["connection_id"].get<int>());
  EXPECT_EQ(client.query("kill " + id)[0]["kind"], "OK");
  EXPECT_TRUE(client.closed());
}

TEST(Sim13_25, BeyondTheConnectionLimitTheLoginIsRefused) {
  Listening l("3.5.7", 1, 1);
  RawClient first(l.port());
  first.enter();
  RawClient second(l.port());
  static_cast<void>(second.greeting());
  const json refusal = second.log_in({});
  EXPECT_EQ(refusal["code"], 1064);
  EXPECT_TRUE(refusal["message"].get<std::string>().starts_with(
      "Reach cluster-wide connection limit, qe_max_connection=1"));
}

TEST(Sim13_25, AnFeWithoutItsRowAcceptsAndNeverGreetsFrom35On) {
  for (const auto& [name, greets] : {std::pair("3.3.15", true), std::pair("3.5.7", false)}) {
    Listening l(name);
    l.cluster.fe.listed = false;
    RawClient client(l.port());
    const std::string first =
        client.read_bytes(1, std::chrono::milliseconds(greets ? 10'000 : 100));
    EXPECT_EQ(!first.empty(), greets) << name;
  }
}

TEST(WireFaults, HangingConnectionsDoNotHoldUpStop) {
  Listening l("3.5.7");
  for (const char* word : {"hang", "hang_in_row", "bad_length"}) {
    l.cluster.fe.faults().set("show_frontends", {.kind = parse_fault_kind(word).value()});
    RawClient client(l.port());
    client.enter();
    client.send_packet("\x03show frontends");
    const std::string got = client.read_bytes(1 << 16, std::chrono::milliseconds(100));
    EXPECT_EQ(got.empty(), word == std::string("hang")) << word;
  }
  RawClient silent(l.port());
  static_cast<void>(silent.greeting());
  l.cluster.fe.faults().set("show_frontends", {.kind = FaultKind::kHang});
  RawClient hanging(l.port());
  hanging.enter();
  hanging.send_packet("\x03show frontends");
  l.server.stop();
  EXPECT_TRUE(hanging.closed());
  EXPECT_TRUE(silent.closed());
}

TEST(WireFaults, ATruncatedAnswerIsTheFirstHalfAndThenTheEnd) {
  Listening l("3.5.7");
  RawClient whole(l.port());
  whole.enter();
  ASSERT_EQ(whole.query("show frontends")[0]["kind"], "ROWS");
  l.cluster.fe.faults().set("show_frontends", {.kind = FaultKind::kTruncated, .times = 1});
  RawClient client(l.port());
  client.enter();
  client.send_packet("\x03show frontends");
  EXPECT_GT(client.read_bytes(1 << 16).size(), 100U);
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(whole.query("show frontends")[0]["kind"], "ROWS") << "it struck once";
}

TEST(WireFaults, RowsCanLackAColumnOrBeEmptyOrBeAnotherAnswer) {
  Listening l("3.5.7");
  RawClient client(l.port());
  client.enter();
  FaultTable& faults = l.cluster.fe.faults();
  faults.set("show_frontends", {.kind = FaultKind::kMissingColumn, .text = "Role", .times = 1});
  json answer = client.query("show frontends");
  EXPECT_EQ(answer[0]["columns"].size(), 16U);
  EXPECT_EQ(answer[0]["rows"][0].size(), 16U);
  faults.set("show_frontends", {.kind = FaultKind::kEmptyRows, .times = 1});
  EXPECT_EQ(client.query("show frontends")[0]["rows"].size(), 0U);
  faults.set("*", {.kind = FaultKind::kError, .text = "made up", .code = 1234, .times = 1});
  EXPECT_EQ(client.query("select 1")[0]["code"], 1234);
  faults.set("select", {.kind = FaultKind::kWrongAnswer, .times = 1});
  EXPECT_EQ(client.query("select 1")[0]["kind"], "OK");
  faults.set("select", {.kind = FaultKind::kDrop, .times = 1});
  EXPECT_EQ(client.query("select 1").size(), 0U);
}

TEST(WireFaults, ALoginCanHangAfterTheGreetingOrMeetGarbage) {
  Listening l("3.5.7");
  l.cluster.fe.faults().set("connect", {.kind = FaultKind::kHang, .times = 1});
  RawClient hanging(l.port());
  EXPECT_EQ(hanging.greeting()["protocol"], 10);
  hanging.send_packet(std::string(40, 'x'), 1);
  EXPECT_EQ(hanging.read_bytes(1, std::chrono::milliseconds(100)).size(), 0U);
  l.cluster.fe.faults().set("connect", {.kind = FaultKind::kGarbled, .times = 1});
  RawClient garbled(l.port());
  EXPECT_NE(garbled.greeting()["protocol"], 10);
}

TEST(MysqlServerState, DrainingClosesAConnectionAfterOneStatementButNotAfterSet) {
  Listening l("3.5.7");
  RawClient client(l.port());
  client.enter();
  EXPECT_EQ(l.server.connection_count(), 1U);
  l.server.set_draining(true);
  EXPECT_EQ(client.query("set autocommit = 1")[0]["kind"], "OK");
  EXPECT_EQ(client.query("select 1")[0]["kind"], "ROWS");
  EXPECT_TRUE(client.closed());
  RawClient idle(l.port());
  idle.enter();
  l.server.close_idle(std::chrono::milliseconds(0));
  EXPECT_TRUE(idle.closed());
}

}  // namespace
}  // namespace srsim::testing
