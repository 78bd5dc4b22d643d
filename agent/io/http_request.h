#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "io/http_server.h"

namespace sragent {

/// A request head, or what is wrong with it.
struct HttpHead {
  enum class State : unsigned char {
    kIncomplete,  ///< More bytes are needed.
    kRequest,     ///< GET or HEAD, understood.
    kRefused,     ///< Answer `status` and close.
  };
  State state = State::kIncomplete;
  int status = 0;
  bool head_only = false;  ///< HEAD: the reply has no body.
  bool keep_alive = false;
  std::size_t bytes = 0;       ///< Of the head, its final empty line included.
  std::size_t body_bytes = 0;  ///< That follow; they mean nothing and are skipped.
  HttpQuery query{};           ///< Without peer.
};

/// Reads the head of the first request in `data` (RFC 9112 sections 2 to 6; a lone LF ends a line
/// too). Strict where leniency has been abused: no folded lines, no transfer codings, one
/// Content-Length, origin-form targets only, no control characters. Pure.
[[nodiscard]] HttpHead parse_http_head(std::string_view data, const HttpServerLimits& limits);

/// Status line, headers and body as they go over the wire.
[[nodiscard]] std::string render_http_reply(const HttpReply& reply,
                                            bool head_only,
                                            bool keep_alive);

}  // namespace sragent
