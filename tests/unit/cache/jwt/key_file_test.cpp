// Files of keys: which are taken, and what the operator is told of the others.
#include "tests/unit/cache/jwt/judging.hpp"
#include "tests/unit/cache/jwt/signing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sidecache::jwt {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string problem_of(std::string_view file) {
    const auto keys = KeySet::parse(file);
    return keys ? "none" : keys.error();
}

std::vector<Algorithm> algorithms_of(const KeySet& keys) {
    std::vector<Algorithm> algorithms;
    for (const Key& key : keys.keys()) algorithms.push_back(key.algorithm);
    return algorithms;
}

std::string set_of(std::initializer_list<std::string> jwks) {
    std::string set = "{\"keys\":[";
    for (const std::string& jwk : jwks) set += (set.ends_with('[') ? "" : ",") + jwk;
    return set + "]}";
}

// RFC 7517 §5
TEST(JwkSet, HasAKeyOfEachAlgorithm) {
    const KeySet keys = keys_of(set_of(
        {rsa_signer().jwk(R"(,"kid":"a","use":"sig","alg":"RS256")"), ec_signer().jwk(R"(,"key_ops":["verify"],"alg":"ES256")"),
         ed25519_signer().jwk(R"(,"kid":"","alg":"EdDSA","x5t":"?")"), secret_signer().jwk(R"(,"alg":"HS256","kid":"b")")}));
    EXPECT_THAT(algorithms_of(keys), ElementsAre(Algorithm::rs256, Algorithm::es256, Algorithm::eddsa, Algorithm::hs256));
    EXPECT_EQ(keys.keys()[0].id, "a");
    EXPECT_EQ(keys.keys()[1].id, std::nullopt);
    EXPECT_EQ(keys.keys()[2].id, "");
    EXPECT_THAT(keys.notes(), IsEmpty());
}

TEST(JwkSet, MayBeASingleKey) {
    for (const Signer* signer : all_signers()) {
        const KeySet keys = keys_of("\n " + signer->jwk());
        ASSERT_EQ(keys.keys().size(), 1U);
        EXPECT_EQ(name_of(keys.keys()[0].algorithm), signer->algorithm());
    }
}

// RFC 9864 §2.2
TEST(JwkSet, NamesEd25519ByEitherName) { EXPECT_EQ(problem_of(ed25519_signer().jwk(R"(,"alg":"Ed25519")")), "none"); }

// RFC 7517 §4.2-§4.4, §5: members that are for others are ignored.
TEST(JwkSet, LeavesOutKeysForOthers) {
    const KeySet keys = keys_of(set_of(
        {rsa_signer().jwk(R"(,"kid":"e","use":"enc")"), rsa_signer().jwk(R"(,"key_ops":["encrypt","wrapKey"])"),
         rsa_signer().jwk(R"(,"alg":"RS512")"), rsa_signer().jwk(R"(,"alg":"HS256")"), secret_signer().jwk(R"(,"alg":"HS512")"),
         R"({"kty":"EC","crv":"P-384","x":"AA","y":"AA"})", R"({"kty":"OKP","crv":"X25519","x":"AA"})",
         R"({"kty":"AKP","alg":"ML-DSA-44","pub":"AA"})", ec_signer().jwk(R"(,"kid":"e")")}));
    EXPECT_THAT(algorithms_of(keys), ElementsAre(Algorithm::es256));
    EXPECT_THAT(keys.notes(), ElementsAre(R"(Key 1 (kid "e") is for the use "enc", not for "sig"; it is left out.)",
                                          R"(Key 2 is not for the operation "verify"; it is left out.)",
                                          R"(Key 3 is for the algorithm "RS512", not for "RS256"; it is left out.)",
                                          R"(Key 4 is for the algorithm "HS256", not for "RS256"; it is left out.)",
                                          R"(Key 5 is for the algorithm "HS512", not for "HS256"; it is left out.)",
                                          R"(Key 6 is on the curve "P-384", not on "P-256"; it is left out.)",
                                          R"(Key 7 is on the curve "X25519", not on "Ed25519"; it is left out.)",
                                          R"(Key 8 is of the type "AKP", which is not understood; it is left out.)"));
}

TEST(JwkSet, IsRefusedWhereNothingIsLeft) {
    EXPECT_EQ(problem_of(R"({"keys":[]})"), "The file has no key to verify with.");
    EXPECT_EQ(problem_of(rsa_signer().jwk(R"(,"use":"enc")")),
              R"(The file has no key to verify with. Key 1 is for the use "enc", not for "sig"; it is left out.)");
}

// RFC 7517 §9.2
TEST(JwkSet, IsRefusedWithAPrivateKey) {
    constexpr std::string_view expected =
        "is a private key; verifying takes the public half alone, and whoever reads this file could sign tokens.";
    for (const char* member : {"d", "p", "q", "dp", "dq", "qi", "oth"}) {
        const std::string more = ",\"" + std::string(member) + "\":\"AA\"";
        EXPECT_EQ(problem_of(rsa_signer().jwk(more)), "Key 1 " + std::string(expected));
    }
    EXPECT_EQ(problem_of(ec_signer().jwk(R"(,"kid":"k","d":"AA")")), "Key 1 (kid \"k\") " + std::string(expected));
    EXPECT_EQ(problem_of(ed25519_signer().jwk(R"(,"d":"AA")")), "Key 1 " + std::string(expected));
    // Also where it is for something else.
    EXPECT_EQ(problem_of(set_of({ec_signer().jwk(), rsa_signer().jwk(R"(,"use":"enc","d":"AA")")})),
              "Key 2 " + std::string(expected));
}

TEST(JwkSet, IsRefusedWithAWeakKey) {
    EXPECT_EQ(problem_of(Signer::of_rsa(1024).jwk()),
              "Key 1 is RSA of 1024 bits, which can be broken; at least 2048 are expected (RFC 7518 §3.3).");
    EXPECT_EQ(problem_of(Signer::of_secret(std::string(31, 'x')).jwk()),
              "Key 1 is a secret of 31 octets; at least 32 are expected (RFC 7518 §3.2).");
    EXPECT_EQ(problem_of(Signer::of_secret(std::string(32, 'x')).jwk()), "none");
}

// What RSA says with an exponent of 1 is signed by everybody.
TEST(JwkSet, IsRefusedWithNumbersThatAreNoKey) {
    const std::string modulus = base64url(rsa_signer().number(OSSL_PKEY_PARAM_RSA_N));
    for (const std::string_view exponent : {"AQ", "Ag", "AA", "AQAA"})
        EXPECT_EQ(problem_of(R"({"kty":"RSA","n":")" + modulus + R"(","e":")" + std::string(exponent) + "\"}"),
                  "Key 1 is damaged: its numbers are no public key.")
            << exponent;
    std::string even = rsa_signer().number(OSSL_PKEY_PARAM_RSA_N);
    even.back() = static_cast<char>(even.back() & ~1);
    EXPECT_EQ(problem_of(R"({"kty":"RSA","n":")" + base64url(even) + R"(","e":"AQAB"})"),
              "Key 1 is damaged: its numbers are no public key.");
    EXPECT_EQ(problem_of(R"({"kty":"RSA","n":")" + base64url(std::string(1025, '\xff')) + R"(","e":"AQAB"})"),
              "Key 1 is RSA of 8200 bits, too slow to verify with; at most 8192 are expected.");
    const std::string off_curve = base64url(std::string(32, 'x'));
    EXPECT_EQ(problem_of(R"({"kty":"EC","crv":"P-256","x":")" + off_curve + R"(","y":")" + off_curve + "\"}"),
              "Key 1 is damaged: its numbers are no public key.");
}

// RFC 7518 §6.2.1.2: a coordinate has the full size.
TEST(JwkSet, WritesACoordinateWithItsLeadingZeros) {
    for (;;) {
        const Signer signer = Signer::of_ec();
        const std::string x = signer.number(OSSL_PKEY_PARAM_EC_PUB_X, 32);
        if (x.front() != '\0') continue;
        const std::string y = base64url(signer.number(OSSL_PKEY_PARAM_EC_PUB_Y, 32));
        EXPECT_EQ(problem_of(R"({"kty":"EC","crv":"P-256","x":")" + base64url(x) + R"(","y":")" + y + "\"}"), "none");
        EXPECT_EQ(problem_of(R"({"kty":"EC","crv":"P-256","x":")" + base64url(x.substr(1)) + R"(","y":")" + y + "\"}"),
                  "Key 1 has an \"x\" or \"y\" that is not of 32 octets (RFC 7518 §6.2.1.2).");
        return;
    }
}

TEST(JwkSet, IsRefusedWithAMemberThatIsMissingOrOfTheWrongKind) {
    EXPECT_EQ(problem_of("{}"), "Key 1 has no \"kty\" (RFC 7517 §4.1).");
    EXPECT_EQ(problem_of(R"({"kty":1})"), "Key 1 has no \"kty\" (RFC 7517 §4.1).");
    EXPECT_EQ(problem_of(R"({"keys":[1]})"), "Key 1 is no JSON object.");
    EXPECT_EQ(problem_of(R"({"keys":{}})"), "The file's \"keys\" are no array (RFC 7517 §5.1).");
    EXPECT_EQ(problem_of(R"({"kty":"RSA","e":"AQAB"})"), "Key 1 has no \"n\" in base64url without padding.");
    EXPECT_EQ(problem_of(R"({"kty":"RSA","n":"AQ==","e":"AQAB"})"), "Key 1 has no \"n\" in base64url without padding.");
    EXPECT_EQ(problem_of(R"({"kty":"RSA","n":"AQAB"})"), "Key 1 has no \"e\" in base64url without padding.");
    EXPECT_EQ(problem_of(R"({"kty":"oct","k":""})"), "Key 1 has no \"k\" in base64url without padding.");
    EXPECT_EQ(problem_of(R"({"kty":"EC"})"), "Key 1 has no \"crv\".");
    EXPECT_EQ(problem_of(R"({"kty":"EC","crv":"P-256","x":"AA"})"), "Key 1 has no \"y\" in base64url without padding.");
    EXPECT_EQ(problem_of(R"({"kty":"OKP","crv":"Ed25519","x":"AA"})"), "Key 1 has an \"x\" that is not of 32 octets.");
    EXPECT_EQ(problem_of(ec_signer().jwk(R"(,"kid":1)")), "Key 1 has a \"kid\" that is no string.");
    EXPECT_EQ(problem_of(ec_signer().jwk(R"(,"use":1)")), "Key 1 has a \"use\" that is no string.");
    EXPECT_EQ(problem_of(ec_signer().jwk(R"(,"alg":1)")), "Key 1 has an \"alg\" that is no string.");
    EXPECT_EQ(problem_of(ec_signer().jwk(R"(,"key_ops":"verify")")), "Key 1 has \"key_ops\" that are no array.");
}

// RFC 7517 §4.5
TEST(JwkSet, IsRefusedWithTwoKeysOfOneId) {
    EXPECT_EQ(problem_of(set_of({ec_signer().jwk(R"(,"kid":"a")"), ec_signer().jwk(), rsa_signer().jwk(R"(,"kid":"a")")})),
              "Two keys have the kid \"a\"; each must have its own.");
    EXPECT_EQ(problem_of(set_of({ec_signer().jwk(), rsa_signer().jwk()})), "none");
}

TEST(JwkSet, IsRefusedIfItIsNoStrictJson) {
    EXPECT_EQ(problem_of("{\"keys\":["), "The file is not valid JSON; a JWK Set is expected: {\"keys\": [...]}.");
    EXPECT_EQ(problem_of(ec_signer().jwk(R"(,"kty":"EC")")),
              "The file has an object that names a member twice; a JWK Set is expected: {\"keys\": [...]}.");
}

TEST(KeyFile, IsRefusedOverItsLimits) {
    std::string set = "{\"keys\":[" + ec_signer().jwk();
    for (std::size_t i = 1; i < max_keys; ++i) set += "," + ec_signer().jwk();
    EXPECT_EQ(keys_of(set + "]}").keys().size(), max_keys);
    EXPECT_EQ(problem_of(set + "," + ec_signer().jwk() + "]}"), "The file has 33 keys; at most 32 are expected.");
    std::string text;
    for (std::size_t i = 0; i < max_keys; ++i) text += ec_signer().public_pem();
    EXPECT_EQ(keys_of(text).keys().size(), max_keys);
    EXPECT_EQ(problem_of(text + ec_signer().public_pem()), "The file has 33 keys; at most 32 are expected.");
    EXPECT_EQ(problem_of(std::string(max_key_file_size + 1, ' ')), "The file has 65537 octets; at most 65536 are expected.");
    EXPECT_EQ(
        keys_of(ec_signer().public_pem() + std::string(max_key_file_size - ec_signer().public_pem().size(), '\n')).keys().size(),
        1U);
}

TEST(KeyFile, IsNeverTakenForASecret) {
    for (const std::string_view file : {"", "\n", "a secret that has more than 32 octets", "[]", "MCowBQYDK2VwAyEA"})
        EXPECT_EQ(
            problem_of(file),
            "The file is neither a JWK Set (it would begin with '{') nor public keys in PEM (\"-----BEGIN PUBLIC KEY-----\"); "
            "a shared secret must be named as such.")
            << file;
}

// RFC 7468 §13
TEST(Pem, HasPublicKeysOneAfterTheOther) {
    const KeySet keys = keys_of("Of the issuer:\n" + rsa_signer().public_pem() + "\n# the next\r\n" + ec_signer().public_pem() +
                                ed25519_signer().public_pem() + "\n\n");
    EXPECT_THAT(algorithms_of(keys), ElementsAre(Algorithm::rs256, Algorithm::es256, Algorithm::eddsa));
    for (const Key& key : keys.keys()) EXPECT_EQ(key.id, std::nullopt);
    EXPECT_THAT(algorithms_of(keys_of(pem("RSA PUBLIC KEY", rsa_signer().pkcs1_der()))), ElementsAre(Algorithm::rs256));
    std::string crlf;
    for (const char c : ec_signer().public_pem()) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
    EXPECT_THAT(algorithms_of(keys_of(crlf)), ElementsAre(Algorithm::es256));
}

TEST(Pem, IsRefusedWithAPrivateKey) {
    for (const Signer* signer : {&rsa_signer(), &ec_signer(), &ed25519_signer()}) {
        EXPECT_THAT(problem_of(signer->public_pem() + signer->private_pem()),
                    StartsWith("Key 2 is a private key; verifying takes the public half alone "
                               "(openssl pkey -in FILE -pubout)"));
    }
    for (const std::string label : {"EC PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY"})
        EXPECT_THAT(problem_of("-----BEGIN " + label + "-----\nAAAA\n-----END " + label + "-----\n"),
                    HasSubstr("is a private key"))
            << label;
}

TEST(Pem, IsRefusedWithOtherThingsThanPublicKeys) {
    EXPECT_EQ(problem_of("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
              "Key 1 is a certificate; its public key alone is expected (openssl x509 -in FILE -noout -pubkey).");
    EXPECT_EQ(problem_of("-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n"),
              "Key 1 is named \"DH PARAMETERS\"; \"PUBLIC KEY\" is expected.");
}

TEST(Pem, IsRefusedWithAnotherTypeOfKey) {
    EXPECT_EQ(problem_of(Signer::of_ec("P-384").public_pem()), "Key 1 is on another curve than P-256.");
    EXPECT_EQ(problem_of(Signer::of_ec("secp256k1").public_pem()), "Key 1 is on another curve than P-256.");
    EXPECT_EQ(problem_of(Signer::of_rsa(1024).public_pem()),
              "Key 1 is RSA of 1024 bits, which can be broken; at least 2048 are expected (RFC 7518 §3.3).");
    EXPECT_EQ(problem_of("-----BEGIN PUBLIC KEY-----\n"
                         "MCowBQYDK2VuAyEAhSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=\n"
                         "-----END PUBLIC KEY-----\n"),
              "Key 1 is of the type X25519; RSA, EC P-256 or Ed25519 is expected.");
}

TEST(Pem, IsRefusedIfItIsDamaged) {
    const std::string whole = ed25519_signer().public_pem();
    const std::string cut = whole.substr(0, whole.find("-----END"));
    EXPECT_EQ(problem_of(cut), "The file is damaged: it begins 1 keys in PEM, of which 0 can be read.");
    EXPECT_EQ(problem_of(whole + cut), "The file is damaged: it begins 2 keys in PEM, of which 1 can be read.");
    EXPECT_EQ(problem_of(cut + whole), "The file is damaged: it begins 2 keys in PEM, of which 1 can be read.");
    std::string altered = whole;
    altered.insert(altered.find('\n') + 1, "!");
    EXPECT_EQ(problem_of(altered), "The file is damaged: it begins 1 keys in PEM, of which 0 can be read.");
    EXPECT_EQ(problem_of(pem("PUBLIC KEY", "???")), "Key 1 is damaged: what it holds is no public key.");
    EXPECT_EQ(problem_of(pem("PUBLIC KEY", ec_signer().public_der() + '\0')),
              "Key 1 is damaged: what it holds is no public key.");
    EXPECT_EQ(problem_of(pem("RSA PUBLIC KEY", ec_signer().public_der())), "Key 1 is damaged: what it holds is no public key.");
    EXPECT_EQ(problem_of("-----BEGIN"), "The file has no key to verify with.");
}

}  // namespace
}  // namespace sidecache::jwt
