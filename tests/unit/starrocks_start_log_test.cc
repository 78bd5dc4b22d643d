#include <gtest/gtest.h>

#include "starrocks/start_log.h"

namespace sragent {
namespace {

constexpr std::string_view kStart =
    "2026-11-21 08:24:15.467Z INFO (main|1) [StarRocksFE.start():144] StarRocks FE starting, "
    "version: 3.5.7-d2da301\n";

std::string line(const std::string& text) {
  return "2026-11-21 08:24:16.000Z INFO (main|1) [X.y():1] " + text + "\n";
}

TEST(S56_StartLog, ReadsTheReplayedEntryOfEitherLine) {
  const auto some = line("replay journal cost too much time: 1200 replayedJournalId: 41");
  EXPECT_EQ(read_start_log(some).position, 41);
  const auto many = some + line("replay too many journals: lineCnt 100000, replayedJournalId: 99");
  EXPECT_EQ(read_start_log(many).position, 99);
  EXPECT_EQ(read_start_log(many).stage, "replays the journal");
}

/// The line as recorded from 3.5.7: it tells what another FE has replayed.
TEST(S56_StartLog, AHeartbeatsEntryIsNotOurs) {
  const auto told = read_start_log(
      "2026-11-21 08:27:35.197Z WARN (heartbeat mgr|15) [HeartbeatMgr.runAfterCatalogReady():168] "
      "get bad heartbeat response: type: FRONTEND, status: BAD, msg: OK, name: "
      "fe-1.fe.lab_9010_1795249653130, queryPort: 0, rpcPort: 0, replayedJournalId: 0\n");
  EXPECT_FALSE(told.position);
  EXPECT_TRUE(told.stage.empty());
}

TEST(S56_StartLog, TheTimeOfTheMetadataIsTheMark) {
  const auto told = read_start_log(
      "2026-11-21 08:22:05.065Z WARN (replayer|115) [GlobalStateMgr$5.setCanRead():1928] meta out "
      "of date. current time: 1795249325065, synchronized time: 1795248960041, has log: false, fe "
      "type: UNKNOWN\n");
  EXPECT_EQ(told.synchronized, "1795248960041");
}

TEST(S56_StartLog, APromotionTellsItsTarget) {
  const auto told = read_start_log(line("start to replay journal from 100 to 900"));
  EXPECT_EQ(told.position, 100);
  EXPECT_EQ(told.target, 900);
}

TEST(S56_StartLog, TheWaitThatComesEveryTwoSecondsIsNoStage) {
  const auto wait = line("wait globalStateMgr to be ready. FE type: INIT. is ready: false");
  EXPECT_EQ(read_start_log(std::string{kStart} + wait).stage, "begins");
  const auto slow = line("It took too much time for FE to transfer to a stable state");
  EXPECT_EQ(read_start_log(std::string{kStart} + slow).stage, "begins");
}

TEST(S56_StartLog, ANewStartForgetsTheOneBefore) {
  const auto before = line("start to replay journal from 100 to 900");
  const auto told = read_start_log(before + std::string{kStart});
  EXPECT_FALSE(told.position);
  EXPECT_FALSE(told.target);
  EXPECT_EQ(told.stage, "begins");
}

TEST(S56_StartLog, SurvivesAnyBytes) {
  EXPECT_FALSE(read_start_log("replayedJournalId: ").position);
  EXPECT_FALSE(
      read_start_log("replay too many journals replayedJournalId: 99999999999999999999").position);
  EXPECT_TRUE(read_start_log(std::string(3, '\0')).stage.empty());
  EXPECT_TRUE(read_start_log({}).stage.empty());
}

TEST(WorkerStartLog, S56_TheNewestStepIsTold) {
  EXPECT_EQ(read_worker_step(""), "");
  EXPECT_EQ(read_worker_step("I1123 20:00:00.1 1 daemon.cpp:89] Current memory statistics\n"), "");
  EXPECT_EQ(
      read_worker_step("I1123 20:00:00.1 1 starrocks_be.cpp:1] BE start step 1: daemon started\n"
                       "I1123 20:00:00.2 1 starrocks_be.cpp:1] BE start step 2: jvm started\r\n"
                       "I1123 20:00:15.2 1 daemon.cpp:89] Current memory statistics\n"),
      "start step 2: jvm started");
}

}  // namespace
}  // namespace sragent
