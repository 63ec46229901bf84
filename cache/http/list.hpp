// Lists and parameters in field values (RFC 9110 §5.6.1, §5.6.6).
#pragma once

#include "cache/http/field.hpp"

#include <optional>
#include <string_view>

namespace sidecache::http {

// Takes the next member of a comma-separated list off the front of `rest`; commas inside quoted strings do not
// separate. Empty members are skipped. nullopt at the end.
std::optional<std::string_view> next_member(std::string_view& rest) noexcept;

// One `name[=value]` of a directive list. `value` is without quotes; `quoted` tells that it had them;
// quoted-pairs stay as they are.
struct Directive {
    std::string_view name;
    std::string_view value;
    bool has_value = false;
    bool quoted = false;
    bool is_malformed = false;  // unterminated quote, garbage after the value, empty name
};
Directive parse_directive(std::string_view member) noexcept;

// Is `token` a member of any line of the field, compared case-insensitively? (Connection, TE, Vary ...)
bool has_token(HeaderView fields, FieldName name, std::string_view token) noexcept;

std::string_view trim(std::string_view text) noexcept;  // OWS: SP and HTAB only
bool is_token(std::string_view text) noexcept;          // RFC 9110 §5.6.2

}  // namespace sidecache::http
