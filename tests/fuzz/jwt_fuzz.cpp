// Feeds arbitrary octets to everything that reads keys and tokens: as a file of keys, a token, an Authorization field, and as the
// header and the claims of a token that is signed as it should be. Whatever is accepted must keep its invariants.
#include "cache/jwt/base64url.hpp"
#include "cache/jwt/bearer.hpp"
#include "cache/json/strict.hpp"
#include "cache/jwt/verify.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

namespace sidecache::jwt {
namespace {

void require(bool condition, const char* what) {
    if (condition) return;
    std::fprintf(stderr, "broken invariant: %s\n", what);
    std::abort();
}

constexpr http::SystemTime now{std::chrono::seconds(1'700'000'000)};
constexpr std::string_view secret = "a secret of the fuzzer's own, long enough";

std::string base64url(std::string_view text) {
    std::string encoded((text.size() + 2) / 3 * 4 + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    encoded.resize(static_cast<std::size_t>(size));
    std::ranges::replace(encoded, '+', '-');
    std::ranges::replace(encoded, '/', '_');
    while (encoded.ends_with('=')) encoded.pop_back();
    return encoded;
}

std::string signed_token(std::string_view header, std::string_view claims) {
    const std::string text = base64url(header) + "." + base64url(claims);
    char mac[32];
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), reinterpret_cast<unsigned char*>(mac), nullptr);
    return text + "." + base64url({mac, sizeof mac});
}

const KeySet& shared_secret() {
    static const KeySet keys = *KeySet::from_secret(secret);
    return keys;
}

// A key of each algorithm; what is made of random octets is signed by none of them.
const KeySet& strangers() {
    static const KeySet keys = *KeySet::parse(
        R"({"keys":[{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"},)"
        R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4)"
        R"(QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R)"
        R"(2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"},)"
        R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},)"
        R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})");
    return keys;
}

void check_keys(std::string_view file) {
    const auto keys = KeySet::parse(file);
    const auto as_secret = KeySet::from_secret(file);
    require(!keys || !as_secret, "no file is both keys and a secret");
    require(keys || !keys.error().empty(), "a refusal says why");
    require(as_secret || !as_secret.error().empty(), "a refusal says why");
    if (as_secret)
        require(as_secret->keys().size() == 1 && as_secret->keys()[0].algorithm == Algorithm::hs256, "a secret is for HS256");
    if (!keys) return;
    require(!keys->keys().empty() && keys->keys().size() <= max_keys, "some keys, no more than the limit");
    for (const Key& key : keys->keys()) {
        require((key.algorithm == Algorithm::hs256) == !key.public_key, "a secret is for HS256, a public key is not");
        require(key.public_key ? key.secret.empty() : key.secret.size() >= min_secret_size, "a secret is long enough");
    }
}

void check_encoding(std::string_view text) {
    if (const auto octets = decode_base64url(text)) require(base64url(*octets) == text, "one text for the same octets");
    if (const auto token = bearer_token(text)) {
        require(!token->empty() && text.ends_with(*token), "the token is the end of the field");
        require(token->find_first_of(" \t,\"") == std::string_view::npos, "the token is one word");
    }
    if (const auto object = strict_json::parse_object(text))
        require(strict_json::parse_object(boost::json::serialize(*object)).has_value(), "JSON is written as JSON");
}

// `header`, `claims` and `pointer` stand in lines.
void check_claims(std::string_view text) {
    const std::size_t first = std::min(text.find('\n'), text.size());
    const std::string_view header = text.substr(0, first);
    std::string_view rest = text.substr(std::min(first + 1, text.size()));
    const std::size_t second = std::min(rest.find('\n'), rest.size());
    const std::string_view claims = rest.substr(0, second);
    const auto path = ClaimPath::parse(rest.substr(std::min(second + 1, rest.size())));

    Expectations expected;
    expected.require_expiry = false;
    expected.any_audience = true;
    for (const std::string& token : {signed_token(R"({"alg":"HS256"})", text), signed_token(header, claims)}) {
        const auto result = verify(token, shared_secret(), expected, now);
        require(verify(token, strangers(), expected, now).has_error(), "who did not sign it is not believed");
        if (!result) {
            require(!name_of(result.error()).empty(), "a fault has a name");
            continue;
        }
        if (const auto end = result->expires_at()) {
            require(*end > now, "what has expired is not good");
            require(verify(token, shared_secret(), expected, *end).has_error(), "nor will it be good at its end");
        }
        if (path) static_cast<void>(result->text_at(*path));
    }
}

}  // namespace
}  // namespace sidecache::jwt

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace sidecache::jwt;
    // In a block of its own size, so that reading past the end is seen.
    const std::string copy(reinterpret_cast<const char*>(data), size);
    check_keys(copy);
    check_encoding(copy);
    check_claims(copy);
    require(verify(copy, strangers(), {}, now).has_error(), "nobody signed it");
    return 0;
}
