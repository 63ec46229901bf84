// Makes keys and signs tokens with OpenSSL, for tests.
#pragma once

#include "cache/jwt/openssl.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace sidecache::jwt {

inline void must(bool condition, const char* what) {
    if (!condition) throw std::runtime_error(what);
}

// By OpenSSL, so that the room's own decoder is not tested with itself.
inline std::string base64(std::string_view text) {
    std::string encoded((text.size() + 2) / 3 * 4 + 1, '\0');
    encoded.resize(static_cast<std::size_t>(
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()), octets(text), static_cast<int>(text.size()))));
    return encoded;
}
inline std::string base64url(std::string_view text) {
    std::string encoded = base64(text);
    std::ranges::replace(encoded, '+', '-');
    std::ranges::replace(encoded, '/', '_');
    while (encoded.ends_with('=')) encoded.pop_back();
    return encoded;
}

inline std::string pem(const std::string& label, std::string_view der) {
    const std::string text = base64(der);
    std::string lines = "-----BEGIN " + label + "-----\n";
    for (std::size_t at = 0; at < text.size(); at += 64) lines += text.substr(at, 64) + "\n";
    return lines + "-----END " + label + "-----\n";
}

class Signer {
public:
    static Signer of_secret(std::string secret) { return Signer("HS256", nullptr, std::move(secret)); }
    static Signer of_rsa(unsigned bits = 2048) { return Signer("RS256", EVP_RSA_gen(bits)); }
    static Signer of_ec(const char* curve = "P-256") { return Signer("ES256", EVP_EC_gen(curve)); }
    static Signer of_ed25519() { return Signer("EdDSA", EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

    const std::string& algorithm() const { return algorithm_; }

    // As the "alg" says, in the form of RFC 7518.
    std::string signature_of(std::string_view text) const {
        if (algorithm_ == "HS256") return hmac(text);
        return algorithm_ == "ES256" ? raw_of(der_signature_of(text)) : der_signature_of(text);
    }

    // As OpenSSL writes it: DER for ES256.
    std::string der_signature_of(std::string_view text) const {
        const DigestContext context(EVP_MD_CTX_new());
        const EVP_MD* digest = algorithm_ == "EdDSA" ? nullptr : EVP_sha256();
        std::size_t size = 1024;
        std::string signature(size, '\0');
        must(EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get()) == 1, "sign");
        must(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, octets(text),
                            text.size()) == 1,
             "sign");
        signature.resize(size);
        return signature;
    }

    std::string token(std::string_view header, std::string_view claims) const {
        const std::string text = base64url(header) + "." + base64url(claims);
        return text + "." + base64url(signature_of(text));
    }
    std::string token(std::string_view claims) const { return token(R"({"alg":")" + algorithm_ + "\"}", claims); }

    std::string public_pem() const {
        return written([&](BIO* out) { return PEM_write_bio_PUBKEY(out, key_.get()); });
    }
    std::string private_pem() const {
        return written(
            [&](BIO* out) { return PEM_write_bio_PrivateKey(out, key_.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    }
    std::string pkcs1_der() const {
        unsigned char* der = nullptr;
        const int size = i2d_PublicKey(key_.get(), &der);
        must(size > 0, "PKCS #1");
        const std::string copy(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
        OPENSSL_free(der);
        return copy;
    }
    std::string public_der() const {
        return written([&](BIO* out) { return i2d_PUBKEY_bio(out, key_.get()); });
    }

    // `more` begins with a comma: ,"kid":"a"
    std::string jwk(std::string_view more = {}) const { return "{" + jwk_members() + std::string(more) + "}"; }

    std::string number(const char* name, int size = 0) const {
        BIGNUM* read = nullptr;
        must(EVP_PKEY_get_bn_param(key_.get(), name, &read) == 1, name);
        const Bignum number(read);
        std::string bytes(static_cast<std::size_t>(std::max(size, BN_num_bytes(read))), '\0');
        must(BN_bn2binpad(read, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) > 0, name);
        return bytes;
    }

private:
    Signer(std::string algorithm, EVP_PKEY* key, std::string secret = {})
        : algorithm_(std::move(algorithm)), key_(key), secret_(std::move(secret)) {
        must(key || !secret_.empty(), "a key");
    }

    std::string hmac(std::string_view text) const {
        std::array<unsigned char, 32> mac{};
        must(HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), octets(text), text.size(), mac.data(), nullptr),
             "HMAC");
        return {reinterpret_cast<const char*>(mac.data()), mac.size()};
    }

    static std::string raw_of(std::string_view der) {
        const unsigned char* at = octets(der);
        const EcdsaSignature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
        must(signature != nullptr, "DER");
        std::string raw(64, '\0');
        auto* out = reinterpret_cast<unsigned char*>(raw.data());
        must(BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out, 32) == 32, "R");
        must(BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out + 32, 32) == 32, "S");
        return raw;
    }

    std::string jwk_members() const {
        if (algorithm_ == "HS256") return R"("kty":"oct","k":")" + base64url(secret_) + "\"";
        if (algorithm_ == "RS256")
            return R"("kty":"RSA","n":")" + base64url(number(OSSL_PKEY_PARAM_RSA_N)) + R"(","e":")" +
                   base64url(number(OSSL_PKEY_PARAM_RSA_E)) + "\"";
        if (algorithm_ == "ES256")
            return R"("kty":"EC","crv":"P-256","x":")" + base64url(number(OSSL_PKEY_PARAM_EC_PUB_X, 32)) + R"(","y":")" +
                   base64url(number(OSSL_PKEY_PARAM_EC_PUB_Y, 32)) + "\"";
        std::string x(32, '\0');
        std::size_t size = x.size();
        must(EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(x.data()), &size) == 1, "x");
        return R"("kty":"OKP","crv":"Ed25519","x":")" + base64url(x) + "\"";
    }

    template <typename Write>
    static std::string written(Write write) {
        const Bio out(BIO_new(BIO_s_mem()));
        must(write(out.get()) == 1, "write");
        char* text = nullptr;
        const long size = BIO_get_mem_data(out.get(), &text);
        return {text, static_cast<std::size_t>(size)};
    }

    std::string algorithm_;
    PublicKey key_;
    std::string secret_;
};

// Made once: an RSA key takes a while.
inline const Signer& rsa_signer() {
    static const Signer signer = Signer::of_rsa();
    return signer;
}
inline const Signer& secret_signer() {
    static const Signer signer = Signer::of_secret("a secret that has more than 32 octets");
    return signer;
}
inline const Signer& ec_signer() {
    static const Signer signer = Signer::of_ec();
    return signer;
}
inline const Signer& ed25519_signer() {
    static const Signer signer = Signer::of_ed25519();
    return signer;
}
inline std::array<const Signer*, 4> all_signers() { return {&secret_signer(), &rsa_signer(), &ec_signer(), &ed25519_signer()}; }

}  // namespace sidecache::jwt
