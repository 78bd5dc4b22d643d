#include "sim_dns.h"

#include <arpa/inet.h>
#include <sys/select.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>

#include <ares.h>
#include <netdb.h>

namespace srsim {
namespace {

using Answer = Result<std::vector<std::string>>;

tl::unexpected<Error> no_such_name() {
  return tl::unexpected(Error{ErrorKind::kNotFound, "Name or service not known"});
}

tl::unexpected<Error> no_answer() {
  return tl::unexpected(Error{ErrorKind::kTimeout, "Temporary failure in name resolution"});
}

void on_answer(void* target, int status, int /*timeouts*/, hostent* host) {
  Answer& answer = *static_cast<Answer*>(target);
  if (status == ARES_ENOTFOUND || status == ARES_ENODATA) {
    answer = no_such_name();
    return;
  }
  if (status != ARES_SUCCESS || host == nullptr) return;
  std::vector<std::string> found;
  for (char** address = host->h_addr_list; *address != nullptr; ++address) {
    std::array<char, INET_ADDRSTRLEN> text{};
    inet_ntop(AF_INET, *address, text.data(), text.size());
    found.emplace_back(text.data());
  }
  answer = found;
}

void drive(ares_channel channel) {
  for (;;) {
    fd_set readable;
    fd_set writable;
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    const int count = ares_fds(channel, &readable, &writable);
    if (count == 0) return;
    timeval limit{.tv_sec = 1, .tv_usec = 0};
    timeval* wait = ares_timeout(channel, &limit, &limit);
    select(count, &readable, &writable, nullptr, wait);
    ares_process(channel, &readable, &writable);
  }
}

Answer ask_server(const std::string& server, const std::string& name) {
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  if (library != ARES_SUCCESS) return no_answer();
  ares_options options{};
  std::string files_off = "b";
  options.lookups = files_off.data();
  options.timeout = 1000;
  options.tries = 2;
  ares_channel channel = nullptr;
  const int mask = ARES_OPT_LOOKUPS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES;
  if (ares_init_options(&channel, &options, mask) != ARES_SUCCESS) return no_answer();
  ares_set_servers_ports_csv(channel, server.c_str());
  Answer answer = no_answer();
  ares_gethostbyname(channel, (name + ".").c_str(), AF_INET, on_answer, &answer);
  drive(channel);
  ares_destroy(channel);
  return answer;
}

/// Address of `name` in the one line of hosts(5), "ADDRESS NAME"; empty: another name, or no line.
std::string in_hosts_file(const std::string& name) {
  const char* line = std::getenv("SR_SIM_HOSTS");
  const std::string text = line == nullptr ? "" : line;
  const auto blank = text.find(' ');
  if (blank == std::string::npos || text.substr(blank + 1) != name) return {};
  return text.substr(0, blank);
}

Answer ask_system(const std::string& name) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int status = getaddrinfo(name.c_str(), nullptr, &hints, &list);
  if (status == EAI_AGAIN) return no_answer();
  if (status != 0) return no_such_name();
  std::vector<std::string> found;
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    std::array<char, INET_ADDRSTRLEN> text{};
    const auto* address = reinterpret_cast<const sockaddr_in*>(one->ai_addr);
    inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size());
    found.emplace_back(text.data());
  }
  freeaddrinfo(list);
  return found;
}

}  // namespace

bool is_ipv4(const std::string& text) {
  in_addr parsed{};
  return inet_pton(AF_INET, text.c_str(), &parsed) == 1;
}

Answer Resolver::resolve(const std::string& name) {
  if (is_ipv4(name)) return std::vector<std::string>{name};
  if (const auto address = in_hosts_file(name); !address.empty()) return std::vector{address};
  {
    const std::lock_guard lock(mutex_);
    const auto found = cache_.find(name);
    if (found != cache_.end() && found->second.until_ms > steady_ms()) return found->second.answer;
  }
  const char* server = std::getenv("SR_SIM_DNS");
  Answer answer =
      server != nullptr && *server != '\0' ? ask_server(server, name) : ask_system(name);
  const milliseconds keep = scaled(milliseconds(answer ? 60000 : 10000));
  const std::lock_guard lock(mutex_);
  cache_[name] = Cached{.answer = answer, .until_ms = steady_ms() + keep.count()};
  return answer;
}

Result<std::string> Resolver::first(const std::string& name) {
  auto all = resolve(name);
  if (!all) return tl::unexpected(all.error());
  if (all->empty()) return no_such_name();
  return all->front();
}

}  // namespace srsim
