// The JOSE header of a token (RFC 7515 §4): the little of it that is believed before the signature.
#pragma once

#include "cache/jwt/algorithm.hpp"
#include "cache/jwt/fault.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sidecache::jwt {

struct Header {
    Algorithm algorithm;
    std::optional<std::string> key_id;  // "kid"
    std::optional<std::string> type;    // "typ"
};

// Of the token's first part. Keys that a token brings along or points to (jwk, jku, x5c, x5u) are not looked at (RFC 8725 §3.10).
Result<Header> read_header(std::string_view part);

}  // namespace sidecache::jwt
