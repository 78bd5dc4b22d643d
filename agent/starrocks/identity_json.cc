#include "starrocks/identity_json.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include <nlohmann/json.hpp>

#include "core/text.h"

namespace sragent {
namespace {

using Json = nlohmann::json;

constexpr std::array kMetaKinds{MetaKind::kEmpty,
                                MetaKind::kSealed,
                                MetaKind::kFoundIntent,
                                MetaKind::kJoinIntent,
                                MetaKind::kUnfinished,
                                MetaKind::kLeft,
                                MetaKind::kDamaged};
constexpr std::array kNodeKinds{NodeKind::kFe, NodeKind::kBe, NodeKind::kCn};

/// Hosts, addresses, ids and words: they stand in log lines and in what people are shown.
bool is_name(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

/// Reads fields and keeps the first mistake.
class Fields {
 public:
  explicit Fields(const Json& json) : json_(json) {}

  std::string text(const char* key, std::size_t most) {
    const auto it = json_.find(key);
    if (it == json_.end() || !it->is_string()) return fail(key, "expected a text");
    auto out = it->get<std::string>();
    if (!is_name(out)) return fail(key, "expected printable ASCII without blanks");
    return out.size() <= most ? out : fail(key, "too long");
  }

  bool flag(const char* key) {
    const auto it = json_.find(key);
    if (it != json_.end() && it->is_boolean()) return it->get<bool>();
    fail(key, "expected true or false");
    return false;
  }

  /// nullopt for null; a list is bounded in number and size of its entries.
  std::optional<std::vector<std::string>> list(const char* key, std::size_t most) {
    const auto it = json_.find(key);
    if (it != json_.end() && it->is_null()) return std::nullopt;
    std::vector<std::string> out;
    if (it == json_.end() || !it->is_array() || it->size() > kIdentityLimits.members) {
      fail(key, "expected a short list");
      return out;
    }
    for (const auto& entry : *it) {
      const bool good = entry.is_string() && entry.get_ref<const std::string&>().size() <= most &&
                        is_name(entry.get_ref<const std::string&>());
      if (good) {
        out.push_back(entry.get<std::string>());
      } else {
        fail(key, "an entry is no short name");
      }
    }
    return out;
  }

  template <typename Kinds>
  auto word(const char* key, const Kinds& kinds) {
    const auto value = text(key, 32);
    for (const auto kind : kinds)
      if (to_string(kind) == value) return kind;
    fail(key, "unknown word");
    return kinds.front();
  }

  /// nullopt: none, or not known to the peer, which is older then.
  std::optional<LeaveClaim> claim(const char* key) {
    const auto it = json_.find(key);
    if (it == json_.end() || it->is_null()) return std::nullopt;
    const auto ordinal = it->is_object() ? it->find("ordinal") : it->end();
    const auto since = it->is_object() ? it->find("since") : it->end();
    LeaveClaim out;
    if (ordinal == it->end() || !ordinal->is_number_integer() || since == it->end() ||
        !since->is_string()) {
      fail(key, "expected ordinal and since");
      return out;  // one that cannot be read is a claim all the same; the answer is garbled
    }
    out.ordinal = static_cast<int>(std::clamp<std::int64_t>(
        ordinal->get<std::int64_t>(), -1, std::numeric_limits<int>::max()));
    out.since = since->get<std::string>();
    if (out.since.size() > kIdentityLimits.id || !is_name(out.since)) fail(key, "since is no time");
    return out;
  }

  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  std::string fail(const char* key, const char* what) {
    if (error_.empty()) error_ = std::string(key) + ": " + what;
    return {};
  }

  const Json& json_;
  std::string error_{};
};

tl::unexpected<Error> garbled(const std::string& what) {
  return tl::unexpected(Error{ErrorKind::kGarbled, "/v1/identity: " + what});
}

}  // namespace

std::string to_json(const Identity& identity) {
  Json out;
  out["host"] = identity.host;
  out["address"] = identity.address;
  out["headless"] = identity.headless;
  out["session"] = identity.session;
  out["kind"] = to_string(identity.kind);
  out["meta"] = to_string(identity.meta);
  out["cluster_id"] = identity.cluster_id;
  out["members"] = identity.members ? Json(*identity.members) : Json(nullptr);
  out["remembers"] = identity.remembers;
  out["founder"] = identity.founder;
  out["busy"] = identity.busy;
  out["consents"] = identity.consents;
  out["leader_seen"] = identity.leader_seen;
  out["since"] = identity.since;
  out["claim"] = nullptr;
  if (identity.claim)
    out["claim"] = {{"ordinal", identity.claim->ordinal}, {"since", identity.claim->since}};
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Identity> parse_identity(std::string_view body) {
  if (body.size() > kIdentityLimits.body) return garbled("too long");
  const auto json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return garbled("no JSON object");
  Fields in(json);
  Identity out;
  out.host = in.text("host", kIdentityLimits.host);
  out.address = in.text("address", kIdentityLimits.host);
  out.headless = in.text("headless", kIdentityLimits.host);
  out.session = in.text("session", kIdentityLimits.id);
  out.kind = in.word("kind", kNodeKinds);
  out.meta = in.word("meta", kMetaKinds);
  out.cluster_id = in.text("cluster_id", kIdentityLimits.id);
  out.members = in.list("members", kIdentityLimits.host);
  out.remembers = in.list("remembers", kIdentityLimits.id).value_or(std::vector<std::string>{});
  out.founder = in.text("founder", kIdentityLimits.host);
  out.busy = in.flag("busy");
  out.consents = in.flag("consents");
  out.leader_seen = in.text("leader_seen", kIdentityLimits.host);
  if (json.contains("since")) out.since = in.text("since", kIdentityLimits.id);  // younger agents
  out.claim = in.claim("claim");
  if (!in.error().empty()) return garbled(in.error());
  return out;
}

std::string question_path(const PeerQuestion& question) {
  std::string out = "/v1/identity";
  if (question.session.empty()) return out;
  out +=
      "?host=" + percent_encoded(question.host) + "&session=" + percent_encoded(question.session);
  if (question.wants_consent) out += "&consent=1";
  return out;
}

PeerQuestion question_from(const std::vector<std::pair<std::string, std::string>>& parameters) {
  PeerQuestion out;
  for (const auto& [name, value] : parameters) {
    if (name == "host" && value.size() <= kIdentityLimits.host) out.host = value;
    if (name == "session" && value.size() <= kIdentityLimits.id) out.session = value;
    if (name == "consent") out.wants_consent = value == "1";
  }
  return out;
}

}  // namespace sragent
