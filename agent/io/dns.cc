#include "io/dns.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

#include <pthread.h>

#include "io/dns_channel.h"
#include "io/dns_message.h"
#include "io/event_fd.h"
#include "io/files.h"

namespace sragent {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kMaxPending = 1024;
constexpr std::size_t kResolvConfLimit = std::size_t{64} << 10U;
constexpr milliseconds kLongestPoll{60'000};

/// One question of a caller. The worker may finish it after the caller has gone.
struct Question {
  std::string name{};
  std::vector<DnsType> types{};
  Deadline until = Deadline::after(milliseconds{0});

  // The worker's own:
  std::vector<std::string> candidates{};
  std::size_t next = 0;
  std::vector<DnsAnswer> parts{};  ///< One for each type, in their order.
  std::size_t missing = 0;
  DnsAnswer absent{};  ///< What the candidates before said.
  steady_clock::time_point asked_at{};

  std::mutex mutex{};
  std::condition_variable changed{};
  std::optional<DnsAnswer> answer{};

  void finish(DnsAnswer result) {
    const std::scoped_lock lock(mutex);
    answer = std::move(result);
    changed.notify_all();
  }
};

using QuestionPtr = std::shared_ptr<Question>;

DnsAnswer unknown(std::string why) {
  return DnsAnswer{.outcome = DnsOutcome::kUnknown, .why = std::move(why)};
}

}  // namespace

/// Everything below `run` happens on the worker's thread.
struct Resolver::Impl {
  Impl(ResolverOptions wanted, EventFd event)
      : options(std::move(wanted)), wake(std::move(event)) {}

  ResolverOptions options;
  EventFd wake;
  std::mutex mutex{};
  bool stopping = false;
  std::deque<QuestionPtr> inbox{};
  std::size_t pending = 0;

  // The worker's own. The last channel is the current one; older ones only finish their questions.
  std::vector<std::unique_ptr<DnsChannel>> channels{};
  bool fresh = false;  ///< The current channel has not failed.
  ResolvConf conf{};
  Result<FileStamp> stamp = tl::unexpected(Error{});
  std::thread thread{};

  DnsAnswer ask(std::string_view name, std::vector<DnsType> types, Deadline until);
  void run();
  std::vector<QuestionPtr> take_inbox();
  void begin(const QuestionPtr& question);
  void ask_next(const QuestionPtr& question);
  void on_part(const QuestionPtr& question, std::size_t index, DnsAnswer part);
  void on_candidate(const QuestionPtr& question, DnsAnswer whole);
  void done(const QuestionPtr& question, DnsAnswer answer);
  [[nodiscard]] Result<void> ensure_channel();
  [[nodiscard]] bool conf_changed();
  [[nodiscard]] Result<std::vector<std::string>> servers() const;
  void wait_and_process();
};

DnsAnswer Resolver::Impl::ask(std::string_view name, std::vector<DnsType> types, Deadline until) {
  const auto allowed = until.remaining();
  const auto question = std::make_shared<Question>();
  question->name = name;
  question->types = std::move(types);
  question->until = until;
  question->asked_at = steady_clock::now();
  {
    const std::scoped_lock lock(mutex);
    if (pending >= kMaxPending) return unknown("too many questions are waiting");
    ++pending;
    inbox.push_back(question);
  }
  wake.notify();
  std::unique_lock lock(question->mutex);
  question->changed.wait_until(lock, until.moment(), [&] { return question->answer.has_value(); });
  if (question->answer) return *question->answer;
  DnsAnswer late = unknown("timed out after " + std::to_string(allowed.count()) + " ms");
  late.asked_at = question->asked_at;
  return late;
}

void Resolver::Impl::run() {
  while (true) {
    {
      const std::scoped_lock lock(mutex);
      if (stopping) break;
    }
    for (const QuestionPtr& question : take_inbox())
      begin(question);
    wait_and_process();
  }
  for (const QuestionPtr& question : take_inbox())
    done(question, unknown("shutting down"));
  channels.clear();  // ares_destroy answers what is in flight.
}

std::vector<QuestionPtr> Resolver::Impl::take_inbox() {
  const std::scoped_lock lock(mutex);
  std::vector<QuestionPtr> taken(inbox.begin(), inbox.end());
  inbox.clear();
  return taken;
}

void Resolver::Impl::begin(const QuestionPtr& question) {
  if (auto ready = ensure_channel(); !ready) return done(question, unknown(ready.error().what));
  question->candidates = candidate_names(
      question->name, options.search.value_or(conf.search), options.ndots.value_or(conf.ndots));
  if (question->candidates.empty()) return done(question, unknown("empty name"));
  ask_next(question);
}

void Resolver::Impl::ask_next(const QuestionPtr& question) {
  if (question->until.expired()) return done(question, unknown("timed out"));
  const std::string name = question->candidates[question->next++];
  question->parts.assign(question->types.size(), DnsAnswer{});
  question->missing = question->types.size();
  {
    const std::scoped_lock lock(question->mutex);
    question->asked_at = steady_clock::now();
  }
  DnsChannel& channel = *channels.back();
  for (std::size_t i = 0; i < question->types.size(); ++i) {
    channel.ask(name, question->types[i], [this, question, i](DnsAnswer part) {
      on_part(question, i, std::move(part));
    });
  }
}

void Resolver::Impl::on_part(const QuestionPtr& question, std::size_t index, DnsAnswer part) {
  if (part.outcome == DnsOutcome::kUnknown) fresh = false;
  question->parts[index] = std::move(part);
  if (--question->missing > 0) return;
  auto& parts = question->parts;
  on_candidate(question,
               parts.size() == 1 ? std::move(parts[0])
                                 : merge_families(std::move(parts[0]), std::move(parts[1])));
}

void Resolver::Impl::on_candidate(const QuestionPtr& question, DnsAnswer whole) {
  whole.asked_at = question->asked_at;
  if (whole.outcome != DnsOutcome::kAbsent) return done(question, std::move(whole));
  // Absent is what all candidates say together: the oldest question and the shortest TTL count.
  const bool first = question->absent.outcome != DnsOutcome::kAbsent;
  if (!first) {
    whole.asked_at = question->absent.asked_at;
    whole.ttl_s = std::min(whole.ttl_s, question->absent.ttl_s);
    whole.name = question->absent.name;
    whole.why = question->absent.why;
  }
  question->absent = std::move(whole);
  if (question->next < question->candidates.size()) return ask_next(question);
  done(question, question->absent);
}

void Resolver::Impl::done(const QuestionPtr& question, DnsAnswer answer) {
  if (answer.asked_at == steady_clock::time_point{}) answer.asked_at = question->asked_at;
  question->finish(std::move(answer));
  const std::scoped_lock lock(mutex);
  --pending;
}

Result<std::vector<std::string>> Resolver::Impl::servers() const {
  std::vector<std::string> usable;
  for (const std::string& text : options.servers.empty() ? conf.servers : options.servers) {
    // In resolv.conf others can read what we cannot (scoped addresses): skipped there.
    if (auto server = normal_server(text)) usable.push_back(*server);
  }
  if (!usable.empty()) return usable;
  return tl::unexpected(Error{.kind = ErrorKind::kBadConfig,
                              .what = "no usable name server in " + options.resolv_conf});
}

bool Resolver::Impl::conf_changed() {
  Result<FileStamp> now = file_stamp(options.resolv_conf);
  const bool same = now.has_value() == stamp.has_value() && (!now || *now == *stamp);
  stamp = std::move(now);
  return !same;
}

Result<void> Resolver::Impl::ensure_channel() {
  const bool uses_file = options.servers.empty() || !options.search || !options.ndots;
  const bool changed = uses_file && conf_changed();
  if (!channels.empty() && fresh && !changed) return {};
  if (uses_file) {
    auto text = read_file(options.resolv_conf, kResolvConfLimit);
    if (text) conf = parse_resolv_conf(*text);
    // With servers of its own the file gives only a search list: none then.
    if (!text && options.servers.empty()) {
      fresh = false;  // Looked for again with the next question.
      return tl::unexpected(text.error());
    }
    if (!text) conf = ResolvConf{};
  }
  auto list = servers();
  if (!list) return tl::unexpected(list.error());
  auto opened = DnsChannel::open(*list, options.try_timeout, options.tries);
  if (!opened) return tl::unexpected(opened.error());
  channels.push_back(std::move(*opened));
  fresh = true;
  return {};
}

void Resolver::Impl::wait_and_process() {
  std::vector<pollfd> set{{.fd = wake.fd(), .events = POLLIN, .revents = 0}};
  milliseconds limit = kLongestPoll;
  for (const auto& channel : channels) {
    channel->add_sockets(set);
    limit = channel->next_timeout(limit);
  }
  ::poll(set.data(), set.size(), static_cast<int>(limit.count()));
  wake.drain();
  for (const auto& channel : channels)
    channel->process(set);
  const DnsChannel* current = channels.empty() ? nullptr : channels.back().get();
  std::erase_if(channels, [&](const std::unique_ptr<DnsChannel>& channel) {
    return channel.get() != current && channel->in_flight() == 0;
  });
}

Result<std::unique_ptr<Resolver>> Resolver::start(ResolverOptions options) {
  for (const std::string& server : options.servers) {
    if (auto fine = normal_server(server); !fine) return tl::unexpected(fine.error());
  }
  auto event = EventFd::create();
  if (!event) return tl::unexpected(event.error());
  auto impl = std::make_unique<Impl>(std::move(options), std::move(*event));
  try {
    impl->thread = std::thread([worker = impl.get()] { worker->run(); });
  } catch (const std::system_error& failure) {
    return tl::unexpected(
        Error{.kind = ErrorKind::kIo, .what = std::string("dns: thread: ") + failure.what()});
  }
  ::pthread_setname_np(impl->thread.native_handle(), "sra-dns");
  return std::unique_ptr<Resolver>(new Resolver(std::move(impl)));
}

Resolver::Resolver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Resolver::~Resolver() {
  {
    const std::scoped_lock lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify();
  impl_->thread.join();
}

DnsAnswer Resolver::addresses(std::string_view name, Deadline until) {
  return impl_->ask(name, {DnsType::kA, DnsType::kAaaa}, until);
}

DnsAnswer Resolver::services(std::string_view name, Deadline until) {
  return impl_->ask(name, {DnsType::kSrv}, until);
}

}  // namespace sragent
