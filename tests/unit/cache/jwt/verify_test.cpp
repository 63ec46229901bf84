// The form of a token, and its claims.
#include "cache/jwt/verify.hpp"

#include "tests/unit/cache/jwt/judging.hpp"
#include "tests/unit/cache/jwt/signing.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <set>

namespace sidecache::jwt {
namespace {

using std::chrono::seconds;

constexpr std::string_view claims = R"({"sub":"42","exp":1700000001})";

const KeySet& keys() {
    static const KeySet set = keys_of(secret_signer().jwk());
    return set;
}
std::string of_header(std::string_view header) { return verdict(secret_signer().token(header, claims), keys()); }
std::string of_claims(std::string_view text, const Expectations& expected = {}, http::SystemTime at = now) {
    return verdict(secret_signer().token(text), keys(), expected, at);
}
// Claims that are good but for what is asked.
std::string of_claim(std::string_view member, const Expectations& expected = {}) {
    return of_claims("{\"exp\":1700000001," + std::string(member) + "}", expected);
}

TEST(Token, ThatIsNoCompactSerializationIsMalformed) {
    const std::string token = secret_signer().token(claims);
    for (const std::string& other : {std::string(), std::string("."), std::string(".."), std::string("..."),
                                     token.substr(0, token.rfind('.')), token + ".", token + ".x", "." + token, token + "=",
                                     " " + token, token + " ", token + "\n", R"({"payload":"","signatures":[]})" + std::string()})
        EXPECT_EQ(verdict(other, keys()), "malformed") << other;
    // RFC 7516 §7.1: encrypted tokens have five parts.
    EXPECT_EQ(verdict(token + ".x.y", keys()), "malformed");
}

TEST(Token, OverTheLimitIsTooLarge) {
    const std::string token = secret_signer().token(claims);
    EXPECT_EQ(verdict(token, keys(), {.max_token_size = token.size()}), "good");
    EXPECT_EQ(verdict(token, keys(), {.max_token_size = token.size() - 1}), "too_large");
    EXPECT_EQ(verdict(std::string(8 * 1024 + 1, 'a'), keys()), "too_large");
    EXPECT_EQ(verdict(std::string(8 * 1024, 'a'), keys()), "malformed");
}

TEST(Header, IsStrictJson) {
    EXPECT_EQ(of_header(R"( {"alg" : "HS256", "typ":"JWT", "other":[1]} )"), "good");
    for (const std::string_view header :
         {"", "[]", "\"HS256\"", "{}", R"({"alg":1})", R"({"alg":["HS256"]})", R"({"alg":null})", R"({"alg":"HS256"}x)",
          R"({"alg":"HS256")", R"({"alg":"HS256","alg":"HS256"})", R"({"alg":"none","alg":"HS256"})",
          R"({"alg":"HS256","\u0061lg":"none"})", R"({"alg":"HS256","x":{"a":1,"a":1}})", R"({"alg":"HS256","typ":1})",
          R"({"alg":"HS256","kid":null})", "{\"alg\":\"HS256\xff\"}"})
        EXPECT_EQ(of_header(header), "malformed") << header;
    EXPECT_EQ(of_header(R"({"Alg":"HS256"})"), "malformed");
    EXPECT_EQ(of_header("{\"alg\":\"HS256\",\"x\":" + std::string(1000, '[') + std::string(1000, ']') + "}"), "malformed");
}

// RFC 7515 §4.1.11, RFC 7797 §3, RFC 7516 §4.1, RFC 7519 §5.2
TEST(Header, WithAnExtensionIsUnsupported) {
    for (const std::string_view more : {R"("crit":["b64"],"b64":false)", R"("crit":["exp"],"exp":1)", R"("crit":[])",
                                        R"("crit":null)", R"("b64":true)", R"("b64":false)", R"("zip":"DEF")",
                                        R"("enc":"A128GCM")", R"("cty":"JWT")", R"("cty":"jwt")", R"("cty":"application/jwt")"})
        EXPECT_EQ(of_header("{\"alg\":\"HS256\"," + std::string(more) + "}"), "unsupported") << more;
    EXPECT_EQ(of_header(R"({"alg":"HS256","cty":"json"})"), "good");
}

TEST(Payload, IsAStrictJsonObject) {
    for (const std::string_view payload : {"", "[]", "null", "1", "x", R"({"exp":1700000001)", R"({"exp":1700000001}})",
                                           R"({"exp":1700000001,"exp":1800000000})", R"({"exp":1700000001,"a":{"b":1,"b":2}})"})
        EXPECT_EQ(of_claims(payload), "malformed") << payload;
    const std::string text = base64url(R"({"alg":"HS256"})") + ".!";
    EXPECT_EQ(verdict(text + "." + base64url(secret_signer().signature_of(text)), keys()), "malformed");
}

TEST(Payload, IsNotLookedAtBeforeTheSignatureIsGood) {
    const std::string text = base64url(R"({"alg":"HS256"})") + ".!";
    EXPECT_EQ(verdict(text + "." + base64url(std::string(32, 'x')), keys()), "signature");
    const std::string expired = secret_signer().token(R"({"exp":1})");
    EXPECT_EQ(verdict(expired.substr(0, expired.rfind('.') + 1) + base64url(std::string(32, 'x')), keys()), "signature");
}

// RFC 7519 §4.1.4: "on or after which" it is not accepted.
TEST(Expiry, IsTheFirstSecondThatIsRefused) {
    EXPECT_EQ(of_claims(R"({"exp":1700000001})"), "good");
    EXPECT_EQ(of_claims(R"({"exp":1700000000})"), "expired");
    EXPECT_EQ(of_claims(R"({"exp":1699999999})"), "expired");
    EXPECT_EQ(of_claims(R"({"exp":0})"), "expired");
    EXPECT_EQ(of_claims(R"({"exp":-1})"), "expired");
}

TEST(Expiry, IsToldWithoutTheLeeway) {
    const Expectations expected{.leeway = seconds(30)};
    const auto good = verify(secret_signer().token(R"({"exp":1699999971})"), keys(), expected, now);
    ASSERT_TRUE(good.has_value());
    EXPECT_EQ(good->expires_at(), now - seconds(29));
    EXPECT_EQ(of_claims(R"({"exp":1699999970})", expected), "expired");
}

TEST(Expiry, IsRequiredUnlessSaidOtherwise) {
    EXPECT_EQ(of_claims(R"({"sub":"42"})"), "without_expiry");
    const auto endless = verify(secret_signer().token(R"({"sub":"42"})"), keys(), {.require_expiry = false}, now);
    ASSERT_TRUE(endless.has_value());
    EXPECT_EQ(endless->expires_at(), std::nullopt);
    EXPECT_EQ(of_claims(R"({"exp":1700000000})", {.require_expiry = false}), "expired");
}

// RFC 7519 §4.1.5: "before which" it is not accepted.
TEST(NotBefore, IsTheFirstSecondThatIsAccepted) {
    EXPECT_EQ(of_claim(R"("nbf":1700000000)"), "good");
    EXPECT_EQ(of_claim(R"("nbf":1700000001)"), "not_yet_valid");
    EXPECT_EQ(of_claim(R"("nbf":1700000030)", {.leeway = seconds(30)}), "good");
    EXPECT_EQ(of_claim(R"("nbf":1700000031)", {.leeway = seconds(30)}), "not_yet_valid");
}

// RFC 7519 §2: a NumericDate may have a fraction, and is rounded to the safe side.
TEST(NumericDate, MayBeAnyNumber) {
    EXPECT_EQ(of_claims(R"({"exp":1700000001.0})"), "good");
    EXPECT_EQ(of_claims(R"({"exp":1700000000.9})"), "expired");
    EXPECT_EQ(of_claims(R"({"exp":1.700000001e9})"), "good");
    EXPECT_EQ(of_claim(R"("nbf":1700000000.1)"), "not_yet_valid");
    EXPECT_EQ(of_claim(R"("nbf":1699999999.1)"), "good");
    for (const std::string_view far :
         {"18446744073709551615", "9223372036854775807", "1e300", "99999999999999999999999"}) {
        EXPECT_EQ(of_claims("{\"exp\":" + std::string(far) + "}", {.leeway = seconds(3600)}), "good") << far;
        EXPECT_EQ(of_claim("\"nbf\":" + std::string(far)), "not_yet_valid") << far;
        EXPECT_EQ(of_claims("{\"exp\":-" + std::string(far) + "}"), "expired") << far;
        EXPECT_EQ(of_claim("\"nbf\":-" + std::string(far)), "good") << far;
    }
}

TEST(NumericDate, OfAnotherKindIsMalformed) {
    for (const std::string_view value : {"\"1700000001\"", "null", "true", "[1700000001]", "{}"}) {
        EXPECT_EQ(of_claims("{\"exp\":" + std::string(value) + "}"), "malformed") << value;
        EXPECT_EQ(of_claim("\"nbf\":" + std::string(value)), "malformed") << value;
    }
}

// RFC 7519 §4.1.1
TEST(Issuer, IsTheOneThatIsExpected) {
    Expectations expected;
    expected.issuer = "https://issuer.example";
    EXPECT_EQ(of_claim(R"("iss":"https://issuer.example")", expected), "good");
    for (const std::string_view claim : {R"("iss":"https://Issuer.example")", R"("iss":"https://issuer.example/")", R"("iss":"")",
                                         R"("iss":1)", R"("iss":["https://issuer.example"])", R"("iss":null)", R"("sub":"1")"})
        EXPECT_EQ(of_claim(claim, expected), "wrong_issuer") << claim;
    EXPECT_EQ(of_claim(R"("iss":"anybody")"), "good");
}

// RFC 7519 §4.1.3
TEST(Audience, NamesUs) {
    Expectations expected;
    expected.audiences = {"records", "archive"};
    for (const std::string_view claim : {R"("aud":"records")", R"("aud":"archive")", R"("aud":["billing","records"])"})
        EXPECT_EQ(of_claim(claim, expected), "good") << claim;
    for (const std::string_view claim :
         {R"("aud":"billing")", R"("aud":"Records")", R"("aud":"")", R"("aud":[])", R"("aud":["billing"])", R"("sub":"1")"})
        EXPECT_EQ(of_claim(claim, expected), "wrong_audience") << claim;
    for (const std::string_view claim : {R"("aud":1)", R"("aud":null)", R"("aud":{"records":1})", R"("aud":["records",1])"})
        EXPECT_EQ(of_claim(claim, expected), "malformed") << claim;
}

// RFC 7519 §4.1.3: who does not find himself named must refuse.
TEST(Audience, IsRefusedWhereNoneIsExpectedUnlessSaidOtherwise) {
    EXPECT_EQ(of_claim(R"("sub":"1")"), "good");
    EXPECT_EQ(of_claim(R"("aud":"billing")"), "wrong_audience");
    EXPECT_EQ(of_claim(R"("aud":"billing")", {.any_audience = true}), "good");
    EXPECT_EQ(of_claim(R"("sub":"1")", {.any_audience = true}), "good");
}

// RFC 8725 §3.11, RFC 7515 §4.1.9
TEST(Type, IsTheOneThatIsExpected) {
    Expectations expected;
    expected.type = "at+jwt";
    const auto of_type = [&](std::string_view member) {
        return verdict(secret_signer().token("{\"alg\":\"HS256\"" + std::string(member) + "}", claims), keys(), expected);
    };
    for (const std::string_view member : {R"(,"typ":"at+jwt")", R"(,"typ":"AT+JWT")", R"(,"typ":"application/at+jwt")"})
        EXPECT_EQ(of_type(member), "good") << member;
    for (const std::string_view member :
         {"", R"(,"typ":"JWT")", R"(,"typ":"")", R"(,"typ":"text/at+jwt")", R"(,"typ":"application/")"})
        EXPECT_EQ(of_type(member), "wrong_type") << member;
    expected.type = "application/at+jwt";
    EXPECT_EQ(of_type(R"(,"typ":"at+jwt")"), "good");
}

// A refresh token is signed by the same key as an access token.
TEST(ExpectedClaim, SaysWhatIsExpected) {
    Expectations expected;
    expected.claims = {{path("/token_type"), "access"}, {path("/realm/tenant"), "7"}};
    EXPECT_EQ(of_claim(R"("token_type":"access","realm":{"tenant":7})", expected), "good");
    EXPECT_EQ(of_claim(R"("token_type":"access","realm":{"tenant":"7"})", expected), "good");
    EXPECT_EQ(of_claim(R"("token_type":"refresh","realm":{"tenant":7})", expected), "wrong_claim");
    EXPECT_EQ(of_claim(R"("token_type":"access","realm":{"tenant":8})", expected), "wrong_claim");
    EXPECT_EQ(of_claim(R"("token_type":"access")", expected), "wrong_claim");
    EXPECT_EQ(of_claim(R"("realm":{"tenant":7})", expected), "wrong_claim");
}

TEST(Fault, HasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (auto fault = Fault::malformed; fault <= Fault::wrong_claim; fault = Fault(static_cast<int>(fault) + 1))
        names.insert(name_of(fault));
    EXPECT_EQ(names.size(), static_cast<std::size_t>(Fault::wrong_claim) + 1);
    EXPECT_FALSE(names.contains(""));
}

}  // namespace
}  // namespace sidecache::jwt
