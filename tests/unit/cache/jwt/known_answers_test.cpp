// Tokens that others have made: the examples of the RFCs, and those of another implementation.
#include "cache/jwt/signature.hpp"
#include "tests/unit/cache/jwt/judging.hpp"

#include <gtest/gtest.h>

namespace sidecache::jwt {
namespace {

constexpr http::SystemTime before_2011_03_22_18_43{std::chrono::seconds(1300819379)};

void expect_joe(std::string_view token, const KeySet& keys) {
    const auto claims = verify(token, keys, {}, before_2011_03_22_18_43);
    ASSERT_TRUE(claims.has_value()) << name_of(claims.error());
    EXPECT_EQ(claims->text_at(path("/iss")), "joe");
    EXPECT_EQ(claims->text_at(path("/http:~1~1example.com~1is_root")), "true");
    EXPECT_EQ(claims->expires_at(), before_2011_03_22_18_43 + std::chrono::seconds(1));
    EXPECT_EQ(verdict(token, keys, {}, before_2011_03_22_18_43 + std::chrono::seconds(1)), "expired");
    std::string other(token);
    other[other.size() - 2] = other[other.size() - 2] == 'A' ? 'B' : 'A';
    EXPECT_EQ(verdict(other, keys, {}, before_2011_03_22_18_43), "signature");
}

TEST(KnownAnswer, Rfc7515A1Hs256) {
    expect_joe(
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        keys_of(R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})"));
}

TEST(KnownAnswer, Rfc7515A2Rs256) {
    expect_joe(
        "eyJhbGciOiJSUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
        "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4"
        "BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
        "eOkHWEsqtFZESc6BfI7noOPqv"
        "hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
        keys_of(
            R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd)"
            R"(2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsm)"
            R"(tdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"})"));
}

TEST(KnownAnswer, Rfc7515A3Es256) {
    expect_joe(
        "eyJhbGciOiJFUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        keys_of(
            R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})"));
}

// RFC 8037 appendix A.4; its payload is no JSON.
TEST(KnownAnswer, Rfc8037A4Ed25519) {
    const KeySet keys = keys_of(R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
    const std::string_view signed_text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    const std::string token =
        std::string(signed_text) + ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    EXPECT_EQ(verdict(token, keys), "malformed");
    std::string other = token;
    other[30] = 'A';
    EXPECT_EQ(verdict(other, keys), "signature");
}

// RFC 7519 §6.1: an unsecured token is none.
TEST(KnownAnswer, Rfc7519UnsecuredTokenIsRefused) {
    EXPECT_EQ(
        verdict(
            "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.",
            keys_of(
                R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})")),
        "algorithm");
}

// Made once by PyJWT 2.6 with keys of its own:
// {"iss":"https://issuer.example","sub":"42","aud":["records","billing"],"iat":1700000000,
// "nbf":1700000000,"exp":1700000300,"role":"doctor","ward":7,"active":true,"realm_access":{"roles":["staff","admin"]},"token_type":"access"}
constexpr std::string_view hs256_token =
    "eyJhbGciOiJIUzI1NiIsImtpZCI6ImhzMjU2LTEiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwic3ViIjo"
    "iNDIiLCJhdWQiOlsicmVjb3JkcyIsImJpbGxpbmciXSwiaWF0IjoxNzAwMDAwMDAwLCJuYmYiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMDMwM"
    "Cwicm9sZSI6ImRvY3RvciIsIndhcmQiOjcsImFjdGl2ZSI6dHJ1ZSwicmVhbG1fYWNjZXNzIjp7InJvbGVzIjpbInN0YWZmIiwiYWRtaW4iXX0"
    "sInRva2VuX3R5cGUiOiJhY2Nlc3MifQ.hkVKZniXUTXx2E0DzcIFrnis0pNzC7beeB5stiM5PRk";
constexpr std::string_view rs256_token =
    "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzMjU2LTEiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwic3ViIjo"
    "iNDIiLCJhdWQiOlsicmVjb3JkcyIsImJpbGxpbmciXSwiaWF0IjoxNzAwMDAwMDAwLCJuYmYiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMDMwM"
    "Cwicm9sZSI6ImRvY3RvciIsIndhcmQiOjcsImFjdGl2ZSI6dHJ1ZSwicmVhbG1fYWNjZXNzIjp7InJvbGVzIjpbInN0YWZmIiwiYWRtaW4iXX0"
    "sInRva2VuX3R5cGUiOiJhY2Nlc3MifQ.M5udV-MIXEmyLY9yRATAp519ODmAad21EB4LdNF-LSJBP-HvCcIRw1EjKo9pOFz5gWgWq5E6TqfYL3"
    "bQYZhVGfa7rpobhaPc9oVgyp2MKZFR-9BBbsr-ZtDGpjqEZlcKOqAOgujkR48HuiWPW6vkZkkD9925MGjerazGd9Q6GI8DmOTCqThrEYLkL581"
    "ihRgJOUvqPfpM_ZpRjasiUZiAT4-7cXVuJ1fEsRRiQZJ4A2oPTunZJJQDYW__C_BCj49ISGvxiSLoeJPJV9N8d3MbpeMdClvxFRt_rmrcb3i-e"
    "PawnqAwqPKQevOHRYCKGWVUnfIl_9Wx_mGAsnRmqirUA";
constexpr std::string_view es256_token =
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImVzMjU2LTEiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwic3ViIjo"
    "iNDIiLCJhdWQiOlsicmVjb3JkcyIsImJpbGxpbmciXSwiaWF0IjoxNzAwMDAwMDAwLCJuYmYiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMDMwM"
    "Cwicm9sZSI6ImRvY3RvciIsIndhcmQiOjcsImFjdGl2ZSI6dHJ1ZSwicmVhbG1fYWNjZXNzIjp7InJvbGVzIjpbInN0YWZmIiwiYWRtaW4iXX0"
    "sInRva2VuX3R5cGUiOiJhY2Nlc3MifQ.7oA_sSki2RTxxRiJ9z_CxFtpfIMed13bezdHvAX0HPk89SoUN3mpdCK4sZEug7Wi9FF9ULiGGxCyFl"
    "uR9VAw0Q";
constexpr std::string_view eddsa_token =
    "eyJhbGciOiJFZERTQSIsImtpZCI6ImVkZHNhLTEiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwic3ViIjo"
    "iNDIiLCJhdWQiOlsicmVjb3JkcyIsImJpbGxpbmciXSwiaWF0IjoxNzAwMDAwMDAwLCJuYmYiOjE3MDAwMDAwMDAsImV4cCI6MTcwMDAwMDMwM"
    "Cwicm9sZSI6ImRvY3RvciIsIndhcmQiOjcsImFjdGl2ZSI6dHJ1ZSwicmVhbG1fYWNjZXNzIjp7InJvbGVzIjpbInN0YWZmIiwiYWRtaW4iXX0"
    "sInRva2VuX3R5cGUiOiJhY2Nlc3MifQ.9SnRpcq0vpLmQPWI2G5rm28-kCTWDB3rhOhXyC8OEgeK0sQBQ4yCSkmRjX0JF3-6Rnvm-D9lurSQjT"
    "jbLx8HCA";
constexpr std::string_view public_keys =
    R"({"keys":[)"
    R"({"kty":"RSA","key_ops":["verify"],"n":"irRCAN7okgfTUOFE5ECe5pmWOfGbnYIPTv1o7tYTv3pv5o4zLGwTa_OhRwQq8Xs_1tJs9QY)"
    R"(v7OjP3Mo-JhcXyXN4-AKqEAZevio6RU0BpCNd-uJYm2pQN-JH73-E0R6XpS09BGeT1lIthC-yjr8N1TpWEAsgRObkbX_w7DQQmki0dRAWJ9q1b)"
    R"(-SWaG92V4ugKOwiOcNNM2Zm2z7XC3-AplWtkR6vv8L7nxsgFadH-A-Az4a4h9UHOdYHLIt6ckTsWz8aqf6-_xUJ_nesaNDvSnw13owMKXKt51y)"
    R"(GuMaStIJa5TSnxJLwHEeAK5A7opXTx04qeW3uwmwU08yAmEcWyQ","e":"AQAB","kid":"rs256-1"})"
    R"(,)"
    R"({"kty":"EC","crv":"P-256","x":"MD-pL-tEzexDVXYY6FdwIrYXgzQwk677pTOTqbyrA9Y","y":"hXDGhsCkbnsUKoLtewoIw4j6u1muG)"
    R"(abEGZwGDVq7VOo","kid":"es256-1"})"
    R"(,)"
    R"({"x":"V4vOL9e_WcZkFDzS4BJL90FJ6kRyUyGUxYuhrzD0kFE","kty":"OKP","crv":"Ed25519","kid":"eddsa-1"})"
    R"(]})";
constexpr std::string_view public_keys_in_pem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAirRCAN7okgfTUOFE5ECe\n"
    "5pmWOfGbnYIPTv1o7tYTv3pv5o4zLGwTa/OhRwQq8Xs/1tJs9QYv7OjP3Mo+JhcX\n"
    "yXN4+AKqEAZevio6RU0BpCNd+uJYm2pQN+JH73+E0R6XpS09BGeT1lIthC+yjr8N\n"
    "1TpWEAsgRObkbX/w7DQQmki0dRAWJ9q1b+SWaG92V4ugKOwiOcNNM2Zm2z7XC3+A\n"
    "plWtkR6vv8L7nxsgFadH+A+Az4a4h9UHOdYHLIt6ckTsWz8aqf6+/xUJ/nesaNDv\n"
    "Snw13owMKXKt51yGuMaStIJa5TSnxJLwHEeAK5A7opXTx04qeW3uwmwU08yAmEcW\n"
    "yQIDAQAB\n"
    "-----END PUBLIC KEY-----\n"
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMD+pL+tEzexDVXYY6FdwIrYXgzQw\n"
    "k677pTOTqbyrA9aFcMaGwKRuexQqgu17CgjDiPq7Wa4ZpsQZnAYNWrtU6g==\n"
    "-----END PUBLIC KEY-----\n"
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAV4vOL9e/WcZkFDzS4BJL90FJ6kRyUyGUxYuhrzD0kFE=\n"
    "-----END PUBLIC KEY-----\n";

void expect_42(std::string_view token, const KeySet& keys) {
    Expectations expected;
    expected.issuer = "https://issuer.example";
    expected.audiences = {"records"};
    expected.type = "JWT";
    expected.claims = {{path("/token_type"), "access"}};
    const auto claims = verify(token, keys, expected, now);
    ASSERT_TRUE(claims.has_value()) << name_of(claims.error());
    EXPECT_EQ(claims->text_at(path("/sub")), "42");
    EXPECT_EQ(claims->text_at(path("/ward")), "7");
    EXPECT_EQ(claims->text_at(path("/active")), "true");
    EXPECT_EQ(claims->text_at(path("/realm_access/roles/1")), "admin");
    EXPECT_EQ(claims->text_at(path("/realm_access/roles")), R"(["staff","admin"])");
    EXPECT_EQ(claims->text_at(path("/realm_access")), std::nullopt);
    EXPECT_EQ(claims->expires_at(), now + std::chrono::seconds(300));
}

TEST(KnownAnswer, PyJwtWithAJwkSet) {
    const KeySet keys = keys_of(public_keys);
    for (const std::string_view token : {rs256_token, es256_token, eddsa_token}) expect_42(token, keys);
    EXPECT_EQ(verdict(hs256_token, keys), "unknown_key");
}

TEST(KnownAnswer, PyJwtWithPublicKeysInPem) {
    const KeySet keys = keys_of(public_keys_in_pem);
    for (const std::string_view token : {rs256_token, es256_token, eddsa_token}) expect_42(token, keys);
    EXPECT_EQ(verdict(hs256_token, keys), "algorithm");
}

TEST(KnownAnswer, PyJwtWithASecret) {
    const KeySet keys = *KeySet::from_secret("a-shared-secret-of-forty-characters-here\n");
    expect_42(hs256_token, keys);
    for (const std::string_view token : {rs256_token, es256_token, eddsa_token}) EXPECT_EQ(verdict(token, keys), "algorithm");
}

}  // namespace
}  // namespace sidecache::jwt
