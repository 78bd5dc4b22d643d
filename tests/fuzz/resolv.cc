// resolv.conf; the first line is the name that is looked for.

#include <algorithm>

#include "fuzz.h"
#include "io/dns_channel.h"
#include "io/dns_message.h"

namespace sragent::fuzz {
namespace {

void require_server(const std::string& text) {
  const auto server = normal_server(text);
  if (!server) return require_printable(server.error().what, "an error of a name server");
  require_printable(*server, "a name server");
  const auto again = normal_server(*server);
  require(again && *again == *server, "a normal server stays as it is");
}

bool blank(std::string_view text) {
  return text.find_first_of(" \t\r\n") != std::string_view::npos;
}

}  // namespace

void resolv(Bytes data) {
  auto text = text_of(data);
  const auto name = take_line(text);
  const auto conf = parse_resolv_conf(text);
  require(!conf.servers.empty() && conf.servers.size() <= 8, "1 to 8 servers");
  require(conf.search.size() <= 32, "at most 32 domains");
  require(conf.ndots >= 0 && conf.ndots <= 15, "ndots is 0 to 15");
  for (const auto& server : conf.servers) {
    require(!server.empty() && !blank(server), "a server is a word");
    require_server(server);
  }
  for (const auto& domain : conf.search)
    require(!blank(domain), "a domain is a word");
  const auto names = candidate_names(name, conf.search, conf.ndots);
  require(names.size() <= conf.search.size() + 1, "one name for each domain, and the name itself");
  require(names.empty() == name.empty(), "a name has candidates");
  const bool final_dot = name.ends_with('.');
  require(!final_dot || names.size() == 1, "a name with a final dot is asked as it is");
  require(final_dot || name.empty() || std::find(names.begin(), names.end(), name) != names.end(),
          "the name itself is among them");
}

}  // namespace sragent::fuzz
