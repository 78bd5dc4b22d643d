#include "runtime/log_follow.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>

#include "io/deadline.h"
#include "io/file_follower.h"
#include "io/write_lines.h"

namespace sragent {
namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10U;
constexpr std::size_t kTurn = std::size_t{1}
                              << 20U;  ///< Of one file, before the next has its turn.
constexpr std::uint64_t kTooMuch = std::uint64_t{16} << 20U;
constexpr std::uint64_t kKept = std::uint64_t{1} << 20U;
constexpr std::chrono::milliseconds kPace{250};

/// For the last lines of all files together.
constexpr std::chrono::milliseconds kLastWords{500};

enum class Turn { kDone, kMore, kNoRoom, kClosed };

using Over = std::function<bool()>;

/// One file and what of it is not printed yet.
class Followed {
 public:
  explicit Followed(std::string path) : file_(std::move(path)) {}

  /// What is left of a last line without an end.
  void finish(int fd, const Over& over) {
    if (turn(fd, over) != Turn::kDone || text_.empty()) return;
    text_ += '\n';
    whole_ = text_.size();
    static_cast<void>(print(fd, over));
  }

  /// Prints until nothing is new, a turn's worth is done, `fd` has no room for kPace or it is over.
  Turn turn(int fd, const Over& over) {
    for (std::size_t done = 0; done < kTurn;) {
      if (const auto end = print(fd, over); end != Turn::kDone) return end;
      leave_out();
      const auto piece = file_.read(kPiece);
      if (piece.empty()) return Turn::kDone;
      done += piece.size();
      take(piece);
    }
    return Turn::kMore;
  }

 private:
  Turn print(int fd, const Over& over) {
    while (whole_ > 0) {
      if (over()) return Turn::kNoRoom;
      const auto count = write_lines(fd, std::string_view{text_}.substr(0, whole_), kPace);
      if (!count) return Turn::kClosed;
      if (*count == 0) return Turn::kNoRoom;
      text_.erase(0, *count);
      whole_ -= *count;
    }
    return Turn::kDone;
  }

  void leave_out() {
    const auto waits = file_.behind();
    if (waits <= kTooMuch) return;
    file_.skip_to_last(kKept);
    if (!text_.empty()) text_ += '\n';
    text_ += "sr-agent: " + std::to_string(waits - kKept) + " bytes of " + file_.path() +
             " are left out here: they came faster than they could be printed\n";
    whole_ = text_.size();
    in_line_ = true;
  }

  void take(std::string_view piece) {
    if (in_line_) {  // its beginning was left out
      const auto end = piece.find('\n');
      if (end == std::string_view::npos) return;
      piece.remove_prefix(end + 1);
      in_line_ = false;
    }
    text_ += piece;
    const auto end = text_.rfind('\n');
    if (end != std::string::npos) whole_ = end + 1;
    if (whole_ > 0 || text_.size() < kPiece) return;
    text_ += '\n';
    whole_ = text_.size();
  }

  FileFollower file_;
  std::string text_{};
  std::size_t whole_ = 0;  ///< Bytes of `text_` that are whole lines.
  bool in_line_ = false;
};

void follow(const std::stop_token& stop, std::vector<Followed> files, int fd) {
  std::mutex mutex;
  std::condition_variable_any ends;
  const auto stopped = [&stop] { return stop.stop_requested(); };
  while (!stopped()) {
    bool more = false;
    for (auto& file : files) {
      const auto end = file.turn(fd, stopped);
      if (end == Turn::kClosed) return;
      more = more || end != Turn::kDone;
    }
    if (more) continue;
    std::unique_lock lock(mutex);
    ends.wait_for(lock, stop, kPace, [] { return false; });
  }
  const auto until = Deadline::after(kLastWords);
  for (auto& file : files)
    file.finish(fd, [until] { return until.expired(); });
}

}  // namespace

/// What is appended once this has returned is not missed.
LogFollow::LogFollow(const std::vector<std::string>& paths, int fd) {
  std::vector<Followed> files(paths.begin(), paths.end());
  thread_ = std::jthread{follow, std::move(files), fd};
}

}  // namespace sragent
