#include "held_leaving.h"

#include <array>
#include <csignal>

#include <gtest/gtest.h>

#include "leave_lab.h"

namespace podlab {
namespace {

using enum sragent::LeavePhase;

const std::array<PhaseHold, 8> kHolds{{
    {.phase = kLook, .at_fe = "show_backends"},
    {.phase = kMove, .for_good = true},  // what is in the recycle bin does not move
    {.phase = kMark,
     .at_fe = "add_blacklist",
     .first_fe = 2,
     .begins = "ADD BACKEND BLACKLIST",
     .arrived = 3},
    {.phase = kWork, .at_server = "/set?running=1", .server_on = "/set?running=0"},
    {.phase = kSignal, .at_server = "/set?linger=1", .server_on = "/set?linger=0"},
    {.phase = kKill, .at_server = "/set?linger=1"},
    {.phase = kDrop,
     .kind = "cn",
     .for_good = true,
     .at_fe = "drop_compute_node",
     .begins = "ALTER SYSTEM DROP",
     .arrived = 1},
    {.phase = kUnmark,
     .at_fe = "delete_blacklist",
     .begins = "DELETE BACKEND BLACKLIST",
     .arrived = 2},
}};

bool fill_recycle_bin(srsim::SimNode& leader) {
  return leader.sql("CREATE DATABASE d").ok &&
         leader
             .sql(
                 "CREATE TABLE d.t (k INT) DISTRIBUTED BY HASH(k) BUCKETS 4 "
                 "PROPERTIES ('replication_num' = '1')")
             .ok &&
         leader.sql("DROP TABLE d.t").ok;
}

}  // namespace

const PhaseHold* find_hold(sragent::LeavePhase phase) {
  for (const auto& hold : kHolds)
    if (hold.phase == phase) return &hold;
  return nullptr;
}

HeldLeaving::HeldLeaving(LeaveWorld& world, const PhaseHold& hold) : world_(world), hold_(hold) {
  // A stop gives its look and its marks seconds, which a busy machine needs as they are.
  if (!hold.for_good) world_.leaver().set_env("SR_AGENT_SIMULATION__TIME_SCALE", "1");
}

bool HeldLeaving::begin() {
  auto& leaver = world_.leaver();
  if (hold_.phase == kMove && !fill_recycle_bin(world_.fe(0))) return false;
  for (int i = hold_.first_fe; i < 3 && !hold_.at_fe.empty(); ++i)
    world_.fe(i).control("/fault?where=sql&match=" + hold_.at_fe + "&kind=delay&ms=120000");
  if (!hold_.at_server.empty()) control(leaver, hold_.at_server);
  if (hold_.for_good) return leaver.verb({"drain", "--for-good", "--wait", "1s"}).first == 20;
  leaver.signal(SIGTERM);
  if (hold_.phase != kKill) return true;
  world_.steps().spares = spared(SIGKILL);
  if (!wait_until([&] { return in_phase(world_.leaver(), "signal"); })) return false;
  leaver.signal(SIGTERM);  // a second one: nobody waits any longer
  return true;
}

bool HeldLeaving::reach() {
  return begin() && wait_until([&] { return world_.sent(hold_.begins) >= hold_.arrived; }) &&
         stop_in(std::string{to_string(hold_.phase)});
}

bool HeldLeaving::stop_in(const std::string& phase) {
  if (!wait_until([&] { return in_phase(world_.leaver(), phase); })) return false;
  world_.leaver().signal(SIGSTOP);
  const auto stat = "/proc/" + std::to_string(world_.leaver().pid()) + "/stat";
  const bool stopped = wait_until([&] {
    const auto text = read_text(stat);
    return text.find(") T") != std::string::npos;
  });
  return stopped && last_phase(world_.leaver()) == phase;
}

void HeldLeaving::release() {
  world_.at_each_fe("/clear");
  if (!hold_.server_on.empty()) control(world_.leaver(), hold_.server_on);
  world_.steps().spares = 0;
  if (hold_.phase == kMove)
    world_.ask_each_fe("ADMIN SET FRONTEND CONFIG ('catalog_trash_expire_second' = '0')");
}

}  // namespace podlab
