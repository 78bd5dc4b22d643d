#include "node_view.h"
#include "text_codec.h"

namespace srsim {

std::string serialise(const ForwardRequest& request) {
  return join_texts({request.sql,
                     request.user,
                     join_texts(request.active_roles),
                     request.db,
                     request.time_zone,
                     request.wait_for_journal ? "1" : "0"});
}

std::optional<ForwardRequest> parse_forward_request(std::string_view text) {
  const auto parts = split_texts(text);
  if (!parts || parts->size() != 6) return std::nullopt;
  const auto roles = split_texts((*parts)[2]);
  if (!roles) return std::nullopt;
  return ForwardRequest{.sql = (*parts)[0],
                        .user = (*parts)[1],
                        .active_roles = *roles,
                        .db = (*parts)[3],
                        .time_zone = (*parts)[4],
                        .wait_for_journal = (*parts)[5] == "1"};
}

}  // namespace srsim
