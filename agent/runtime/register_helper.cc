#include "runtime/register_helper.h"

#include <algorithm>
#include <csignal>
#include <memory>

#include "core/backoff.h"
#include "core/exit_codes.h"
#include "io/files.h"
#include "io/poller.h"
#include "io/random.h"
#include "io/signals.h"
#include "runtime/control.h"
#include "runtime/log.h"
#include "runtime/membership_statement.h"
#include "runtime/node_tools.h"

namespace sragent {
namespace {

constexpr Millis kHealthPace{1'000};

/// What one job on a worker thread came to.
struct HelperNews {
  HealthResult health{};
  OnceResult result{};
  WorkerMemory memory{};
};

/// All are asked, in another order in each pod.
void shuffle(std::vector<ConfigEndpoint>& list) {
  for (std::size_t i = list.size(); i > 1; --i)
    std::swap(list[i - 1], list[random_bits() % i]);
}

/// The address alone is registered: such a pod's name is not served.
Config helper_config(Config config) {
  config.node.host_type = HostTypeSetting::kIp;
  config.node.role = RoleSetting::kCn;
  shuffle(config.node.service);
  return config;
}

HelperNews work(const WorkerContext& context, WorkerMemory memory) {
  HelperNews out;
  out.health = ask_health(context);
  out.memory = std::move(memory);
  if (out.health.healthy) out.result = register_once(context, out.memory);
  return out;
}

class RegisterHelper {
 public:
  RegisterHelper(const OneShot& shot,
                 const SignalFd& signals,
                 std::shared_ptr<Mailbox<HelperNews>> mail)
      : look_(shot.look), signals_(signals), mail_(std::move(mail)) {
    context_.look = shot.look;
    context_.self = worker_self(shot.node, *shot.look.config, shot.look.config->helper.cn_port);
    base_.kind = NodeKind::kCn;
    base_.pod = shot.node.pod;
    base_.host = shot.node.host;
    base_.address = shot.node.address;
    base_.session = shot.node.session;
    base_.started = Clock::wall();
    base_.reason = Reason::kStarting;
    base_.detail = "waits for the CN's /api/health";
    board_->publish(base_);
  }

  /// Until TERM or INT.
  int run() {
    auto desk = ControlDesk::start(control_path(*look_.config), board_, look_.clock);
    if (!desk) log_warn("no_control_socket", {{"error", desk.error().what}});
    poller_.watch(signals_.fd());
    poller_.watch(mail_->fd());
    if (desk) poller_.watch((*desk)->fd());
    while (!asked_to_end()) {
      const auto now = look_.clock.now();
      for (auto& news : mail_->take_all())
        take(std::move(news), now);
      if (desk) (*desk)->serve([](const std::string&) { return std::nullopt; });
      begin(now);
      static_cast<void>(poller_.wait(look_.clock.to_real(std::max(next_ - now, Millis{10}))));
    }
    return kExitDone;
  }

 private:
  [[nodiscard]] bool asked_to_end() const {
    const auto signals = signals_.take_all();
    return std::any_of(signals.begin(), signals.end(), [](const SignalEvent& signal) {
      return signal.number == SIGTERM || signal.number == SIGINT;
    });
  }

  void begin(Instant now) {
    if (busy_ || now < next_) return;
    const auto limit = Deadline::after(look_.config->sql.show_timeout * 2);
    busy_ = look_.workers->submit(
        [context = context_, memory = memory_, mail = mail_] { mail->push(work(context, memory)); },
        limit);
    next_ = now + kHealthPace;
  }

  void take(HelperNews news, Instant now) {
    busy_ = false;
    memory_ = std::move(news.memory);
    if (!news.health.healthy) {
      next_ = now + kHealthPace;
      return tell(Phase::kStarting, Reason::kStarting, "waits for the CN: " + news.health.why);
    }
    const auto& membership = look_.config->membership;
    const bool listed = news.result.outcome == OnceOutcome::kDone;
    const bool settled = listed || news.result.outcome == OnceOutcome::kRefused;
    tries_ = settled ? 0 : tries_ + 1;
    const auto pause =
        settled ? Millis{membership.check_interval}
                : backoff_pause({membership.backoff_min, membership.backoff_max}, tries_, 1.0);
    next_ = now + pause;
    tell(Phase::kRunning, news.result.reason, news.result.detail);
  }

  void tell(Phase phase, Reason reason, const std::string& detail) {
    base_.phase = phase;
    base_.reason = reason;
    if (base_.detail != detail)
      log_info("row", {{"reason", std::string{to_string(reason)}}, {"detail", detail}});
    base_.detail = detail;
    board_->publish(base_);
  }

  LookContext look_;
  WorkerContext context_{};
  const SignalFd& signals_;
  std::shared_ptr<Mailbox<HelperNews>> mail_;
  std::shared_ptr<StatusBoard> board_ = std::make_shared<StatusBoard>();
  Poller poller_{};
  NodeStatus base_{};
  WorkerMemory memory_{};
  Instant next_{};
  bool busy_ = false;
  int tries_ = 0;
};

int no_start(const Error& why) {
  log_error("helper_not_started", {{"error", why.what}});
  return kExitUsage;
}

}  // namespace

int run_register_helper(const Config& given) {
  const auto config = helper_config(given);
  auto signals = SignalFd::create();  // before any other thread
  if (!signals) return no_start(signals.error());
  if (auto made = mkdir_p(config.node.runtime_dir, 0700); !made)
    log_warn("runtime_dir", {{"error", made.error().what}});
  auto event = EventFd::create();
  if (!event) return no_start(event.error());
  const auto shot = make_one_shot(NodeKind::kCn, config);
  if (!shot) return no_start(shot.error());
  return RegisterHelper{*shot, *signals, std::make_shared<Mailbox<HelperNews>>(*std::move(event))}
      .run();
}

}  // namespace sragent
