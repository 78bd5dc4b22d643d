#include <gtest/gtest.h>

#include "starrocks/sql_text.h"
#include "starrocks/start_command.h"

namespace sragent {
namespace {

using Words = std::vector<std::string>;

TEST(StartCommand, IsTheStockScriptWithItsOptions) {
  EXPECT_EQ(start_argv("/opt/starrocks", NodeKind::kFe, {}),
            Words{"/opt/starrocks/fe/bin/start_fe.sh"});
  EXPECT_EQ(
      start_argv("/opt/starrocks/",
                 NodeKind::kFe,
                 {.host_type = HostType::kFqdn, .helper = "fe-0.x:9010", .log_console = true}),
      (Words{"/opt/starrocks/fe/bin/start_fe.sh",
             "--host_type",
             "FQDN",
             "--helper",
             "fe-0.x:9010",
             "--logconsole"}));
  EXPECT_EQ(start_argv("/r", NodeKind::kFe, {.host_type = HostType::kIp}),
            (Words{"/r/fe/bin/start_fe.sh", "--host_type", "IP"}));
}

TEST(StartCommand, WorkersGetNoOptionOfAnFe) {
  const StartOptions all{.host_type = HostType::kFqdn, .helper = "x:1", .log_console = true};
  EXPECT_EQ(start_argv("/r", NodeKind::kBe, all), (Words{"/r/be/bin/start_be.sh", "--logconsole"}));
  EXPECT_EQ(start_argv("/r", NodeKind::kCn, all), (Words{"/r/cn/bin/start_cn.sh", "--logconsole"}));
}

TEST(StartCommand, PathsFollowTheNode) {
  EXPECT_EQ(pid_file_path("/r", NodeKind::kFe, ""), "/r/fe/bin/fe.pid");
  EXPECT_EQ(pid_file_path("/r", NodeKind::kBe, "/run/x/"), "/run/x/be.pid");
  const auto logs = log_files(NodeKind::kFe, "/l", "/o");
  EXPECT_EQ(logs.main, "/l/fe.log");
  EXPECT_EQ(logs.output, "/o/fe.out");
  EXPECT_EQ(log_files(NodeKind::kBe, "/l", "/l").main, "/l/be.INFO");
  EXPECT_EQ(log_files(NodeKind::kCn, "/l", "/l").output, "/l/cn.out");
}

TEST(PidFile, HoldsOneNumberWithOrWithoutNewline) {
  EXPECT_EQ(parse_pid("123"), 123);
  EXPECT_EQ(parse_pid("123\n"), 123);
  for (const auto* text : {"", "\n", "0", "-1", "12 13", "abc", "1e3", "99999999999999"})
    EXPECT_FALSE(parse_pid(text)) << text;
}

TEST(ServerProcess, TheJavaClassIsAnArgumentOfItsOwn) {
  EXPECT_TRUE(
      is_server_process(NodeKind::kFe,
                        "java",
                        {"/jdk/bin/java", "-Xmx1g", "com.starrocks.StarRocksFE", "-helper", "x"}));
  EXPECT_TRUE(
      is_server_process(NodeKind::kFe, "java", {"java", "com.starrocks.StarRocksFEServer"}));
  EXPECT_FALSE(is_server_process(
      NodeKind::kFe, "bash", {"bash", "-c", "pgrep -f com.starrocks.StarRocksFE || true"}));
  EXPECT_FALSE(is_server_process(NodeKind::kFe, "java", {"java", "-version"}));
  EXPECT_FALSE(is_server_process(NodeKind::kFe, "", {}));
}

TEST(ServerProcess, TheWorkersBinaryIsKnownByItsName) {
  EXPECT_TRUE(is_server_process(NodeKind::kBe, "starrocks_be", {"/r/be/lib/starrocks_be"}));
  EXPECT_TRUE(is_server_process(NodeKind::kCn, "starrocks_be", {"/r/cn/lib/starrocks_be", "--cn"}));
  EXPECT_TRUE(is_server_process(NodeKind::kBe, "main", {"/r/be/lib/starrocks_be"}));
  EXPECT_FALSE(is_server_process(NodeKind::kBe, "bash", {"bash", "/r/be/bin/start_backend.sh"}));
}

TEST(Statements, CarryOneQuotedAddress) {
  EXPECT_EQ(add_frontend(FeRole::kFollower, "fe-1.x", 9010).value(),
            "ALTER SYSTEM ADD FOLLOWER \"fe-1.x:9010\"");
  EXPECT_EQ(drop_frontend(FeRole::kObserver, "fe-1.x", 9010).value(),
            "ALTER SYSTEM DROP OBSERVER \"fe-1.x:9010\"");
  EXPECT_EQ(add_worker(NodeKind::kBe, "be-0.x", 9050).value(),
            "ALTER SYSTEM ADD BACKEND \"be-0.x:9050\"");
  EXPECT_EQ(add_worker(NodeKind::kCn, "fd00::8", 9050).value(),
            "ALTER SYSTEM ADD COMPUTE NODE \"[fd00::8]:9050\"");
  EXPECT_EQ(decommission_backend("be-0.x", 9050).value(),
            "ALTER SYSTEM DECOMMISSION BACKEND \"be-0.x:9050\"");
  EXPECT_EQ(cancel_decommission("10.0.0.7", 9050).value(),
            "CANCEL DECOMMISSION BACKEND \"10.0.0.7:9050\"");
  EXPECT_EQ(drop_worker(NodeKind::kCn, "10.0.0.7", 9050).value(),
            "ALTER SYSTEM DROP COMPUTE NODE \"10.0.0.7:9050\"");
}

TEST(Statements, NoHostCanSmuggleSql) {
  for (const std::string host :
       {"", "a b", "a\"; DROP", "a'b", "a\\b", "a\nb", "a,b", "a;b", "ä", "a%b", "a/b", "(a)"}) {
    const auto statement = add_frontend(FeRole::kFollower, host, 9010);
    ASSERT_FALSE(statement) << host;
    EXPECT_EQ(statement.error().kind, ErrorKind::kBadConfig);
  }
  EXPECT_FALSE(add_worker(NodeKind::kBe, std::string(254, 'a'), 9050));
  EXPECT_FALSE(add_worker(NodeKind::kBe, std::string("a\0b", 3), 9050));
  EXPECT_FALSE(add_worker(NodeKind::kBe, "a", 0));
}

TEST(Statements, OfTheBlacklistNameTheNodeByItsId) {
  EXPECT_EQ(add_to_blacklist(NodeKind::kBe, "10001").value(), "ADD BACKEND BLACKLIST 10001");
  EXPECT_EQ(delete_from_blacklist(NodeKind::kCn, "7").value(), "DELETE COMPUTE NODE BLACKLIST 7");
  EXPECT_EQ(show_blacklist(NodeKind::kBe), "SHOW BACKEND BLACKLIST");
  EXPECT_EQ(show_blacklist(NodeKind::kCn), "SHOW COMPUTE NODE BLACKLIST");
  for (const auto* id : {"", "-1", "1 OR 1", "10001;", "99999999999999999999"})
    EXPECT_EQ(add_to_blacklist(NodeKind::kBe, id).error().kind, ErrorKind::kBadConfig) << id;
}

WorkerRow cn_row(std::string warehouse) {
  WorkerRow out;
  out.host = "cn-0.x";
  out.heartbeat_port = 9050;
  out.warehouse = std::move(warehouse);
  return out;
}

TEST(Statements, S30_NameTheWarehouseQuoted) {
  EXPECT_EQ(add_worker(NodeKind::kCn, "cn-0.x", 9050, {"w", {}}).value(),
            "ALTER SYSTEM ADD COMPUTE NODE \"cn-0.x:9050\" INTO WAREHOUSE `w`");
  EXPECT_EQ(add_worker(NodeKind::kCn, "cn-0.x", 9050, {"w", "g"}).value(),
            "ALTER SYSTEM ADD COMPUTE NODE \"cn-0.x:9050\" INTO WAREHOUSE `w` CNGROUP `g`");
  EXPECT_EQ(drop_worker(NodeKind::kCn, "cn-0.x", 9050, "w").value(),
            "ALTER SYSTEM DROP COMPUTE NODE \"cn-0.x:9050\" FROM WAREHOUSE `w`");
  EXPECT_EQ(drop_worker(NodeKind::kCn, cn_row("w")).value(),
            "ALTER SYSTEM DROP COMPUTE NODE \"cn-0.x:9050\" FROM WAREHOUSE `w`");
  for (const auto* warehouse : {"", "default_warehouse"}) {
    EXPECT_EQ(drop_worker(NodeKind::kCn, cn_row(warehouse)).value(),
              "ALTER SYSTEM DROP COMPUTE NODE \"cn-0.x:9050\"");
  }
  EXPECT_EQ(create_warehouse("a`; DROP x").value(), "CREATE WAREHOUSE IF NOT EXISTS `a``; DROP x`");
  EXPECT_EQ(create_cn_group({"w", "g`"}).value(),
            "ALTER WAREHOUSE `w` ADD CNGROUP IF NOT EXISTS `g```");
  EXPECT_FALSE(create_warehouse(""));
  EXPECT_FALSE(create_warehouse("a\nb"));
  EXPECT_FALSE(create_warehouse(std::string(257, 'a')));
  EXPECT_FALSE(add_worker(NodeKind::kCn, "cn-0.x", 9050, {"w", std::string("a\0b", 3)}));
}

TEST(Statements, ListsAreByKind) {
  EXPECT_EQ(show_workers(NodeKind::kBe), "SHOW BACKENDS");
  EXPECT_EQ(show_workers(NodeKind::kCn), "SHOW COMPUTE NODES");
  EXPECT_EQ(show_other_workers(NodeKind::kCn), "SHOW BACKENDS");
}

}  // namespace
}  // namespace sragent
