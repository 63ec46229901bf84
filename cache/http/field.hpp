// A header section as policy sees it: a span of name/value pairs, whatever wire it came from.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sidecache::http {

// Field names that some rule asks for, so that a rule compares a byte and not a text. Everything else is `other`.
enum class FieldName : std::uint8_t {
    other,
    accept,
    accept_encoding,
    accept_language,
    accept_ranges,
    age,
    allow,
    authorization,
    cache_control,
    cache_group_invalidation,
    cache_groups,
    cache_status,
    cache_tag,
    cdn_cache_control,
    connection,
    content_encoding,
    content_length,
    content_location,
    content_range,
    content_type,
    cookie,
    date,
    etag,
    expect,
    expires,
    forwarded,
    host,
    if_match,
    if_modified_since,
    if_none_match,
    if_range,
    if_unmodified_since,
    keep_alive,
    last_modified,
    location,
    max_forwards,
    origin,
    pragma,
    proxy_authenticate,
    proxy_authorization,
    proxy_connection,
    proxy_status,
    range,
    server_timing,
    set_cookie,
    sidecache_cache_control,
    surrogate_key,
    te,
    traceparent,
    trailer,
    transfer_encoding,
    upgrade,
    vary,
    via,
    warning,
    x_forwarded_for,
    x_forwarded_host,
    x_forwarded_proto,
    x_http_method,
    x_http_method_override,
    x_method_override,
    x_query_count,
    xkey,
    count_  // not a name: how many there are (must stay <= 64, see FieldSet)
};

struct Field {
    FieldName id = FieldName::other;
    std::string_view name;   // as received; compared case-insensitively (RFC 9110 §5.1)
    std::string_view value;  // without surrounding whitespace (RFC 9110 §5.5)
};

using HeaderView = std::span<const Field>;

// The names present in a header section, one bit each: most rules end after asking it.
class FieldSet {
public:
    constexpr FieldSet() = default;
    constexpr void insert(FieldName name) { bits_ |= bit(name); }
    constexpr bool has(FieldName name) const { return (bits_ & bit(name)) != 0; }
    constexpr bool has_any(FieldSet other) const { return (bits_ & other.bits_) != 0; }
    template <typename... Names>
    static constexpr FieldSet of(Names... names) {
        FieldSet set;
        (set.insert(names), ...);
        return set;
    }

private:
    static_assert(static_cast<unsigned>(FieldName::count_) <= 64);
    static constexpr std::uint64_t bit(FieldName name) { return std::uint64_t{1} << static_cast<unsigned>(name); }
    std::uint64_t bits_ = 0;
};

// By which some applications take a request for one of another method.
inline constexpr FieldSet method_overrides = FieldSet::of(FieldName::x_http_method, FieldName::x_http_method_override, FieldName::x_method_override);

// The id of a field name in any case; `other` if no rule asks for it.
FieldName field_name(std::string_view name) noexcept;

FieldSet names_of(HeaderView fields) noexcept;

// ASCII case-insensitive equality (RFC 9110 §5.1: field names; also used for directives and codings).
bool are_alike(std::string_view a, std::string_view b) noexcept;  // of one size
inline bool iequals(std::string_view a, std::string_view b) noexcept {
    // Most that are compared differ in their first octet, and by more than a letter's case does.
    constexpr int case_bit = 0x20;
    return a.size() == b.size() && (a.empty() || (((a.front() ^ b.front()) & ~case_bit) == 0 && are_alike(a, b)));
}

// The value of the only line of `name`; nullopt if there is none. Of several lines the first: a caller for whom
// several lines matter uses `count` or iterates.
std::optional<std::string_view> value_of(HeaderView fields, FieldName name) noexcept;

std::size_t count(HeaderView fields, FieldName name) noexcept;

}  // namespace sidecache::http
