// The control socket: what a client sends, in parts that lines "---" divide.

#include "runtime/control.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "core/exit_codes.h"
#include "fuzz.h"
#include "io/fd.h"
#include "io/unix_address.h"

namespace sragent::fuzz {
namespace {

constexpr int kPatienceMs = 10'000;

/// Repeats what it was asked and does nothing.
class Echo {
 public:
  std::optional<ControlReply> operator()(const std::string& line) {
    asked_ = line;
    if (line.starts_with("no")) return std::nullopt;
    return ControlReply{0, "echo " + line + "\n"};
  }
  std::optional<std::string> take() { return std::exchange(asked_, std::nullopt); }

 private:
  std::optional<std::string> asked_{};
};

/// A desk that lives as long as the process, in a folder of its own.
class Desk {
 public:
  Desk() {
    std::string name = (std::filesystem::temp_directory_path() / "fuzz-desk-XXXXXX").string();
    require(::mkdtemp(name.data()) != nullptr, "a temporary folder");
    folder_ = name;
    auto made = ControlDesk::start(
        folder_ + "/s", std::make_shared<StatusBoard>(), Clock{}, Millis{kPatienceMs});
    require(made.has_value(), "a control socket");
    desk_ = *std::move(made);
  }
  ~Desk() {
    desk_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;
  Desk(Desk&&) = delete;
  Desk& operator=(Desk&&) = delete;

  [[nodiscard]] UniqueFd connect() const {
    const auto address = unix_address(folder_ + "/s");
    UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    require(::connect(fd.get(), address->get(), address->length) == 0, "somebody listens");
    return fd;
  }

  /// As main does it, until the reply to `fd` is complete.
  std::string serve(int fd, Echo& main) {
    std::string out;
    std::array<pollfd, 2> set{pollfd{.fd = fd, .events = POLLIN, .revents = 0},
                              pollfd{.fd = desk_->fd(), .events = POLLIN, .revents = 0}};
    while (true) {
      require(::poll(set.data(), set.size(), kPatienceMs) > 0, "every client gets its end");
      if (set[1].revents != 0) desk_->serve(std::ref(main));
      if (set[0].revents == 0) continue;
      std::array<char, 4096> buffer{};
      const auto got = ::recv(fd, buffer.data(), buffer.size(), 0);
      if (got <= 0) return out;
      out.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  std::string folder_{};
  std::unique_ptr<ControlDesk> desk_{};
};

}  // namespace

void control(Bytes data) {
  static Desk desk;
  Echo main;
  auto rest = text_of(data);
  std::string all;
  const auto fd = desk.connect();
  while (!rest.empty()) {
    const auto part = take_section(rest);
    all += part;
    // The desk closes behind the first line: what follows may not arrive.
    static_cast<void>(::send(fd.get(), part.data(), part.size(), MSG_NOSIGNAL));
  }
  ::shutdown(fd.get(), SHUT_WR);
  const auto text = desk.serve(fd.get(), main);
  const auto asked = main.take();
  const auto end = all.find('\n');
  if (end == std::string::npos) {
    require(text.empty() && !asked, "half a request is none");
    return;
  }
  // A reply can be lost where more was sent than is read: the socket is closed with bytes in it.
  if (text.empty() && end + 1 < all.size()) return;
  const auto reply = parse_control_reply(text);
  require(reply.has_value(), "every request has a reply");
  require(reply->text.empty() || reply->text.back() == '\n', "a reply ends its line");
  const auto line = all.substr(0, end);
  if (asked) {
    require(*asked == line, "the agent is asked what the client sent");
    const bool unknown = line.starts_with("no");
    require(reply->code == (unknown ? kExitUsage : kExitDone),
            "an unknown request is a usage error");
  }
  require(to_text(*reply) == text, "a reply is the same after reading and writing");
}

}  // namespace sragent::fuzz
