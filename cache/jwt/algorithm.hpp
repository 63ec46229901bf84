// The signature algorithms that are verified (RFC 7518 §3.1, RFC 8037 §3.1). There is no "none".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sidecache::jwt {

enum class Algorithm : std::uint8_t {
    hs256,  // HMAC with SHA-256, a shared secret
    rs256,  // RSASSA-PKCS1-v1_5 with SHA-256
    es256,  // ECDSA on P-256 with SHA-256
    eddsa,  // Ed25519
};

constexpr std::string_view name_of(Algorithm algorithm) noexcept {
    switch (algorithm) {
        case Algorithm::hs256:
            return "HS256";
        case Algorithm::rs256:
            return "RS256";
        case Algorithm::es256:
            return "ES256";
        case Algorithm::eddsa:
            return "EdDSA";
    }
    return {};
}

// Of an "alg" member, whose case matters (RFC 7515 §4.1.1); nullopt for all that is not verified here.
constexpr std::optional<Algorithm> algorithm_of(std::string_view name) noexcept {
    for (const auto algorithm : {Algorithm::hs256, Algorithm::rs256, Algorithm::es256, Algorithm::eddsa}) {
        if (name == name_of(algorithm)) return algorithm;
    }
    if (name == "Ed25519") return Algorithm::eddsa;  // RFC 9864 §2.2
    return std::nullopt;
}

}  // namespace sidecache::jwt
