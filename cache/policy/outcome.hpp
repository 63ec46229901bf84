// What became of one exchange, in the words of RFC 9211: made once, read by Cache-Status, metrics and the access log.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sidecache::policy {

// RFC 9211 §2.2: why a request went forward.
enum class Forward : std::uint8_t { none, bypass, method, uri_miss, vary_miss, miss, request, stale, partial };
std::string_view name_of(Forward forward) noexcept;  // "uri-miss"; "" for none

// One label of the metrics: how the exchange was answered.
enum class Served : std::uint8_t {
    hit,          // from a stored response, fresh
    hit_stale,    // from a stored response past its freshness, as the rules allow
    revalidated,  // the origin confirmed the stored response
    collapsed,    // shared another request's fill
    miss,         // fetched for this request
    pass,         // forwarded without the cache (bypass, unsafe method)
    error,        // answered by the proxy itself: origin unreachable, bad request
    own,          // the same, of what was asked of it (PURGE, Max-Forwards: 0)
};
inline constexpr int served_count = 8;
std::string_view name_of(Served served) noexcept;

struct Outcome {
    Served served = Served::error;
    Forward forward = Forward::none;
    int forward_status = 0;             // §2.3; 0: none
    bool stored = false;                // §2.5
    bool collapsed = false;             // §2.6
    bool waited_in_vain = false;        // §2.6: for another request's answer, which was of no use to this one
    std::optional<std::chrono::seconds> ttl{};  // §2.4: freshness left, negative when stale
    std::string_view detail{};          // §2.8; a static text in token form, empty: none
};

// Appends "sidecache; hit; ttl=48" and so on: the value of our member of Cache-Status, no allocation if `out` has room for
// `cache_status_max` more characters.
inline constexpr std::size_t cache_status_max = 160;
std::size_t write_cache_status(char* out, const Outcome& outcome) noexcept;  // characters written, <= cache_status_max

}  // namespace sidecache::policy
