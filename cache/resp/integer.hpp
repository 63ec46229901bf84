// Decimal numbers as Redis reads them: all of the text, no sign but '-', no leading zero, no "-0".
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sidecache::resp {

inline std::optional<std::int64_t> integer_of(std::string_view text) noexcept {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    if ((text.size() > 1 && text.starts_with('0')) || text.starts_with("-0")) return std::nullopt;
    return number;
}

}  // namespace sidecache::resp
