#include "cache/jwt/signature.hpp"

#include "cache/jwt/openssl.hpp"

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include <array>

namespace sidecache::jwt {
namespace {

bool verifies_hmac(const Key& key, std::string_view text, std::string_view signature) noexcept {
    std::array<unsigned char, EVP_MAX_MD_SIZE> expected{};
    unsigned size = 0;
    if (!HMAC(EVP_sha256(), key.secret.data(), static_cast<int>(key.secret.size()), octets(text), text.size(), expected.data(),
              &size))
        return false;
    // RFC 7518 §3.2: in a time that does not tell how much of it is right.
    return signature.size() == size && CRYPTO_memcmp(expected.data(), signature.data(), size) == 0;
}

bool verifies_digest(const Key& key, const EVP_MD* digest, std::string_view text, std::string_view signature) noexcept {
    const DigestContext context(EVP_MD_CTX_new());
    return context && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.public_key.get()) == 1 &&
           EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(text), text.size()) == 1;
}

// RFC 7518 §3.4: R and S stand side by side, in 32 octets each; OpenSSL wants them in DER.
bool verifies_ecdsa(const Key& key, std::string_view text, std::string_view signature) noexcept {
    constexpr int half = 32;
    if (signature.size() != 2 * half) return false;
    const EcdsaSignature numbers(ECDSA_SIG_new());
    Bignum r(BN_bin2bn(octets(signature), half, nullptr));
    Bignum s(BN_bin2bn(octets(signature) + half, half, nullptr));
    if (!numbers || !r || !s || ECDSA_SIG_set0(numbers.get(), r.get(), s.get()) != 1) return false;
    static_cast<void>(r.release());
    static_cast<void>(s.release());
    std::array<unsigned char, 2 * (half + 3) + 2> der{};  // each number with its tag, its length and a zero before the sign bit
    unsigned char* end = der.data();
    const int size = i2d_ECDSA_SIG(numbers.get(), &end);
    if (size <= 0) return false;
    return verifies_digest(key, EVP_sha256(), text, {reinterpret_cast<const char*>(der.data()), static_cast<std::size_t>(size)});
}

}  // namespace

bool verifies(const Key& key, std::string_view signed_text, std::string_view signature) noexcept {
    const ErrorScope errors;
    switch (key.algorithm) {
        case Algorithm::hs256:
            return verifies_hmac(key, signed_text, signature);
        case Algorithm::rs256:
            return verifies_digest(key, EVP_sha256(), signed_text, signature);
        case Algorithm::es256:
            return verifies_ecdsa(key, signed_text, signature);
        case Algorithm::eddsa:
            return verifies_digest(key, nullptr, signed_text, signature);
    }
    return false;
}

}  // namespace sidecache::jwt
