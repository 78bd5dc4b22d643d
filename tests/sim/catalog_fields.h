#pragma once

#include <concepts>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "catalog.h"
#include "text_codec.h"

// One list of members per row type serves reading and writing: visit_fields(row, visitor) calls
// visitor(key, member) for each. Private to the catalog's .cc files.

namespace srsim {

using Fields = std::map<std::string, std::string>;

/// Reads members from fields; an absent or malformed field leaves the member as it is.
class FieldReader {
 public:
  explicit FieldReader(const Fields& fields) : fields_(&fields) {}

  void operator()(const char* key, std::string& value) const {
    if (const auto* found = find(key)) value = *found;
  }
  void operator()(const char* key, bool& value) const {
    if (const auto* found = find(key)) value = *found == "1";
  }
  template <std::integral Int>
  void operator()(const char* key, Int& value) const {
    if (const auto* found = find(key))
      if (const auto number = parse_number(*found)) value = static_cast<Int>(*number);
  }
  template <typename Enum>
  requires std::is_enum_v<Enum>
  void operator()(const char* key, Enum& value) const {
    int number = static_cast<int>(value);
    (*this)(key, number);
    value = static_cast<Enum>(number);
  }
  void operator()(const char* key, std::set<std::string>& value) const {
    if (const auto* found = find(key))
      if (const auto parts = split_texts(*found)) value = {parts->begin(), parts->end()};
  }
  void operator()(const char* key, std::vector<std::vector<std::int64_t>>& value) const;

 private:
  const std::string* find(const char* key) const {
    const auto found = fields_->find(key);
    return found == fields_->end() ? nullptr : &found->second;
  }

  const Fields* fields_;
};

/// Writes members into fields.
class FieldWriter {
 public:
  explicit FieldWriter(Fields& fields) : fields_(&fields) {}

  void operator()(const char* key, const std::string& value) const { (*fields_)[key] = value; }
  void operator()(const char* key, bool value) const { (*fields_)[key] = value ? "1" : "0"; }
  template <std::integral Int>
  void operator()(const char* key, Int value) const {
    (*fields_)[key] = std::to_string(value);
  }
  template <typename Enum>
  requires std::is_enum_v<Enum>
  void operator()(const char* key, Enum value) const {
    (*fields_)[key] = std::to_string(static_cast<int>(value));
  }
  void operator()(const char* key, const std::set<std::string>& value) const {
    (*fields_)[key] = join_texts({value.begin(), value.end()});
  }
  void operator()(const char* key, const std::vector<std::vector<std::int64_t>>& value) const;

 private:
  Fields* fields_;
};

template <typename Row, typename Visitor>
requires std::same_as<std::remove_const_t<Row>, FrontendRow>
void visit_fields(Row& row, const Visitor& visit) {
  visit("id", row.id);
  visit("name", row.name);
  visit("host", row.host);
  visit("edit_log_port", row.edit_log_port);
  visit("role", row.role);
}

template <typename Row, typename Visitor>
requires std::same_as<std::remove_const_t<Row>, FeHealth>
void visit_fields(Row& row, const Visitor& visit) {
  visit("alive", row.alive);
  visit("last_heartbeat", row.last_heartbeat);
  visit("replayed_id", row.replayed_id);
  visit("start_time", row.start_time);
  visit("version", row.version);
  visit("err_msg", row.err_msg);
  visit("query_port", row.query_port);
  visit("rpc_port", row.rpc_port);
}

template <typename Row, typename Visitor>
requires std::same_as<std::remove_const_t<Row>, NodeRow>
void visit_fields(Row& row, const Visitor& visit) {
  visit("id", row.id);
  visit("kind", row.kind);
  visit("host", row.host);
  visit("heartbeat_port", row.heartbeat_port);
  visit("system_decommissioned", row.system_decommissioned);
  visit("cluster_decommissioned", row.cluster_decommissioned);
  visit("location", row.location);
  visit("warehouse", row.warehouse);
}

template <typename Row, typename Visitor>
requires std::same_as<std::remove_const_t<Row>, NodeHealth>
void visit_fields(Row& row, const Visitor& visit) {
  visit("alive", row.alive);
  visit("status", row.status);
  visit("be_port", row.be_port);
  visit("http_port", row.http_port);
  visit("brpc_port", row.brpc_port);
  visit("starlet_port", row.starlet_port);
  visit("worker_id", row.worker_id);
  visit("last_start", row.last_start);
  visit("last_heartbeat", row.last_heartbeat);
  visit("err_msg", row.err_msg);
  visit("version", row.version);
  visit("cpu_cores", row.cpu_cores);
  visit("mem_limit_bytes", row.mem_limit_bytes);
  visit("has_storage_path", row.has_storage_path);
}

template <typename Row, typename Visitor>
requires std::same_as<std::remove_const_t<Row>, NodeDisk>
void visit_fields(Row& row, const Visitor& visit) {
  visit("data_used_bytes", row.data_used_bytes);
  visit("available_bytes", row.available_bytes);
  visit("total_bytes", row.total_bytes);
}

template <typename Row, typename Visitor>
requires std::same_as<std::remove_const_t<Row>, Table>
void visit_fields(Row& row, const Visitor& visit) {
  visit("db", row.db);
  visit("name", row.name);
  visit("replication_num", row.replication_num);
  visit("tablets", row.tablets);
  visit("dropped_ms", row.dropped_ms);
}

template <typename Row, typename Visitor>
requires std::same_as<std::remove_const_t<Row>, User>
void visit_fields(Row& row, const Visitor& visit) {
  visit("name", row.name);
  visit("password_hash", row.password_hash);
  visit("privileges", row.privileges);
  visit("roles", row.roles);
  visit("default_roles", row.default_roles);
}

}  // namespace srsim
