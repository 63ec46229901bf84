#include "cache/jwt/bearer.hpp"

#include "cache/http/ascii.hpp"
#include "cache/http/field.hpp"

#include <algorithm>

namespace sidecache::jwt {
namespace {

bool is_token68_char(char c) noexcept { return http::is_unreserved(c) || c == '+' || c == '/'; }

}  // namespace

std::optional<std::string_view> bearer_token(std::string_view authorization) noexcept {
    constexpr std::string_view scheme = "Bearer";
    // RFC 9110 §11.1: the case of a scheme does not matter; §11.4: one or more spaces follow it.
    if (!http::iequals(authorization.substr(0, scheme.size()), scheme)) return std::nullopt;
    const std::size_t start = authorization.find_first_not_of(' ', scheme.size());
    if (start == std::string_view::npos || start == scheme.size()) return std::nullopt;
    const std::string_view token = authorization.substr(start);
    const auto padding = std::ranges::find_if_not(token, is_token68_char);
    if (padding == token.begin() || !std::all_of(padding, token.end(), [](char c) { return c == '='; })) return std::nullopt;
    return token;
}

}  // namespace sidecache::jwt
