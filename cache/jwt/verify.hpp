// A token, judged: JSON Web Tokens (RFC 7519) in JWS compact serialization (RFC 7515 §7.1), as RFC 8725 advises.
#pragma once

#include "cache/http/date.hpp"
#include "cache/jwt/claims.hpp"
#include "cache/jwt/fault.hpp"
#include "cache/jwt/key_set.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::jwt {

struct ExpectedClaim {
    ClaimPath path;
    std::string text;  // as Claims::text_at says it
};

struct Expectations {
    std::size_t max_token_size = 8 * 1024;  // octets
    bool require_expiry = true;             // a token without "exp" would be good for ever
    std::chrono::seconds leeway{0};         // for clocks that differ (RFC 7519 §4.1.4, §4.1.5)
    std::optional<std::string> issuer{};    // "iss" must be it
    // "aud" must name one of these. With none given a token that has an "aud" is refused: it is meant for somebody, and not for
    // us (RFC 7519 §4.1.3). `any_audience` believes such tokens, and those without.
    std::vector<std::string> audiences{};
    bool any_audience = false;
    // "typ" must be it, "application/" left out or not, in any case (RFC 8725 §3.11): "at+jwt" tells access tokens (RFC 9068
    // §2.1).
    std::optional<std::string> type{};
    std::vector<ExpectedClaim> claims{};  // e.g. /token_type is access
};

// The first fault that is found; nothing of the claims is looked at before the signature is good. Thread-safe.
Result<Claims> verify(std::string_view token, const KeySet& keys, const Expectations& expected, http::SystemTime now);

}  // namespace sidecache::jwt
