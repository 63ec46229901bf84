// Character classes of ASCII: the locale has no say in HTTP.
#pragma once

#include <array>
#include <string_view>

namespace sidecache::http {

constexpr char to_lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) noexcept { return to_lower(c) >= 'a' && to_lower(c) <= 'z'; }

// -1 if `c` is no hexadecimal digit.
constexpr int hex_value(char c) noexcept {
    if (is_digit(c)) return c - '0';
    const char lower = to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// RFC 9110 §5.6.2, as a table: every octet of a head's names is asked for.
inline constexpr std::array<bool, 256> token_chars = [] {
    std::array<bool, 256> is_token{};
    for (unsigned c = 0; c < is_token.size(); ++c) is_token[c] = is_alpha(static_cast<char>(c)) || is_digit(static_cast<char>(c));
    for (const unsigned char c : std::string_view("!#$%&'*+-.^_`|~")) is_token[c] = true;
    return is_token;
}();
constexpr bool is_token_char(char c) noexcept { return token_chars[static_cast<unsigned char>(c)]; }

// RFC 3986 §2.3
constexpr bool is_unreserved(char c) noexcept {
    return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

}  // namespace sidecache::http
