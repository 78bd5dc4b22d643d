#include "json_schema.h"

#include <algorithm>
#include <set>

namespace sragent::test {
namespace {

using Json = nlohmann::json;

bool is_type(const Json& value, const std::string& type) {
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  if (type == "array") return value.is_array();
  return type == "object" && value.is_object();
}

class Checker {
 public:
  explicit Checker(const Json& root) : root_(root) {}

  void check(const Json& schema, const Json& value, const std::string& where) {
    know(schema, where);
    if (schema.contains("$ref")) {
      const auto name = schema["$ref"].get<std::string>();
      return check(root_.at(Json::json_pointer{name.substr(1)}), value, where);
    }
    if (schema.contains("anyOf")) return check_any(schema["anyOf"], value, where);
    if (schema.contains("type")) check_type(schema["type"], value, where);
    if (schema.contains("enum") && !value.is_null()) {
      const auto& words = schema["enum"];
      if (std::find(words.begin(), words.end(), value) == words.end())
        fail(where, "is none of the enum: " + value.dump());
    }
    if (value.is_object()) check_members(schema, value, where);
    if (value.is_array() && schema.contains("items")) {
      for (std::size_t i = 0; i < value.size(); ++i)
        check(schema["items"], value[i], where + "/" + std::to_string(i));
    }
  }

  std::vector<std::string> errors{};

 private:
  void fail(const std::string& where, const std::string& what) {
    errors.push_back((where.empty() ? "/" : where) + ": " + what);
  }

  void know(const Json& schema, const std::string& where) {
    static const std::set<std::string> known{"$schema",
                                             "$defs",
                                             "$ref",
                                             "title",
                                             "description",
                                             "type",
                                             "enum",
                                             "properties",
                                             "required",
                                             "items",
                                             "additionalProperties",
                                             "anyOf"};
    for (const auto& [key, unused] : schema.items())
      if (!known.contains(key)) fail(where, "keyword that is not checked: " + key);
  }

  void check_any(const Json& choices, const Json& value, const std::string& where) {
    const bool fits = std::any_of(choices.begin(), choices.end(), [&](const Json& one) {
      Checker inner{root_};
      inner.check(one, value, where);
      return inner.errors.empty();
    });
    if (!fits) fail(where, "fits none of anyOf: " + value.dump());
  }

  void check_type(const Json& types, const Json& value, const std::string& where) {
    const auto list = types.is_array() ? types : Json::array({types});
    const bool fits = std::any_of(list.begin(), list.end(), [&](const Json& type) {
      return is_type(value, type.get<std::string>());
    });
    if (!fits) fail(where, "is no " + list.dump() + ": " + value.dump());
  }

  void check_members(const Json& schema, const Json& value, const std::string& where) {
    const auto properties = schema.value("properties", Json::object());
    for (const auto& name : schema.value("required", Json::array()))
      if (!value.contains(name.get<std::string>())) fail(where, "lacks " + name.dump());
    const auto below = where + "/";
    for (const auto& [name, member] : value.items()) {
      if (properties.contains(name)) {
        check(properties[name], member, below + name);
      } else if (schema.contains("additionalProperties")) {
        fail(where, "has " + name + ", which the schema does not know");
      }
    }
  }

  const Json& root_;
};

}  // namespace

std::vector<std::string> schema_errors(const Json& schema, const Json& value) {
  Checker checker{schema};
  checker.check(schema, value, "");
  return checker.errors;
}

}  // namespace sragent::test
