// What a request's header fields say to a cache, parsed once on arrival.
#pragma once

#include "cache/http/cache_control.hpp"
#include "cache/http/message.hpp"

namespace sidecache::policy {

struct RequestFacts {
    http::RequestCacheControl cache_control;
    bool has_authorization = false;
    bool has_range = false;        // Range, or If-Range
    bool is_conditional = false;   // If-None-Match or If-Modified-Since: may be answered from a stored response
    bool is_precondition = false;  // If-Match or If-Unmodified-Since: only the origin can judge (RFC 9111 §4.3.2)
};

// Cheap when none of the fields is present, which `request.names` tells.
RequestFacts assess_request(const http::RequestView& request);

}  // namespace sidecache::policy
