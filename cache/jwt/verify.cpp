#include "cache/jwt/verify.hpp"

#include "cache/jwt/base64url.hpp"
#include "cache/jwt/header.hpp"
#include "cache/json/strict.hpp"
#include "cache/jwt/judge.hpp"
#include "cache/jwt/signature.hpp"

#include <boost/json/value.hpp>

#include <algorithm>

namespace sidecache::jwt {
namespace {

// RFC 7515 §7.1; views into the token.
struct Parts {
    std::string_view header;
    std::string_view payload;
    std::string_view signature;
    std::string_view signed_text;
};

std::optional<Parts> split(std::string_view token) {
    const std::size_t first = token.find('.');
    if (first == std::string_view::npos) return std::nullopt;
    const std::size_t second = token.find('.', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1),
                 token.substr(0, second)};
}

// The keys that the token may mean: those with its "kid", else those without one; all, if it has none (RFC 7515 §4.1.4).
bool may_mean(const Header& header, const Key& key, bool is_id_known) {
    return !header.key_id || (is_id_known ? key.id == header.key_id : !key.id);
}

std::optional<Fault> assess_signature(const Header& header, const KeySet& keys, std::string_view signed_text,
                                      std::string_view signature) {
    const bool is_id_known = std::ranges::any_of(keys.keys(), [&](const Key& key) { return key.id && key.id == header.key_id; });
    Fault fault = Fault::unknown_key;
    for (const Key& key : keys.keys()) {
        if (!may_mean(header, key, is_id_known)) continue;
        // RFC 8725 §3.1: a key verifies one algorithm, whatever the token says.
        if (key.algorithm != header.algorithm) {
            if (fault == Fault::unknown_key) fault = Fault::algorithm;
            continue;
        }
        if (verifies(key, signed_text, signature)) return std::nullopt;
        fault = Fault::signature;
    }
    return fault;
}

}  // namespace

Result<Claims> verify(std::string_view token, const KeySet& keys, const Expectations& expected, http::SystemTime now) {
    if (token.size() > expected.max_token_size) return Fault::too_large;
    const auto parts = split(token);
    if (!parts) return Fault::malformed;
    const auto header = read_header(parts->header);
    if (!header) return header.error();
    const auto signature = decode_base64url(parts->signature);
    if (!signature) return Fault::malformed;
    if (const auto fault = assess_signature(*header, keys, parts->signed_text, *signature)) return *fault;

    const auto payload = decode_base64url(parts->payload);
    if (!payload) return Fault::malformed;
    auto claims = strict_json::parse_object(*payload);
    if (!claims) return Fault::malformed;
    return judge(*std::move(claims), *header, expected, now);
}

}  // namespace sidecache::jwt
