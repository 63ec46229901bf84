// Cache-Control, parsed once into numbers (RFC 9111 §5.2).
#pragma once

#include "cache/http/field.hpp"

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

namespace sidecache::http {

using Seconds = std::chrono::seconds;

// Overflowing delta-seconds count as this (RFC 9111 §1.2.2).
inline constexpr Seconds max_delta_seconds{2147483648};

struct RequestCacheControl {
    bool no_cache = false;                // §5.2.1.4
    bool no_store = false;                // §5.2.1.5
    bool only_if_cached = false;          // §5.2.1.7
    bool no_transform = false;            // §5.2.1.6
    std::optional<Seconds> max_age;       // §5.2.1.1
    std::optional<Seconds> max_stale;     // §5.2.1.2; without a value: max_delta_seconds
    std::optional<Seconds> min_fresh;     // §5.2.1.3
    std::optional<Seconds> stale_if_error;  // RFC 5861 §4
};

struct ResponseCacheControl {
    bool no_store = false;                // §5.2.2.5
    bool no_cache = false;                // §5.2.2.4: validate before each reuse
    bool is_private = false;              // §5.2.2.7
    // Of the same two with field names, where these can be left out of what is stored. Else they count as without (a cache may).
    std::vector<std::string_view> no_cache_fields{}, private_fields{};
    bool is_public = false;               // §5.2.2.9
    bool must_revalidate = false;         // §5.2.2.2
    bool proxy_revalidate = false;        // §5.2.2.8
    bool must_understand = false;         // §5.2.2.3
    bool no_transform = false;            // §5.2.2.6
    bool is_targeted = false;             // RFC 9213: from a targeted field, so that Expires says nothing either
    // Invalid or duplicate-with-different-values freshness counts as stale: Seconds{0} (§4.2.1).
    std::optional<Seconds> max_age;       // §5.2.2.1
    std::optional<Seconds> s_maxage;      // §5.2.2.10
    std::optional<Seconds> stale_while_revalidate;  // RFC 5861 §3
    std::optional<Seconds> stale_if_error;          // RFC 5861 §4
};

// All lines of Cache-Control; for a request without any, Pragma: no-cache counts as no-cache (RFC 9111 §5.4).
RequestCacheControl parse_request_cache_control(HeaderView fields);

// Of a response, Sidecache-Cache-Control or else CDN-Cache-Control stands for Cache-Control where it is present and valid (RFC 9213 §2.2).
ResponseCacheControl parse_response_cache_control(HeaderView fields);

// delta-seconds (RFC 9111 §1.2.2): digits only; too large a number is max_delta_seconds; else nullopt.
std::optional<Seconds> parse_delta_seconds(std::string_view text) noexcept;

}  // namespace sidecache::http
