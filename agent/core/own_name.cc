#include "core/own_name.h"

namespace sragent {

std::string name_not_served(Tri own, std::string_view address, std::string_view name) {
  if (own == Tri::kUnknown)
    return "the name servers give no usable answer for " + std::string{name};
  return "the name servers do not give " + std::string{address} + " for " + std::string{name};
}

std::string_view name_not_served_advice(Tri own) {
  switch (own) {
    case Tri::kNo:
      return "if this lasts, look at the Service's selector and at publishNotReadyAddresses";
    case Tri::kUnknown:
      return "if this lasts, look at the name servers that /etc/resolv.conf names and at network "
             "policies";
    case Tri::kYes:
      break;
  }
  return {};
}

}  // namespace sragent
