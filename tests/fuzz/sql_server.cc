// A MySQL server that says what it likes, through MariaDB Connector/C. The first byte chooses how
// far the dialogue is proper (0 not at all, 1 the greeting, 2 the login too); the data follow, in
// three parts behind lines "---" for greeting, login and result.

#include <array>

#include "../unit/io_sql_wire.h"
#include "fuzz.h"
#include "io/sql.h"
#include "tcp_peer.h"

namespace sragent::fuzz {
namespace {

constexpr SqlLimits kLimits{.bytes = 4096, .rows = 64, .columns = 32};

void require_error(const SqlError& error) {
  require(!error.what.empty(), "an error has a text");
  require_printable(error.what, "an SQL error");
  require(error.what.find("secret-word") == std::string::npos, "no error shows the password");
}

void require_table(const SqlTable& table) {
  require(table.columns.size() <= kLimits.columns, "no more columns than allowed");
  require(table.rows.size() <= kLimits.rows, "no more rows than allowed");
  require(table.rows.empty() || !table.columns.empty(), "rows have columns");
  std::size_t bytes = 0;
  for (const auto& row : table.rows) {
    require(row.size() == table.columns.size(), "a cell for each column");
    for (const auto& cell : row)
      bytes += cell ? cell->size() : 0;
  }
  require(bytes <= kLimits.bytes, "no more bytes than allowed");
}

std::vector<std::string> dialogue(std::string_view text) {
  const int proper = text.empty() ? 0 : text.front() % 3;
  if (!text.empty()) text.remove_prefix(1);
  std::vector<std::string> out;
  out.emplace_back(proper > 0 ? test::greeting() : take_section(text));
  out.emplace_back(proper > 1 ? test::ok(2) : take_section(text));
  out.emplace_back(text);
  return out;
}

}  // namespace

void sql_server(Bytes data) {
  static TcpPeer server;
  constexpr std::chrono::milliseconds kPatience{10'000};
  // libFuzzer learns it from the comparison below and lets the server say it.
  if (text_of(data).find("secret-word") != std::string_view::npos) return;
  server.say(dialogue(text_of(data)));
  {
    SqlTarget target;
    target.address = "127.0.0.1";
    target.port = server.port();
    target.user = "root";
    target.password = "secret-word";
    const auto until = Deadline::after(kPatience);
    const auto session = SqlSession::open(target, until);
    if (!session) {
      require_error(session.error());
    } else if (const auto table = (*session)->query("SHOW FRONTENDS", until, kLimits); !table) {
      require_error(table.error());
    } else {
      require_table(*table);
    }
  }
  server.finish();
}

}  // namespace sragent::fuzz
