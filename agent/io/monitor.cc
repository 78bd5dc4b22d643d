#include "io/monitor.h"

namespace sragent {

void Monitor::notify_all() {
  changed_.notify_all();
}

void Monitor::wait_until(Deadline until, const std::function<bool()>& done) {
  std::unique_lock held(mutex_, std::adopt_lock);
  changed_.wait_until(held, until.moment(), done);
  held.release();  // the caller's lock guard unlocks
}

}  // namespace sragent
