#pragma once

#include "fuzz.h"
#include "io/dns_message.h"

namespace sragent::fuzz {

/// Names that the DNS targets ask for, chosen by a byte.
[[nodiscard]] std::string_view asked_name(std::uint8_t choice);
[[nodiscard]] DnsType asked_type(std::uint8_t choice);

/// What holds for every answer to a question of `type` for `name`, whatever was sent.
void require_dns_promises(const DnsAnswer& answer, DnsType type, std::string_view name);

}  // namespace sragent::fuzz
