#pragma once

#include <string>

#include "core/host_check.h"
#include "runtime/worker_look.h"

/// The leader's clock against the own one. No FE tells its time: neither does it send a Date
/// header, nor was a statement for it recorded (docs/starrocks.md). The agent beside the leader
/// does, with each answer. Worker threads; blocks up to its deadlines.
namespace sragent {

/// By the Date header with which the agent of `leader` (a host of the FE list) answers. kNotFound:
/// its name gives no address, or its agent sends no Date. kRejected: another host's agent answered.
/// Else errors as ask_identity.
[[nodiscard]] Result<ClockSpan> ask_clock(const LookContext& context, const std::string& leader);

/// Host of the leader, as the agents of the own headless set see it. kNotFound: none of them sees
/// one. kRejected: they do not agree.
[[nodiscard]] Result<std::string> leader_by_agents(const LookContext& context);

}  // namespace sragent
