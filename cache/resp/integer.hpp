// Decimal numbers as Redis reads them: all of the text, no sign but '-', no leading zero, no "-0".
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sidecache::resp {

inline std::optional<std::int64_t> integer_of(std::string_view text) noexcept {
    constexpr std::size_t fewer_than_may_overflow = 18;  // digits
    const bool is_negative = text.starts_with('-');
    const std::string_view digits = text.substr(is_negative ? 1 : 0);
    if (digits.empty() || (digits.front() == '0' && text.size() > 1)) return std::nullopt;
    std::int64_t number = 0;
    if (digits.size() > fewer_than_may_overflow) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
    }
    for (const char c : digits) {
        const auto digit = static_cast<unsigned char>(c - '0');
        if (digit > 9) return std::nullopt;
        number = number * 10 + digit;
    }
    return is_negative ? -number : number;
}

}  // namespace sidecache::resp
