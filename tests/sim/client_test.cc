// Row 25 of docs/starrocks.md section 13 with real clients: libmariadb and the mariadb command.

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>

#include <gtest/gtest.h>
#include <mysql.h>

#include "dialect_fixture.h"
#include "mysql_server.h"
#include "raw_client.h"

namespace srsim::testing {
namespace {

using nlohmann::json;

struct Answer {
  unsigned code{};
  std::string state{};
  std::string text{};
  std::vector<std::vector<std::string>> rows{};
};

using Handle = std::unique_ptr<MYSQL, decltype(&mysql_close)>;

Handle connect(int port, const char* user, const char* password, const char* db, Answer& answer) {
  Handle handle(mysql_init(nullptr), &mysql_close);
  const unsigned seconds = 10;
  mysql_options(handle.get(), MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
  mysql_options(handle.get(), MYSQL_OPT_READ_TIMEOUT, &seconds);
  const bool done =
      mysql_real_connect(
          handle.get(), "127.0.0.1", user, password, db, static_cast<unsigned>(port), nullptr, 0) !=
      nullptr;
  if (!done) {
    answer = {.code = mysql_errno(handle.get()),
              .state = mysql_sqlstate(handle.get()),
              .text = mysql_error(handle.get())};
  }
  return handle;
}

Answer ask(MYSQL* handle, const std::string& sql) {
  if (mysql_real_query(handle, sql.data(), sql.size()) != 0) {
    return {
        .code = mysql_errno(handle), .state = mysql_sqlstate(handle), .text = mysql_error(handle)};
  }
  Answer answer;
  MYSQL_RES* result = mysql_store_result(handle);
  if (result == nullptr) return answer;
  const unsigned columns = mysql_num_fields(result);
  while (MYSQL_ROW row = mysql_fetch_row(result)) {
    auto& out = answer.rows.emplace_back();
    for (unsigned i = 0; i < columns; ++i)
      out.emplace_back(row[i] == nullptr ? "(NULL)" : row[i]);
  }
  mysql_free_result(result);
  return answer;
}

class ClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    cluster.run("create user u_none identified by 'pw'");
    ASSERT_EQ(server.start(), "");
  }

  Cluster cluster{"3.5.7"};
  MysqlServer server{cluster.fe, {.ip = "127.0.0.1", .port = 0}};
};

using Sim13_25_Client = ClientTest;

TEST_F(Sim13_25_Client, RootNeedsNoPasswordAndAUserNeedsTheRightOne) {
  Answer answer;
  const Handle root = connect(server.port(), "root", "", nullptr, answer);
  EXPECT_EQ(answer.text, "");
  const Answer rows = ask(root.get(), "show frontends");
  ASSERT_EQ(rows.rows.size(), 1U);
  EXPECT_EQ(rows.rows[0][2], "fe-0.lab");
  const Handle user = connect(server.port(), "u_none", "pw", nullptr, answer);
  EXPECT_EQ(answer.text, "");
  EXPECT_EQ(ask(user.get(), "show frontends").code, 5203U);
  EXPECT_EQ(ask(user.get(), "select current_role()").rows[0][0], "NONE");
  EXPECT_EQ(ask(root.get(), "alter system add follower 'fe-0:9010', 'fe-1:9010'").code, 1064U);
}

TEST_F(Sim13_25_Client, EveryRecordedLoginRefusalIsRepeated) {
  std::ifstream in(std::string(CORPUS_DIR) + "/privileges.jsonl");
  int compared = 0;
  for (std::string text; std::getline(in, text);) {
    const json line = json::parse(text);
    const json want = line["result"][0];
    if (want.value("phase", "") != "connect") continue;
    const bool password = line["password"] == "yes";
    const bool db = line["note"] == "unknown initial database";
    Answer got;
    const std::string user = line["as_user"];
    const Handle handle =
        connect(server.port(), user.c_str(), password ? "wrong" : "", db ? "nodb" : nullptr, got);
    EXPECT_EQ(got.code, want["code"]) << line["note"];
    EXPECT_EQ(got.state, want["sqlstate"]) << line["note"];
    EXPECT_EQ(got.text, want["message"]) << line["note"];
    ++compared;
  }
  EXPECT_EQ(compared, 5);
}

TEST_F(Sim13_25_Client, APasswordSetBySqlCountsFromTheNextLoginOn) {
  Answer answer;
  const Handle root = connect(server.port(), "root", "", nullptr, answer);
  EXPECT_EQ(ask(root.get(), "set password = password('s3cret')").code, 0U);
  const Handle refused = connect(server.port(), "root", "", nullptr, answer);
  EXPECT_EQ(answer.text, "Access denied for user 'root' (using password: NO)");
  Answer fine;
  const Handle again = connect(server.port(), "root", "s3cret", nullptr, fine);
  EXPECT_EQ(fine.text, "");
}

TEST_F(Sim13_25_Client, TheClientThatAsksForAnotherPluginIsSwitched) {
  Answer answer;
  Handle handle(mysql_init(nullptr), &mysql_close);
  mysql_options(handle.get(), MYSQL_DEFAULT_AUTH, "mysql_clear_password");
  ASSERT_NE(mysql_real_connect(handle.get(),
                               "127.0.0.1",
                               "u_none",
                               "pw",
                               nullptr,
                               static_cast<unsigned>(server.port()),
                               nullptr,
                               0),
            nullptr)
      << mysql_error(handle.get());
  EXPECT_EQ(ask(handle.get(), "select 1").rows[0][0], "1");
}

TEST_F(Sim13_25_Client, ProcesslistShowsAConnectionAndKillEndsIt) {
  Answer answer;
  const Handle root = connect(server.port(), "root", "", nullptr, answer);
  const Handle other = connect(server.port(), "u_none", "pw", nullptr, answer);
  cluster.fe.process_rows = server.processes();
  EXPECT_EQ(ask(root.get(), "show processlist").rows.size(), 2U);
  EXPECT_EQ(ask(other.get(), "show processlist").rows.size(), 1U) << "only its own";
  EXPECT_TRUE(server.kill(static_cast<std::uint32_t>(mysql_thread_id(other.get()))));
  EXPECT_NE(ask(other.get(), "select 1").code, 0U);
}

TEST_F(Sim13_25_Client, TheCommandLineClientShowsFrontends) {
  ASSERT_EQ(std::system("command -v mariadb > /dev/null 2>&1"), 0)
      << "mariadb-client is missing: scripts/setup";
  const std::string command = "mariadb --no-defaults -h 127.0.0.1 -P " +
                              std::to_string(server.port()) +
                              " -u root -N -B -e \"show frontends; select @@version_comment\" 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string out;
  std::array<char, 4096> chunk{};
  while (fgets(chunk.data(), chunk.size(), pipe) != nullptr)
    out += chunk.data();
  EXPECT_EQ(pclose(pipe), 0) << out;
  EXPECT_NE(out.find("fe-0.lab\t9010\t8030\t9030\t9020\tLEADER\t4711\ttrue\ttrue"),
            std::string::npos)
      << out;
  EXPECT_NE(out.find("\n3.5.7-d2da301\n"), std::string::npos) << out;
}

}  // namespace
}  // namespace srsim::testing
