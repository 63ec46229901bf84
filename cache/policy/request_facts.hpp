// What a request's header fields say to a cache, parsed once on arrival.
#pragma once

#include "cache/http/cache_control.hpp"
#include "cache/http/message.hpp"
#include "cache/policy/rules.hpp"

namespace sidecache::policy {

struct RequestFacts {
    http::RequestCacheControl cache_control;
    bool has_authorization = false;
    bool has_range = false;        // a Range of a GET: of HEAD it is ignored (RFC 9110 §14.2), and so is If-Range without it (§13.1.5)
    bool is_precondition = false;  // If-Match or If-Unmodified-Since: only the origin can judge (RFC 9111 §4.3.2); so a Range of another method that is cached, QUERY
};

// Cheap when none of the fields is present, which `request.names` tells. A route with `reload: ignore` does not hear what would force the origin: no-cache, also as Pragma, max-age
// and min-fresh. RFC 9111 §5.2.1: request directives are advisory. What only forbids storing, or allows more, stays: no-store, max-stale, stale-if-error, only-if-cached.
RequestFacts assess_request(const http::RequestView& request, const Rules& rules);

}  // namespace sidecache::policy
