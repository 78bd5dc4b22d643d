#include <unistd.h>

#include <filesystem>
#include <iterator>

#include <gtest/gtest.h>

/// A worker that was given up may be about to end when its test does. What the libraries keep for
/// such a thread is for a moment neither reachable nor freed, which LeakSanitizer calls a leak: so
/// a test program waits for its threads before it ends, though not for one that hangs.
#ifdef __SANITIZE_ADDRESS__
namespace {

class ThreadsEnd : public testing::Environment {
 public:
  void TearDown() override {
    constexpr int kMostLooks = 200;
    constexpr useconds_t kPause = 10'000;
    for (int i = 0; i < kMostLooks && threads() > 1; ++i)
      ::usleep(kPause);
  }

 private:
  static std::ptrdiff_t threads() {
    return std::distance(std::filesystem::directory_iterator{"/proc/self/task"}, {});
  }
};

const auto* const g_threads_end = testing::AddGlobalTestEnvironment(new ThreadsEnd);

}  // namespace
#endif
