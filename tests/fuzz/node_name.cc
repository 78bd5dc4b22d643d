// Where the own name comes from: host name, then behind a line "---" the text of /etc/hosts.

#include "fuzz.h"
#include "runtime/node_identity.h"
#include "starrocks/sql_text.h"

namespace sragent::fuzz {

void node_name(Bytes data) {
  auto text = text_of(data);
  HostFacts facts;
  facts.hostname = take_line(text);
  facts.etc_hosts = text;
  facts.addresses = {"10.0.0.7", "127.0.0.1"};
  for (const auto type : {HostTypeSetting::kFqdn, HostTypeSetting::kIp}) {
    Config config;
    config.node.host_type = type;
    const auto node = identify_node(NodeKind::kFe, config, facts);
    if (!node) {
      require_printable(node.error().what, "an error of the own name");
      continue;
    }
    require(valid_host(node->host), "the own name in the list is a host");
    require(type == HostTypeSetting::kFqdn || node->host == node->address,
            "by address, an address");
    require(node->headless.empty() || node->fqdn.ends_with("." + node->headless),
            "the headless name ends the own one");
  }
}

}  // namespace sragent::fuzz
