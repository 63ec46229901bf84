// A file with a secret for HS256.
#include "tests/unit/cache/jwt/judging.hpp"
#include "tests/unit/cache/jwt/signing.hpp"

#include <gtest/gtest.h>

namespace sidecache::jwt {
namespace {

constexpr std::string_view secret = "django-insecure-)=s(k!3$v#0u@&x^p-1";

std::string problem_of(std::string_view file) {
    const auto keys = KeySet::from_secret(file);
    return keys ? "none" : keys.error();
}

TEST(SecretFile, IsOneLineWhoseEndIsNoPartOfIt) {
    const std::string token = Signer::of_secret(std::string(secret)).token(R"({"exp":1700000001})");
    for (const char* end : {"", "\n", "\r\n"}) EXPECT_EQ(verdict(token, *KeySet::from_secret(std::string(secret) + end)), "good");
    EXPECT_EQ(verdict(token, *KeySet::from_secret(std::string(secret) + "x")), "signature");
}

// RFC 7518 §3.2
TEST(SecretFile, IsRefusedIfItIsShort) {
    EXPECT_EQ(problem_of(std::string(31, 'x')), "The key is a secret of 31 octets; at least 32 are expected (RFC 7518 §3.2).");
    EXPECT_EQ(problem_of(std::string(31, 'x') + "\n"),
              "The key is a secret of 31 octets; at least 32 are expected (RFC 7518 §3.2).");
    EXPECT_EQ(problem_of(""), "The key is a secret of 0 octets; at least 32 are expected (RFC 7518 §3.2).");
    EXPECT_EQ(problem_of(std::string(32, 'x')), "none");
}

TEST(SecretFile, IsRefusedIfItIsNotOneLineOfText) {
    const std::string line(40, 'x');
    EXPECT_EQ(problem_of(line + "\n" + line + "\n"), "The secret has several lines; one is expected.");
    EXPECT_EQ(problem_of(line + "\n\n"), "The secret has several lines; one is expected.");
    EXPECT_EQ(problem_of(" " + line), "The secret begins or ends with a space.");
    EXPECT_EQ(problem_of(line + " \n"), "The secret begins or ends with a space.");
    for (const char c : {'\0', '\t', '\x7f', '\xc3'})
        EXPECT_EQ(
            problem_of(line + c + line),
            R"(The secret has characters that are not printable ASCII; a secret of any octets is written as a JWK with "kty": "oct".)");
    EXPECT_EQ(problem_of(std::string(max_key_file_size + 1, 'x')), "The file has 65537 octets; at most 65536 are expected.");
}

// RFC 8725 §2.1: whoever knows the public key could sign with it.
TEST(SecretFile, IsRefusedIfItIsAFileOfKeys) {
    constexpr const char* expected = "The file holds keys as PEM or JSON, no plain secret: it must be named as a file of keys.";
    for (const Signer* signer : {&rsa_signer(), &ec_signer(), &ed25519_signer()}) {
        EXPECT_EQ(problem_of(signer->public_pem()), expected);
        EXPECT_EQ(problem_of("\n" + signer->public_pem()), expected);
        EXPECT_EQ(problem_of(signer->jwk()), expected);
    }
    EXPECT_EQ(problem_of(rsa_signer().private_pem()), expected);
    EXPECT_EQ(problem_of(" {\"keys\":[]}"), expected);
}

TEST(SecretFile, IsRefusedIfItIsAPublicKeyInAnotherForm) {
    constexpr const char* expected = "The secret is a public key, which everybody may know.";
    for (const Signer* signer : {&rsa_signer(), &ec_signer(), &ed25519_signer()}) {
        const std::string der = signer->public_der();
        EXPECT_EQ(problem_of(base64(der) + "\n"), expected);
        EXPECT_EQ(problem_of(base64url(der)), expected);
        EXPECT_NE(problem_of(der), "none");
    }
    EXPECT_EQ(problem_of(base64(rsa_signer().pkcs1_der())), expected);
    constexpr const char* certificate =
        "MIIBSDCB+6ADAgECAhQs/F0SplycXEsvIszpdUqxNR581jAFBgMrZXAwGTEXMBUGA1UEAwwOaXNzdWVyLmV4YW1wbGUwIBcNMjYx"
        "MTIxMTE1NjAyWhgPMjEyNjEwMjgxMTU2MDJaMBkxFzAVBgNVBAMMDmlzc3Vlci5leGFtcGxlMCowBQYDK2VwAyEABHxQobu98ZcN"
        "+J4Z0s6oZij1Wk9FbNa8BZzf4jQI3q6jUzBRMB0GA1UdDgQWBBRRiE0U8RbN2GD3eUnOO7qJF8FieTAfBgNVHSMEGDAWgBRRiE0U"
        "8RbN2GD3eUnOO7qJF8FieTAPBgNVHRMBAf8EBTADAQH/MAUGAytlcANBAM0pRLhJBUhB8xUeHws+IVtEynYJgqdgbq9SavmAhxVy"
        "039NH2Z59hZ5MsGTq6Ekf2NDAshAEmZVw7CgUuIkgA8=";
    EXPECT_EQ(problem_of(certificate), expected);
    EXPECT_EQ(problem_of("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7n me@example"), expected);
    EXPECT_EQ(problem_of("ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY="), expected);
    // What only looks like base64 is a secret.
    EXPECT_EQ(problem_of("MCowBQYDK2VwAyEAxxxxxxxxxxxxxxxxxxxxxxxx"), "none");
}

}  // namespace
}  // namespace sidecache::jwt
