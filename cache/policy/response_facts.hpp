// What a stored response's header fields say, parsed once when it is stored (RFC 9111 §3, §4.2).
#pragma once

#include "cache/http/cache_control.hpp"
#include "cache/http/date.hpp"
#include "cache/http/message.hpp"
#include "cache/policy/rules.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sidecache::policy {

using std::chrono::seconds;
using Time = std::chrono::system_clock::time_point;

enum class LifetimeSource : std::uint8_t { none, route, s_maxage, max_age, expires, heuristic };
std::string_view name_of(LifetimeSource source) noexcept;

// For whom it would be stored.
enum class Audience : std::uint8_t {
    everybody,  // a shared cache
    principal,  // the partition of one principal, or of one role: a private cache (RFC 9111 §5.2.2.7, §3.5 speak of shared ones)
    credential,  // the partition of one opaque credential: a private cache that nobody else reads
};

// Ordered by size: each stored response has one, without gaps.
struct ResponseFacts {
    Time response_time;                // when the head came
    http::SystemTime date;             // Date (RFC 9110 §6.6.1), or when it came: in seconds, since years that a Time does not reach may stand there
    std::optional<http::SystemTime> last_modified;
    seconds lifetime{0};               // §4.2.1, or the route's
    seconds corrected_initial_age{0};  // §4.2.3
    seconds age_value{0};              // the Age that the origin sent
    seconds while_revalidate{0};       // RFC 5861 §3, the response's own or the route's
    seconds if_error{0};               // RFC 5861 §4
    seconds keep{0};                   // past freshness and both of these, the route's
    int status = 0;
    LifetimeSource source = LifetimeSource::none;
    bool had_age = false;              // the origin sent Age: it is a cache, or has one before it
    bool is_shared = false;            // public, or an s-maxage above 0: the origin says that it serves everybody (§5.2.2.9, §5.2.2.10); no refusal by principal does
    bool always_validate = false;      // no-cache (§5.2.2.4)
    bool never_stale = false;          // must-revalidate, proxy-revalidate, s-maxage (§4.2.4)
    bool has_strong_etag = false;
    bool has_etag = false;
    bool has_last_modified = false;
    bool last_modified_is_strong = false;  // at least 2 s before Date (RFC 9110 §8.8.2.2 as CONSISTENCY 1.1 asks)
};

// In the partition of a principal, what is not for everybody is judged by the rules of private caches.
ResponseFacts assess_response(const http::ResponseView& response, const Rules& rules, Time request_time, Time response_time, Audience audience = Audience::everybody);

// §4.2.3: how long it has been here; a clock set back makes nothing younger.
inline seconds resident_time(const ResponseFacts& facts, Time now) noexcept {
    return std::max(std::chrono::duration_cast<seconds>(now - facts.response_time), seconds{0});
}
// §4.2.3: current_age = corrected_initial_age + resident_time; never negative.
seconds current_age(const ResponseFacts& facts, Time now) noexcept;

// Until when it may answer, or the origin be asked about it.
Time kept_until(const ResponseFacts& facts) noexcept;

}  // namespace sidecache::policy
