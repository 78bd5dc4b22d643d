#pragma once

#include "pod.h"
#include "stepped_agent.h"

namespace podlab {

/// What the pod's agents are made to see from their next start on.
class Stepping {
 public:
  explicit Stepping(Pod& pod);
  ~Stepping();
  Stepping(const Stepping&) = delete;
  Stepping& operator=(const Stepping&) = delete;
  AgentSteps* operator->() const { return steps_; }
  AgentSteps& operator*() const { return *steps_; }

 private:
  AgentSteps* steps_;
};

}  // namespace podlab
