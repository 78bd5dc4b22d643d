#include <algorithm>
#include <charconv>

#include "core/text.h"
#include "io/dns_message.h"

namespace sragent {
namespace {

constexpr int kMaxNdots = 15;           // resolv.conf(5).
constexpr std::size_t kMaxServers = 8;  // c-ares shows 16 sockets, two a server.
constexpr std::size_t kMaxSearch = 32;
constexpr std::string_view kBlanks = " \t\r";

std::string without_final_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return std::string(name);
}

void read_option(std::string_view option, ResolvConf& conf) {
  constexpr std::string_view kNdots = "ndots:";
  if (!option.starts_with(kNdots)) return;
  option.remove_prefix(kNdots.size());
  int value = 0;
  const auto parsed = std::from_chars(option.data(), option.data() + option.size(), value);
  if (parsed.ec == std::errc{}) conf.ndots = std::clamp(value, 0, kMaxNdots);
}

void read_line(const std::vector<std::string_view>& words, ResolvConf& conf) {
  if (words.size() < 2 || words[0].starts_with('#') || words[0].starts_with(';')) return;
  if (words[0] == "nameserver" && conf.servers.size() < kMaxServers) {
    conf.servers.emplace_back(words[1]);
  }
  if (words[0] == "search" || words[0] == "domain") {
    conf.search.clear();  // The last line of either kind counts.
    const std::size_t end = words[0] == "domain" ? 2 : std::min(words.size(), kMaxSearch + 1);
    for (std::size_t i = 1; i < end; ++i)
      conf.search.push_back(without_final_dot(words[i]));
  }
  if (words[0] != "options") return;
  for (std::size_t i = 1; i < words.size(); ++i)
    read_option(words[i], conf);
}

}  // namespace

ResolvConf parse_resolv_conf(std::string_view text) {
  ResolvConf conf;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    read_line(words_in(text.substr(0, end), kBlanks), conf);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (conf.servers.empty()) conf.servers.emplace_back("127.0.0.1");
  return conf;
}

std::vector<std::string> candidate_names(std::string_view name,
                                         const std::vector<std::string>& search,
                                         int ndots) {
  std::vector<std::string> names;
  if (name.empty()) return names;
  if (name.ends_with('.')) return {without_final_dot(name)};
  const bool as_it_is_first = std::count(name.begin(), name.end(), '.') >= ndots;
  if (as_it_is_first) names.emplace_back(name);
  for (const std::string& domain : search) {
    names.push_back(domain.empty() ? std::string(name) : std::string(name) + "." + domain);
  }
  if (!as_it_is_first) names.emplace_back(name);
  return names;
}

}  // namespace sragent
