#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What all fuzz targets share. A target is a function of bytes that calls one reader of foreign
/// bytes and ends the process through require() where a promise of that reader is broken. The same
/// functions run under libFuzzer (entry.cc) and over files in the ordinary trees (replay.cc).
namespace sragent::fuzz {

using Bytes = std::span<const std::uint8_t>;

/// Ends the process with place and text if `holds` is false.
/// (clang 14 has no std::source_location.)
void require(bool holds,
             std::string_view promise,
             const char* file = __builtin_FILE(),
             int line = __builtin_LINE());

/// The same with the text that broke the promise, escaped.
void require_printable(std::string_view text,
                       std::string_view what,
                       const char* file = __builtin_FILE(),
                       int line = __builtin_LINE());

/// UTF-8 without control characters: nothing that could begin a line or steer a terminal.
[[nodiscard]] bool is_printable(std::string_view text);

[[nodiscard]] std::string_view text_of(Bytes data);

/// Takes one line off `rest`, without its newline.
std::string_view take_line(std::string_view& rest);
/// All lines of `text`.
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);
/// Takes what stands before the next line "---" off `rest`, which keeps what is behind it.
std::string_view take_section(std::string_view& rest);

// The targets, each in the file of its name.
void conf(Bytes data);
void control(Bytes data);
void dns_message(Bytes data);
void dns_server(Bytes data);
void explain(Bytes data);
void fe_http(Bytes data);
void http_peer(Bytes data);
void http_request(Bytes data);
void identity(Bytes data);
void log_line(Bytes data);
void meta(Bytes data);
void node_name(Bytes data);
void resolv(Bytes data);
void rows(Bytes data);
void settings(Bytes data);
void sql_server(Bytes data);
void state(Bytes data);
void toml(Bytes data);

}  // namespace sragent::fuzz
