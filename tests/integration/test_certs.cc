#include "test_certs.h"

#include <fstream>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace testcerts {
namespace {

constexpr long kDay = 86'400;

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Memory = std::unique_ptr<BIO, Freed<BIO_free>>;

template <typename T>
T* need(T* object) {
  if (object == nullptr) throw std::runtime_error("OpenSSL made nothing");
  return object;
}

Key new_key() {
  return Key(need(EVP_EC_gen("P-256")));
}

std::string text_of(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  const Memory memory(need(BIO_new(BIO_s_mem())));
  PEM_write_bio_X509(memory.get(), certificate);
  return text_of(memory.get());
}

std::string pem_of(EVP_PKEY* key) {
  const Memory memory(need(BIO_new(BIO_s_mem())));
  PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(memory.get());
}

void set_serial(X509* certificate) {
  std::uint64_t serial = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1)
    throw std::runtime_error("no random bytes");
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1U);
}

void set_name(X509_NAME* name, const std::string& common) {
  X509_NAME_add_entry_by_txt(
      name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0);
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = need(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate blank(EVP_PKEY* key, const std::string& name, long from, long to) {
  Certificate out(need(X509_new()));
  X509_set_version(out.get(), 2);
  set_serial(out.get());
  X509_gmtime_adj(X509_getm_notBefore(out.get()), from);
  X509_gmtime_adj(X509_getm_notAfter(out.get()), to);
  X509_set_pubkey(out.get(), key);
  set_name(X509_get_subject_name(out.get()), name);
  return out;
}

/// "DNS:a.b", "IP:10.0.0.1"
std::string alternative(const std::string& name) {
  const bool address = name.find_first_not_of("0123456789.") == std::string::npos;
  return (address ? "IP:" : "DNS:") + name;
}

/// "a.b,*.c,10.0.0.1" as a subjectAltName.
std::string alternatives(const std::string& names) {
  std::string out;
  std::size_t from = 0;
  while (from <= names.size()) {
    const auto comma = std::min(names.find(',', from), names.size());
    out += (out.empty() ? "" : ",") + alternative(names.substr(from, comma - from));
    from = comma + 1;
  }
  return out;
}

}  // namespace

struct Authority::Impl {
  Key key = new_key();
  Certificate certificate{};
};

Authority::Authority(const std::string& name) : impl_(std::make_unique<Impl>()) {
  auto& made = impl_->certificate;
  made = blank(impl_->key.get(), name, -10 * kDay, 10 * kDay);
  X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
  add_extension(made.get(), made.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(made.get(), made.get(), NID_subject_key_identifier, "hash");
  X509_sign(made.get(), impl_->key.get(), EVP_sha256());
  pem_ = pem_of(made.get());
}

Authority::~Authority() = default;

Pair Authority::issue(const std::string& names, Valid valid) const {
  const Key key = new_key();
  const bool over = valid == Valid::kNoMore;
  const Certificate made =
      blank(key.get(), "server", over ? -5 * kDay : -kDay, over ? -kDay : kDay);
  X509* issuer = impl_->certificate.get();
  X509_set_issuer_name(made.get(), X509_get_subject_name(issuer));
  add_extension(made.get(), issuer, NID_subject_alt_name, alternatives(names));
  X509_sign(made.get(), impl_->key.get(), EVP_sha256());
  return {pem_of(made.get()), pem_of(key.get())};
}

void write_keystore(const Pair& pair, const std::string& path, const std::string& password) {
  const Memory certificate_text(
      need(BIO_new_mem_buf(pair.certificate.data(), static_cast<int>(pair.certificate.size()))));
  const Memory key_text(need(BIO_new_mem_buf(pair.key.data(), static_cast<int>(pair.key.size()))));
  const Certificate certificate(
      need(PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr)));
  const Key key(need(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr)));
  const std::unique_ptr<PKCS12, Freed<PKCS12_free>> store(need(
      PKCS12_create(password.c_str(), "fe", key.get(), certificate.get(), nullptr, 0, 0, 0, 0, 0)));
  const Memory file(need(BIO_new_file(path.c_str(), "wb")));
  i2d_PKCS12_bio(file.get(), store.get());
}

}  // namespace testcerts
