#include <array>
#include <utility>

#include "catalog.h"
#include "catalog_fields.h"

namespace srsim {

void FieldReader::operator()(const char* key, std::vector<std::vector<std::int64_t>>& value) const {
  const auto* found = find(key);
  const auto tablets = found != nullptr ? split_texts(*found) : std::nullopt;
  if (!tablets) return;
  value.clear();
  for (const std::string& tablet : *tablets) {
    auto& replicas = value.emplace_back();
    const auto ids = split_texts(tablet);
    if (!ids) continue;
    for (const std::string& id : *ids)
      replicas.push_back(parse_number(id).value_or(0));
  }
}

void FieldWriter::operator()(const char* key,
                             const std::vector<std::vector<std::int64_t>>& value) const {
  std::string out;
  for (const auto& tablet : value) {
    std::string ids;
    for (const std::int64_t id : tablet)
      put_text(ids, std::to_string(id));
    put_text(out, ids);
  }
  (*fields_)[key] = out;
}

namespace entry {
namespace {

template <typename Row>
JournalEntry of_row(JournalOp op, const Row& row) {
  JournalEntry made{.op = op, .fields = {}};
  visit_fields(row, FieldWriter(made.fields));
  return made;
}

}  // namespace

JournalEntry found(std::int32_t cluster_id, const std::string& token, RunMode mode) {
  JournalEntry made{.op = JournalOp::kFound, .fields = {}};
  const FieldWriter writer(made.fields);
  writer("cluster_id", cluster_id);
  writer("token", token);
  writer("run_mode", mode);
  return made;
}

JournalEntry put_frontend(const FrontendRow& row) {
  return of_row(JournalOp::kPutFrontend, row);
}

JournalEntry drop_frontend(const std::string& name) {
  return {.op = JournalOp::kDropFrontend, .fields = {{"name", name}}};
}

JournalEntry frontend_health(const std::string& name, const FeHealth& health) {
  JournalEntry made = of_row(JournalOp::kFrontendHealth, health);
  made.fields["name"] = name;
  return made;
}

JournalEntry put_node(const NodeRow& row) {
  return of_row(JournalOp::kPutNode, row);
}

JournalEntry drop_node(std::int64_t id) {
  return {.op = JournalOp::kDropNode, .fields = {{"id", std::to_string(id)}}};
}

JournalEntry node_health(std::int64_t id, const NodeHealth& health) {
  JournalEntry made = of_row(JournalOp::kNodeHealth, health);
  made.fields["id"] = std::to_string(id);
  return made;
}

JournalEntry node_disk(std::int64_t id, const NodeDisk& disk) {
  JournalEntry made = of_row(JournalOp::kNodeDisk, disk);
  made.fields["id"] = std::to_string(id);
  return made;
}

JournalEntry put_database(const std::string& name) {
  return {.op = JournalOp::kPutDatabase, .fields = {{"name", name}}};
}

JournalEntry put_warehouse(const std::string& name) {
  return {.op = JournalOp::kPutWarehouse, .fields = {{"name", name}}};
}

JournalEntry drop_database(const std::string& name) {
  return {.op = JournalOp::kDropDatabase, .fields = {{"name", name}}};
}

JournalEntry put_table(const Table& table) {
  return of_row(JournalOp::kPutTable, table);
}

JournalEntry drop_table(const std::string& db, const std::string& name) {
  return {.op = JournalOp::kDropTable, .fields = {{"db", db}, {"name", name}}};
}

JournalEntry put_user(const User& user) {
  return of_row(JournalOp::kPutUser, user);
}

JournalEntry drop_user(const std::string& name) {
  return {.op = JournalOp::kDropUser, .fields = {{"name", name}}};
}

JournalEntry set_config(const std::string& key, const std::string& value) {
  return {.op = JournalOp::kSetConfig, .fields = {{"key", key}, {"value", value}}};
}

JournalEntry set_global(const std::string& key, const std::string& value) {
  return {.op = JournalOp::kSetGlobal, .fields = {{"key", key}, {"value", value}}};
}

JournalEntry next_id(std::int64_t at_least) {
  return {.op = JournalOp::kNextId, .fields = {{"id", std::to_string(at_least)}}};
}

JournalEntry timestamp(Millis at) {
  return {.op = JournalOp::kTimestamp, .fields = {{"at", std::to_string(at)}}};
}

}  // namespace entry

namespace {

using Word = std::pair<JournalOp, std::string_view>;
constexpr std::array<Word, 19> kWords{{
    {JournalOp::kFound, "found"},
    {JournalOp::kPutFrontend, "put_frontend"},
    {JournalOp::kDropFrontend, "drop_frontend"},
    {JournalOp::kFrontendHealth, "frontend_health"},
    {JournalOp::kPutNode, "put_node"},
    {JournalOp::kDropNode, "drop_node"},
    {JournalOp::kNodeHealth, "node_health"},
    {JournalOp::kNodeDisk, "node_disk"},
    {JournalOp::kPutDatabase, "put_database"},
    {JournalOp::kPutWarehouse, "put_warehouse"},
    {JournalOp::kDropDatabase, "drop_database"},
    {JournalOp::kPutTable, "put_table"},
    {JournalOp::kDropTable, "drop_table"},
    {JournalOp::kPutUser, "put_user"},
    {JournalOp::kDropUser, "drop_user"},
    {JournalOp::kSetConfig, "set_config"},
    {JournalOp::kSetGlobal, "set_global"},
    {JournalOp::kNextId, "next_id"},
    {JournalOp::kTimestamp, "timestamp"},
}};

std::string escape(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += c;
    }
  }
  return out;
}

std::optional<std::string> unescape(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\') {
      out += value[i];
      continue;
    }
    if (++i == value.size()) return std::nullopt;
    out += value[i] == 'n' ? '\n' : value[i] == 't' ? '\t' : value[i];
  }
  return out;
}

bool add_field(JournalEntry& change, std::string_view part) {
  const std::size_t equals = part.find('=');
  if (equals == std::string_view::npos) return false;
  auto value = unescape(part.substr(equals + 1));
  if (!value) return false;
  change.fields.emplace(part.substr(0, equals), std::move(*value));
  return true;
}

}  // namespace

// op<TAB>key=value<TAB>...<TAB>.   The last part is a full stop, so a torn line does not parse.
std::string serialise(const JournalEntry& change) {
  std::string line;
  for (const auto& [op, word] : kWords)
    if (op == change.op) line = word;
  for (const auto& [key, value] : change.fields)
    line += "\t" + key + "=" + escape(value);
  return line + "\t.";
}

std::optional<JournalEntry> parse_entry(std::string_view line) {
  if (!line.ends_with("\t.")) return std::nullopt;
  line.remove_suffix(2);
  std::size_t tab = line.find('\t');
  const std::string_view word = line.substr(0, tab);
  for (const auto& [op, name] : kWords) {
    if (name != word) continue;
    JournalEntry change{.op = op, .fields = {}};
    while (tab != std::string_view::npos) {
      line.remove_prefix(tab + 1);
      tab = line.find('\t');
      if (!add_field(change, line.substr(0, tab))) return std::nullopt;
    }
    return change;
  }
  return std::nullopt;
}

}  // namespace srsim
