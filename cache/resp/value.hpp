// A reply in Redis' protocol, taken apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::resp {

struct Value {
    enum class Kind : std::uint8_t { nil, status, error, integer, text, array };

    Kind kind = Kind::nil;
    std::int64_t integer = 0;    // of Kind::integer
    std::string text{};          // of status, error and text
    std::vector<Value> items{};  // of Kind::array

    friend bool operator==(const Value&, const Value&) = default;

    bool is_nil() const noexcept { return kind == Kind::nil; }
    bool is_error() const noexcept { return kind == Kind::error; }
    bool is_text() const noexcept { return kind == Kind::text; }
    bool is_integer() const noexcept { return kind == Kind::integer; }
    bool is_array() const noexcept { return kind == Kind::array; }
    bool is_status(std::string_view word) const noexcept { return kind == Kind::status && text == word; }
    // The first word of an error, which says its kind: "NOSCRIPT", "MOVED", "OOM".
    std::string_view error_kind() const noexcept { return is_error() ? std::string_view(text).substr(0, text.find(' ')) : std::string_view(); }
};

}  // namespace sidecache::resp
