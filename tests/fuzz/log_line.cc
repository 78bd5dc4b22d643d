// The agent's own log lines: event, then in each line name=value, where a value may be anything.

#include "runtime/log_line.h"

#include <nlohmann/json.hpp>

#include "fuzz.h"

namespace sragent::fuzz {

void log_line(Bytes data) {
  const auto text = text_of(data);
  const std::initializer_list<LogField> fields{
      {"path", std::string{text.substr(0, text.size() / 2)}}, {"error", std::string{text}}};
  require_printable(log_text("event", fields), "a log line");
  const auto json_text = "{" + log_json("event", fields) + "}";
  require_printable(json_text, "a JSON log line");
  const auto json = nlohmann::json::parse(json_text, nullptr, false);
  require(json.is_object() && json.size() == 3, "a JSON log line is a JSON object");
  if (is_printable(text))
    require(json["error"].get<std::string>() == text, "a printable text is logged as it is");
}

}  // namespace sragent::fuzz
