// Tokens, judged briefly, for tests.
#pragma once

#include "cache/jwt/verify.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>

namespace sidecache::jwt {

inline void PrintTo(Fault fault, std::ostream* out) { *out << name_of(fault); }

constexpr http::SystemTime now{std::chrono::seconds(1'700'000'000)};

inline KeySet keys_of(std::string_view file) {
    auto keys = KeySet::parse(file);
    if (!keys) throw std::runtime_error(keys.error());
    return *keys;
}

inline ClaimPath path(std::string_view pointer) { return ClaimPath::parse(pointer).value(); }

// "good", or the name of the fault.
inline std::string verdict(std::string_view token, const KeySet& keys, const Expectations& expected = {},
                           http::SystemTime at = now) {
    const auto claims = verify(token, keys, expected, at);
    return claims ? "good" : std::string(name_of(claims.error()));
}

}  // namespace sidecache::jwt
