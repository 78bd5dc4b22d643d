#include "leave_world.h"

#include <gtest/gtest.h>

#include "fe_lab.h"
#include "leave_lab.h"

namespace podlab {
namespace {

srsim::NodeSpec bare(PodNet& net, const Pod& pod, const std::string& kind) {
  auto out = bare_fe(net, 0);
  out.name = pod.fqdn();
  out.ip = pod.ip();
  out.root = root_of(pod);
  out.kind = kind;
  out.env["SR_SIM_IP"] = pod.ip();
  out.env["SR_SIM_HOSTNAME"] = pod.fqdn();
  out.env["SR_SIM_CONTROL"] = pod.ip() + ":7070";
  return out;
}

}  // namespace

LeaveWorld::LeaveWorld(std::string kind)
    : kind_(std::move(kind)), leaver_(is_be() ? net_.be(1) : net_.cn(1)) {
  for (int i = 0; i < 3; ++i)
    fes_.at(static_cast<std::size_t>(i)) =
        std::make_unique<srsim::SimNode>(bare(net_, net_.fe(i), "fe"));
  stays_ = std::make_unique<srsim::SimNode>(bare(net_, net_.be(0), "be"));
  prepare_agent();
}

LeaveWorld::~LeaveWorld() {
  leaver_.kill_container();
}

void LeaveWorld::prepare_agent() {
  leaver_.set_env("SR_AGENT_STOP__GRACE_S", "60");  // the case ends before it
  leaver_.set_env("SR_AGENT_USER", "agent");
  leaver_.set_env("SR_AGENT_SQL__PASSWORD_FILE", root_of(leaver_) + "/password");
  put_password_in_file();
}

bool LeaveWorld::up() {
  if (!found(fe(0))) return false;
  for (int i = 1; i < 3; ++i)
    if (!srsim::SimLab::join(fe(0), fe(i))) return false;
  const auto user =
      fe(0).sql("CREATE USER 'agent' IDENTIFIED BY '" + password_ + "' DEFAULT ROLE cluster_admin");
  if (!user.ok || !fe(0).sql("GRANT BLACKLIST ON SYSTEM TO USER 'agent'").ok) return false;
  if (!srsim::SimLab::join(fe(0), *stays_) || !settle()) return false;
  id_ = row_cell(net_, show(), leaver_.fqdn(), is_be() ? "BackendId" : "ComputeNodeId");
  other_id_ = row_cell(net_, kBackends, stays_->name(), "BackendId");
  return true;
}

bool LeaveWorld::settle() {
  leaver_.start();
  return wait_settled(leaver_);
}

void LeaveWorld::at_each_fe(const std::string& target) {
  for (auto& fe : fes_)
    if (fe->running()) fe->control(target);
}

void LeaveWorld::ask_each_fe(const std::string& statement) {
  for (auto& fe : fes_) {
    if (!fe->running()) continue;
    EXPECT_TRUE(wait_until([&] { return fe->sql(statement).ok; })) << fe->name() << statement;
  }
}

/// As a kubelet does: a leader that finds itself outvoted in the first seconds ends, and starts
/// again.
void LeaveWorld::start_the_ended() {
  for (auto& fe : fes_)
    if (!fe->running()) fe->start();
}

bool LeaveWorld::start_lost_fes() {
  const auto all_listed = [this](int at) { return net_.wait_frontends(3, at, milliseconds(0)); };
  return wait_until(
      [&] {
        start_the_ended();
        return all_listed(0) && all_listed(1) && all_listed(2);
      },
      milliseconds(90000));
}

std::string LeaveWorld::row() {
  const auto row = fe(1).sql(show()).row("IP", leaver_.fqdn());
  if (row.empty()) return {};
  return srsim::cell(row, is_be() ? "BackendId" : "ComputeNodeId") + " " +
         srsim::cell(row, "Alive") + " " + srsim::cell(row, "SystemDecommissioned");
}

int LeaveWorld::sent(const std::string& begin) {
  int out = 0;
  for (int i = 0; i < 3; ++i)
    out += count_in_audit(net_.fe(i), begin);
  return out;
}

bool LeaveWorld::strike(Fault fault) {
  switch (fault) {
    case Fault::kAgentKilled:
      leaver_.kill_container();
      return true;
    case Fault::kServerKilled:
      leaver_.kill_server();
      return true;
    case Fault::kLeaderLost:
    case Fault::kAllFesLost:
      for (int i = 0; i < 3; ++i)
        if (loses_fe(fault, i)) fe(i).kill_now();
      return true;
    case Fault::kPasswordChanged:
      return change_password();
    case Fault::kClockOn:
    case Fault::kClockBack:
      steps().wall_s = clock_step_s(fault);
      return true;
  }
  return false;
}

bool LeaveWorld::change_password() {
  password_ = "after";
  return fe(0).sql("SET PASSWORD FOR 'agent' = PASSWORD('" + password_ + "')").ok;
}

void LeaveWorld::put_password_in_file() const {
  write_text(root_of(leaver_) + "/password", password_ + "\n");
}

}  // namespace podlab
