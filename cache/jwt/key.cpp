#include "cache/jwt/key.hpp"

#include "cache/jwt/openssl.hpp"

#include <array>

namespace sidecache::jwt {
namespace {

bool is_sound(EVP_PKEY* public_key) {
    const ErrorScope errors;
    const PublicKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, public_key, nullptr));
    return context && EVP_PKEY_public_check(context.get()) == 1;
}

bool is_p256(EVP_PKEY* public_key) {
    std::array<char, 64> name{};
    return EVP_PKEY_get_group_name(public_key, name.data(), name.size(), nullptr) == 1 &&
           std::string_view(name.data()) == "prime256v1";
}

KeyResult<Algorithm> algorithm_for(EVP_PKEY* public_key) {
    const ErrorScope errors;
    if (EVP_PKEY_is_a(public_key, "RSA")) {
        const int bits = EVP_PKEY_get_bits(public_key);
        if (bits < min_rsa_bits)
            return KeyProblem::dangerous("is RSA of " + std::to_string(bits) + " bits, which can be broken; at least " +
                                         std::to_string(min_rsa_bits) + " are expected (RFC 7518 §3.3)");
        if (bits > max_rsa_bits)
            return KeyProblem::dangerous("is RSA of " + std::to_string(bits) + " bits, too slow to verify with; at most " +
                                         std::to_string(max_rsa_bits) + " are expected");
        return Algorithm::rs256;
    }
    if (EVP_PKEY_is_a(public_key, "EC")) {
        if (is_p256(public_key)) return Algorithm::es256;
        return KeyProblem::not_for_us("is on another curve than P-256");
    }
    if (EVP_PKEY_is_a(public_key, "ED25519")) return Algorithm::eddsa;
    const char* type = EVP_PKEY_get0_type_name(public_key);
    return KeyProblem::not_for_us("is of the type " + std::string(type ? type : "unknown") +
                                  "; RSA, EC P-256 or Ed25519 is expected");
}

}  // namespace

KeyResult<Key> key_of_secret(std::string secret) {
    if (secret.size() < min_secret_size)
        return KeyProblem::dangerous("is a secret of " + std::to_string(secret.size()) + " octets; at least " +
                                     std::to_string(min_secret_size) + " are expected (RFC 7518 §3.2)");
    return Key{Algorithm::hs256, std::nullopt, nullptr, std::move(secret)};
}

KeyResult<Key> key_of_public_key(std::shared_ptr<evp_pkey_st> public_key) {
    const auto algorithm = algorithm_for(public_key.get());
    if (!algorithm) return algorithm.error();
    if (!is_sound(public_key.get())) return KeyProblem::dangerous("is damaged: its numbers are no public key");
    return Key{*algorithm, std::nullopt, std::move(public_key), {}};
}

}  // namespace sidecache::jwt
