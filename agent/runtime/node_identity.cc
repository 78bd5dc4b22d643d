#include "runtime/node_identity.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <sstream>

#include <ifaddrs.h>
#include <net/if.h>

#include "io/files.h"
#include "io/random.h"
#include "starrocks/sql_text.h"

namespace sragent {
namespace {

std::string address_text(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* raw = nullptr;
  if (address->sa_family == AF_INET) raw = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  if (address->sa_family == AF_INET6)
    raw = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  if (raw == nullptr) return {};
  const char* out = inet_ntop(address->sa_family, raw, text.data(), text.size());
  return out == nullptr ? std::string{} : std::string{out};
}

bool loopback(std::string_view address) {
  return address.substr(0, 4) == "127." || address == "::1";
}

bool link_local(std::string_view address) {
  return address.substr(0, 5) == "fe80:";
}

std::vector<std::string> own_addresses() {
  std::vector<std::string> out;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return out;
  for (const ifaddrs* at = list; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr || (at->ifa_flags & IFF_UP) == 0) continue;
    auto text = address_text(at->ifa_addr);
    if (!text.empty() && !link_local(text)) out.push_back(std::move(text));
  }
  freeifaddrs(list);
  std::stable_partition(
      out.begin(), out.end(), [](const std::string& text) { return !loopback(text); });
  return out;
}

/// The name with a dot in the hosts-file line of `address` or of `hostname`: what `hostname -f`
/// answers in a pod. hosts(5)
std::string fqdn_from_hosts(const HostFacts& facts, std::string_view address) {
  std::istringstream lines{facts.etc_hosts};
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words{line.substr(0, line.find('#'))};
    std::string first;
    words >> first;
    std::vector<std::string> names;
    for (std::string name; words >> name;)
      names.push_back(std::move(name));
    const bool mine = std::find(names.begin(), names.end(), facts.hostname) != names.end() ||
                      (first == address && !loopback(first));
    if (!mine) continue;
    for (const auto& name : names) {
      if (name.find('.') != std::string::npos && name != "localhost.localdomain" &&
          valid_host(name))
        return name;
    }
  }
  return {};
}

std::string new_session() {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto bits = random_bits();
  std::string out;
  for (unsigned shift = 0; shift < 64; shift += 4)
    out += kHex[(bits >> shift) & 15U];
  return out;
}

tl::unexpected<Error> bad(std::string what) {
  return tl::unexpected(Error{ErrorKind::kBadConfig, std::move(what)});
}

/// In simulations every node has its own loopback address, none of which an interface lists.
bool is_own(const HostFacts& facts, const std::string& address) {
  return loopback(address) || std::find(facts.addresses.begin(), facts.addresses.end(), address) !=
                                  facts.addresses.end();
}

}  // namespace

HostFacts read_host_facts() {
  HostFacts out;
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) == 0) out.hostname = name.data();
  if (auto text = read_file("/etc/hosts", std::size_t{1} << 20U)) out.etc_hosts = *std::move(text);
  out.addresses = own_addresses();
  return out;
}

Result<NodeIdentity> identify_node(NodeKind kind, const Config& config, const HostFacts& facts) {
  NodeIdentity out;
  out.kind = kind;
  out.session = new_session();
  out.pod = config.node.pod_name.empty() ? facts.hostname : config.node.pod_name;
  out.address = config.node.pod_ip;
  if (out.address.empty() && !facts.addresses.empty() && !loopback(facts.addresses.front()))
    out.address = facts.addresses.front();
  if (out.address.empty())
    return bad("node.pod_ip: no own address found; set node.pod_ip (POD_IP) to this pod's address");
  if (!is_own(facts, out.address)) {
    return bad("node.pod_ip: " + out.address + " is not an address of this host; expected one of " +
               (facts.addresses.empty() ? "none" : facts.addresses.front()));
  }
  std::copy_if(facts.addresses.begin(),
               facts.addresses.end(),
               std::back_inserter(out.addresses),
               [](const std::string& text) { return !loopback(text); });
  if (loopback(out.address)) out.addresses = {out.address};
  out.fqdn =
      config.node.pod_fqdn.empty() ? fqdn_from_hosts(facts, out.address) : config.node.pod_fqdn;
  const auto dot = out.fqdn.find('.');
  if (dot != std::string::npos && dot + 1 < out.fqdn.size())
    out.headless = out.fqdn.substr(dot + 1);
  const bool ip_mode = config.node.host_type == HostTypeSetting::kIp;
  if (!ip_mode && out.headless.empty()) {
    return bad("node.pod_fqdn: FQDN mode needs an own name with a domain part, found \"" +
               out.fqdn + "\"; set node.pod_fqdn (POD_FQDN) or give the pod a subdomain");
  }
  out.host = ip_mode ? out.address : out.fqdn;
  return out;
}

}  // namespace sragent
