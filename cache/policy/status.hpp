// What status codes mean to a cache.
#pragma once

#include <algorithm>
#include <initializer_list>

namespace sidecache::policy {

constexpr bool is_one_of(int status, std::initializer_list<int> codes) noexcept {
    return std::ranges::find(codes, status) != codes.end();
}

// RFC 9110 §15.1: may be stored and given a heuristic lifetime without a word of the origin.
constexpr bool is_heuristically_cacheable(int status) noexcept {
    return is_one_of(status, {200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501});
}

// Never stored: what is not final (RFC 9111 §3), what only completes another response (206, 304), and what RFC 6585 §3-§6
// says must not be.
constexpr bool is_never_stored(int status) noexcept {
    return status < 200 || status > 599 || is_one_of(status, {206, 304, 428, 429, 431, 511});
}

// RFC 5861 §4: what stale-if-error may answer for.
constexpr bool is_origin_failure(int status) noexcept { return is_one_of(status, {500, 502, 503, 504}); }

// RFC 9110 §15.5, RFC 6585: it was this request that could not be answered, another one of the same URI may be.
constexpr bool is_fault_of_request(int status) noexcept {
    return is_one_of(status, {400, 406, 408, 411, 412, 413, 415, 416, 417, 421, 422, 425, 426, 428, 429, 431});
}

// RFC 9110 §15.5.2, §15.5.4: it was this credential, or its absence, that did not suffice.
constexpr bool is_refusal(int status) noexcept { return is_one_of(status, {401, 403}); }

// RFC 9111 §5.2.2.3: the status codes of RFC 9110 §15 whose caching requirements this cache knows and meets.
constexpr bool is_understood(int status) noexcept {
    return is_one_of(status, {200, 201, 202, 203, 204, 205, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404,
                              405, 406, 409, 410, 411, 412, 413, 414, 415, 422, 500, 501, 502, 503, 504});
}

}  // namespace sidecache::policy
