// Named cookies of a request (RFC 6265 §4.2), read so that no application finds one where this does not.
#pragma once

#include "cache/http/field.hpp"

#include <string_view>

namespace sidecache::principals {

struct FoundCookie {
    enum class Kind : unsigned char {
        absent,
        found,
        unclear,  // twice, or its name stands where other parsers might find it: escaped, in another case, inside of something
    } kind = Kind::absent;
    std::string_view value{};
};

FoundCookie find_cookie(http::HeaderView fields, std::string_view name) noexcept;

}  // namespace sidecache::principals
