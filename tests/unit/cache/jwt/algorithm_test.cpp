// Which key a token may be verified with: the token has no say in how (RFC 8725 §3.1).
#include "tests/unit/cache/jwt/judging.hpp"
#include "tests/unit/cache/jwt/signing.hpp"

#include <gtest/gtest.h>

namespace sidecache::jwt {
namespace {

constexpr std::string_view claims = R"({"sub":"42","exp":1700000001})";

TEST(AlgorithmChoice, NoneIsRefused) {
    const KeySet keys = keys_of(rsa_signer().jwk());
    const std::string payload = "." + base64url(claims) + ".";
    for (const std::string_view name : {"none", "None", "NONE", "nOnE", "", "none "})
        EXPECT_EQ(verdict(base64url("{\"alg\":\"" + std::string(name) + "\"}") + payload, keys), "algorithm") << name;
    EXPECT_EQ(verdict(base64url("{\"alg\":\"RS256\"}") + payload, keys), "signature");
    EXPECT_EQ(verdict(base64url("{}") + payload, keys), "malformed");
}

TEST(AlgorithmChoice, IsAmongFourInTheirExactCase) {
    const KeySet keys = keys_of(rsa_signer().jwk());
    for (const std::string_view name :
         {"rs256", "RS256 ", "RS384", "RS512", "PS256", "HS384", "ES256K", "ES384", "Ed448", "ML-DSA-44", "dir"})
        EXPECT_EQ(verdict(rsa_signer().token("{\"alg\":\"" + std::string(name) + "\"}", claims), keys), "algorithm") << name;
}

// RFC 9864 §2.2
TEST(AlgorithmChoice, Ed25519IsEdDsa) {
    EXPECT_EQ(verdict(ed25519_signer().token(R"({"alg":"Ed25519"})", claims), keys_of(ed25519_signer().jwk())), "good");
    EXPECT_EQ(verdict(ed25519_signer().token(R"({"alg":"Ed25519"})", claims), keys_of(ec_signer().jwk())), "algorithm");
}

// RFC 8725 §2.1: the public key, which everybody knows, as a secret.
TEST(AlgorithmChoice, APublicKeyIsNoSecret) {
    for (const Signer* signer : {&rsa_signer(), &ec_signer(), &ed25519_signer()}) {
        for (const std::string& text : {signer->public_pem(), signer->public_pem().substr(0, signer->public_pem().size() - 1),
                                        signer->public_der(), signer->jwk()}) {
            const std::string forged = Signer::of_secret(text).token(claims);
            EXPECT_EQ(verdict(forged, keys_of(signer->public_pem())), "algorithm");
            EXPECT_EQ(verdict(forged, keys_of(signer->jwk())), "algorithm");
        }
    }
}

TEST(AlgorithmChoice, IsTheKeysAndNotTheTokens) {
    for (const Signer* signer : all_signers()) {
        for (const Signer* other : all_signers()) {
            if (signer == other) continue;
            EXPECT_EQ(verdict(signer->token(claims), keys_of(other->jwk())), "algorithm");
            // Signed by the right key, named otherwise.
            EXPECT_EQ(verdict(signer->token("{\"alg\":\"" + other->algorithm() + "\"}", claims), keys_of(signer->jwk())),
                      "algorithm");
        }
    }
}

// RFC 7515 §4.1.4
TEST(KeyChoice, IsByTheKeyId) {
    const Signer old_key = Signer::of_ec();
    const Signer new_key = Signer::of_ec();
    const KeySet keys = keys_of("{\"keys\":[" + old_key.jwk(R"(,"kid":"1")") + "," + new_key.jwk(R"(,"kid":"2")") + "," +
                                rsa_signer().jwk(R"(,"kid":"3")") + "]}");
    EXPECT_EQ(verdict(old_key.token(R"({"alg":"ES256","kid":"1"})", claims), keys), "good");
    EXPECT_EQ(verdict(new_key.token(R"({"alg":"ES256","kid":"2"})", claims), keys), "good");
    EXPECT_EQ(verdict(new_key.token(R"({"alg":"ES256","kid":"1"})", claims), keys), "signature");
    EXPECT_EQ(verdict(new_key.token(R"({"alg":"ES256","kid":"3"})", claims), keys), "algorithm");
    EXPECT_EQ(verdict(new_key.token(R"({"alg":"ES256","kid":"4"})", claims), keys), "unknown_key");
    EXPECT_EQ(verdict(new_key.token(R"({"alg":"ES256","kid":""})", claims), keys), "unknown_key");
    EXPECT_EQ(verdict(new_key.token(R"({"alg":"ES256","kid":2})", claims), keys), "malformed");
}

TEST(KeyChoice, WithoutAKeyIdIsAmongAllKeys) {
    const Signer old_key = Signer::of_ec();
    const Signer new_key = Signer::of_ec();
    const KeySet keys = keys_of("{\"keys\":[" + rsa_signer().jwk() + "," + old_key.jwk(R"(,"kid":"1")") + "," +
                                new_key.jwk(R"(,"kid":"2")") + "]}");
    EXPECT_EQ(verdict(old_key.token(claims), keys), "good");
    EXPECT_EQ(verdict(new_key.token(claims), keys), "good");
    EXPECT_EQ(verdict(ec_signer().token(claims), keys), "signature");
}

TEST(KeyChoice, AKeyWithoutAnIdMayBeMeantByAnyIdThatNoOtherHas) {
    const Signer named = Signer::of_ec();
    const Signer nameless = Signer::of_ec();
    const KeySet keys = keys_of("{\"keys\":[" + named.jwk(R"(,"kid":"1")") + "," + nameless.jwk() + "]}");
    EXPECT_EQ(verdict(nameless.token(R"({"alg":"ES256","kid":"x"})", claims), keys), "good");
    EXPECT_EQ(verdict(nameless.token(R"({"alg":"ES256","kid":"1"})", claims), keys), "signature");
    EXPECT_EQ(verdict(named.token(R"({"alg":"ES256","kid":"x"})", claims), keys), "signature");
    EXPECT_EQ(verdict(ec_signer().token(R"({"alg":"ES256","kid":"x"})", claims), keys_of(ec_signer().public_pem())), "good");
}

// RFC 8725 §3.10: a key in the token is the word of whoever made it.
TEST(KeyChoice, IsNeverAKeyThatTheTokenBrings) {
    const Signer attacker = Signer::of_ec();
    const std::string header = R"({"alg":"ES256","jwk":)" + attacker.jwk() +
                               R"(,"jku":"https://attacker.example/keys","x5u":"https://attacker.example/"})";
    EXPECT_EQ(verdict(attacker.token(header, claims), keys_of(ec_signer().jwk())), "signature");
    EXPECT_EQ(verdict(ec_signer().token(header, claims), keys_of(ec_signer().jwk())), "good");
}

}  // namespace
}  // namespace sidecache::jwt
