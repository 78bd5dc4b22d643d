#include "io/sql_tls.h"

#include <array>

#include "io/files.h"

namespace sragent {
namespace {

constexpr std::size_t kMostCaBytes = std::size_t{4} << 20U;
constexpr std::array<std::string_view, 5> kNames{
    "disabled", "preferred", "required", "verify-ca", "verify-identity"};

}  // namespace

std::string_view to_string(TlsMode mode) {
  return kNames.at(static_cast<std::size_t>(mode));
}

bool needs_tls(TlsMode mode) {
  return mode >= TlsMode::kRequired;
}

Result<void> check_ca_file(const SqlTls& tls) {
  if (tls.mode < TlsMode::kVerifyCa) return {};
  const auto wrong = [&](const std::string& why) {
    return tl::unexpected(
        Error{ErrorKind::kTls, "the file of the CA, " + tls.ca + ", cannot be used: " + why});
  };
  if (tls.ca.empty()) return wrong("no path is set");
  const auto text = read_file(tls.ca, kMostCaBytes);
  if (!text) return wrong(text.error().what);
  if (text->find("-----BEGIN CERTIFICATE-----") == std::string::npos &&
      text->find("-----BEGIN TRUSTED CERTIFICATE-----") == std::string::npos)
    return wrong("it holds no certificate in PEM form");
  return {};
}

}  // namespace sragent
