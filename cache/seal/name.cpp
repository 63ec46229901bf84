#include "cache/seal/name.hpp"

#include "cache/seal/openssl.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <cstdint>

namespace sidecache::seal {
namespace {

constexpr std::size_t digest_size = 32;
constexpr std::size_t kept_size = 20;  // RFC 2104 §5: no less than half of the digest

// One thread's, keyed anew for each name; null where OpenSSL has no HMAC with SHA-256.
class Hmac {
public:
    Hmac() : mac_(EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr)) {
        if (mac_) context_.reset(EVP_MAC_CTX_new(mac_.get()));
        char digest[] = "SHA256";
        const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, sizeof digest - 1), OSSL_PARAM_construct_end()};
        if (context_ && EVP_MAC_CTX_set_params(context_.get(), parameters) != 1) context_.reset();
    }
    bool digest(const KeyOctets& key, std::string_view text, std::array<unsigned char, digest_size>& out) const {
        std::size_t size = 0;
        return context_ && EVP_MAC_init(context_.get(), key.reveal().data(), key.reveal().size(), nullptr) == 1 &&
               EVP_MAC_update(context_.get(), octets(text), text.size()) == 1 && EVP_MAC_final(context_.get(), out.data(), &size, out.size()) == 1 &&
               size == out.size();
    }

private:
    Mac mac_;
    MacContext context_;
};

Name spell(const std::array<unsigned char, digest_size>& digest) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    Name name;
    auto out = name.text.begin();
    std::uint32_t bits = 0;
    int held = 0;
    for (std::size_t i = 0; i < kept_size; ++i) {
        bits = bits << 8 | digest[i];
        for (held += 8; held >= 6; held -= 6) *out++ = alphabet[bits >> (held - 6) & 63];
    }
    *out++ = alphabet[bits << (6 - held) & 63];
    return name;
}

Result<Name> name_under(const SealKey& key, std::string_view text) {
    const ErrorScope errors;
    thread_local const Hmac hmac;
    std::array<unsigned char, digest_size> digest{};
    if (!hmac.digest(key.naming(), text, digest)) return errors.fault();
    return spell(digest);
}

}  // namespace

Result<Name> name_of(const SealKeys& keys, std::string_view text) { return name_under(keys.first(), text); }

Result<Names> names_of(const SealKeys& keys, std::string_view text) {
    Names names;
    for (const SealKey& key : keys.all()) {
        const auto name = name_under(key, text);
        if (!name) return name.error();
        names.names_[names.count_++] = *name;
    }
    return names;
}

}  // namespace sidecache::seal
