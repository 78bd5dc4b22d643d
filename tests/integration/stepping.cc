#include "stepping.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>
#include <stdexcept>

#include "worker_lab.h"

namespace podlab {
namespace {

AgentSteps* map_steps(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const bool sized = fd >= 0 && ftruncate(fd, sizeof(AgentSteps)) == 0;
  void* at = mmap(nullptr, sizeof(AgentSteps), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (!sized || at == MAP_FAILED) throw std::runtime_error("cannot map " + path);
  return new (at) AgentSteps;
}

}  // namespace

Stepping::Stepping(Pod& pod) : steps_(map_steps(root_of(pod) + "/steps")) {
  pod.set_env(kStepsVariable, root_of(pod) + "/steps");
  preload(pod, STEPPED_AGENT);
}

Stepping::~Stepping() {
  munmap(steps_, sizeof(AgentSteps));
}

}  // namespace podlab
