#include "fe_lab.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "journal_lines.h"

namespace podlab {

namespace fs = std::filesystem;

namespace {

std::string audit_field(const std::string& line, const std::string& name) {
  const auto at = line.find("|" + name + "=");
  if (at == std::string::npos) return {};
  const auto begin = at + name.size() + 2;
  return line.substr(begin, line.find('|', begin) - begin);
}

/// "2026-11-21 08:22:56.663Z" at the head of the first line that has `part`.
std::string first_stamp(const std::string& text, const std::string& part) {
  constexpr std::size_t kStamp = 24;
  const auto at = text.find(part);
  if (at == std::string::npos) return {};
  const auto newline = text.rfind('\n', at);
  return text.substr(newline == std::string::npos ? 0 : newline + 1, kStamp);
}

/// Decisions of the journal with their protocol time, oldest first.
std::vector<std::pair<std::int64_t, std::string>> journal_of(const Pod& pod) {
  std::vector<std::pair<std::int64_t, std::string>> out;
  for (const auto& line : journal_lines(pod)) {
    if (line.contains("rule")) {
      out.emplace_back(line.value("at_ms", std::int64_t{-1}),
                       line.value("rule", "") + " " + line.value("action", ""));
    }
  }
  return out;
}

}  // namespace

std::vector<nlohmann::json> journal_lines(const Pod& pod) {
  std::vector<nlohmann::json> out;
  std::istringstream lines{read_text(pod.state() + "/journal")};
  for (std::string line; std::getline(lines, line);) {
    auto json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_object()) out.push_back(std::move(json));
  }
  return out;
}

nlohmann::json journal_line_with(const Pod& pod,
                                 const std::string& field,
                                 const std::string& value) {
  for (auto& line : journal_lines(pod))
    if (line.value(field, "") == value) return line;
  return nlohmann::json::object();
}

int leaders(const SqlAnswer& list) {
  int out = 0;
  for (const auto& row : list.rows)
    if (srsim::cell(row, "Role") == "LEADER") ++out;
  return out;
}

std::size_t rows_of(const SqlAnswer& list, const std::string& host) {
  std::size_t out = 0;
  for (const auto& row : list.rows)
    if (srsim::cell(row, "IP") == host) ++out;
  return out;
}

bool has_metadata(const Pod& pod) {
  return fs::exists(pod.meta() + "/image/ROLE") || fs::exists(pod.meta() + "/bdb/00000000.jdb");
}

bool sealed(const Pod& pod) {
  return fs::exists(pod.state() + "/sealed");
}

bool wait_sealed(const Pod& pod) {
  return wait_until([&] { return sealed(pod); }, milliseconds(120000));
}

bool all_sealed(PodNet& net, int count, milliseconds limit) {
  return wait_until(
      [&] {
        for (int i = 0; i < count; ++i)
          if (!sealed(net.fe(i))) return false;
        return true;
      },
      limit);
}

bool start_two_members(PodNet& net, milliseconds limit) {
  for (int i = 0; i < 2; ++i)
    net.serve_name("fe", i, true);
  return net.start_frontends(2) && all_sealed(net, 2, limit);
}

bool looks_on(const Pod& pod) {
  constexpr long kPublications = 20;  // several in each round of looking
  const auto sequence = [&pod] {
    const auto text = pod.agent("/v1/status");
    const auto at = text.find("\"sequence\": ");
    return at == std::string::npos ? -1L : std::strtol(text.c_str() + at + 12, nullptr, 10);
  };
  const long from = sequence();
  return from >= 0 && wait_until([&] { return sequence() > from + kPublications; });
}

std::vector<std::string> decisions_of(const Pod& pod) {
  std::vector<std::string> out;
  for (const auto& [at_ms, what] : journal_of(pod))
    out.push_back(what);
  return out;
}

std::int64_t decided_at_ms(const Pod& pod, const std::string& what) {
  for (const auto& [at_ms, decision] : journal_of(pod))
    if (decision == what) return at_ms;
  return -1;
}

bool decided(const Pod& pod, const std::string& what) {
  const auto all = decisions_of(pod);
  return std::find(all.begin(), all.end(), what) != all.end();
}

std::vector<Statement> audit_log(const std::string& text) {
  std::vector<Statement> out;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    const auto client = audit_field(line, "Client");
    out.push_back({std::strtoll(audit_field(line, "Timestamp").c_str(), nullptr, 10),
                   client.substr(0, client.rfind(':')),
                   audit_field(line, "Stmt")});
  }
  return out;
}

std::vector<Statement> statements(const Pod& at, const Pod& from) {
  auto out = audit_log(at.file("log/fe.audit.log"));
  std::erase_if(out, [&](const Statement& one) { return one.ip != from.ip(); });
  return out;
}

std::string add_follower(const Pod& pod, const std::string& port) {
  return "ALTER SYSTEM ADD FOLLOWER \"" + pod.fqdn() + ":" + port + "\"";
}

std::vector<std::string> alter_statements(const Pod& at, const Pod& from) {
  std::vector<std::string> out;
  for (const auto& one : statements(at, from))
    if (one.text.starts_with("ALTER SYSTEM")) out.push_back(one.text);
  return out;
}

std::vector<std::string> helpers_of_starts(const Pod& pod) {
  const std::string mark = "get helper nodes: [";
  std::vector<std::string> out;
  std::istringstream lines{pod.file("log/fe.log")};
  for (std::string line; std::getline(lines, line);) {
    if (line.find("StarRocks FE starting") != std::string::npos) out.emplace_back();
    const auto at = line.find(mark);
    if (at == std::string::npos || out.empty()) continue;
    const auto begin = at + mark.size();
    out.back() = line.substr(begin, line.find(']', begin) - begin);
  }
  return out;
}

std::string stamp_in_log(const Pod& pod, const std::string& part) {
  return first_stamp(pod.file("log/fe.log"), part);
}

std::string stamp_in_audit(const Pod& pod, const std::string& part) {
  return first_stamp(pod.file("log/fe.audit.log"), part);
}

bool wait_server(const Pod& pod, std::string& words) {
  return wait_until([&] {
    const auto pid = pod.server_pid();
    if (pid != 0) words = command_line(pid);
    return !words.empty();
  });
}

std::string without_date(const std::string& text) {
  return text.substr(std::min(text.find('\n'), text.size()));
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::trunc) << text;
}

}  // namespace podlab
