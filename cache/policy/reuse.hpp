// May this stored response be reused for this request? (RFC 9111 §4)
#pragma once

#include "cache/policy/outcome.hpp"
#include "cache/policy/request_facts.hpp"
#include "cache/policy/response_facts.hpp"

#include <cstdint>
#include <optional>

namespace sidecache::policy {

enum class Reuse : std::uint8_t {
    fresh,                   // reuse as it is
    stale,                   // reuse past freshness (max-stale)
    stale_while_revalidate,  // reuse now, refresh in the background (RFC 5861 §3)
    validate,                // ask the origin first (§4.3)
    bypass,                  // the request cannot be answered from a store (If-Match)
    unsatisfiable,           // only-if-cached and nothing reusable: 504 (§5.2.1.7)
};

// Which rule decided so.
enum class ReuseRule : std::uint8_t {
    precondition,       // If-Match, If-Unmodified-Since
    untrusted,          // consistency: a write, a reload or the end of this process
    request_no_cache,   // §5.2.1.4
    response_no_cache,  // §5.2.2.4
    request_max_age,    // §5.2.1.1
    request_min_fresh,  // §5.2.1.3
    fresh,              // §4.2
    never_stale,        // §4.2.4
    max_stale,          // §5.2.1.2
    while_revalidate,   // RFC 5861 §3
    stale,              // §4.2.4, and nothing allows it
};

struct ReuseDecision {
    Reuse reuse = Reuse::validate;
    ReuseRule rule = ReuseRule::untrusted;
    Forward forward = Forward::none;  // the reason, when the origin is asked: `stale` or `request`
    seconds ttl{0};                   // lifetime - age; negative when stale
    seconds age{0};
};

// `may_trust`: the consistency checks of CONSISTENCY 1.1 (steps 2-4) passed. Where they failed the stored response is a
// validator and nothing else: `validate` (or `unsatisfiable`), whatever the directives say. `softened_for`: how long ago it was made stale by hand.
ReuseDecision decide_reuse(const RequestFacts& request, const ResponseFacts& stored, bool may_trust, Time now, std::optional<seconds> softened_for = std::nullopt) noexcept;

// May the stored response answer after the origin failed to (unreachable, or 500, 502, 503, 504)? RFC 5861 §4, RFC 9111 §4.2.4.
bool may_serve_on_error(const RequestFacts& request, const ResponseFacts& stored, bool may_trust, Time now, std::optional<seconds> softened_for = std::nullopt) noexcept;

}  // namespace sidecache::policy
