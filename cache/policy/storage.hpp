// May this response be stored? (RFC 9111 §3, §3.5; Set-Cookie and private as DESIGN 6 has them)
#pragma once

#include "cache/http/message.hpp"
#include "cache/policy/request_facts.hpp"
#include "cache/policy/response_facts.hpp"
#include "cache/policy/rules.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace sidecache::policy {

enum class Storage : std::uint8_t {
    store,
    route_off,           // the route says `cache: off`
    method,              // only GET is stored
    status,              // not final; 206, 304, 428, 429, 431, 511; or not cacheable without explicit freshness
    request_no_store,    // §5.2.1.5
    no_store,            // §5.2.2.5
    is_private,          // §5.2.2.7 in a shared cache
    authorization,       // §3.5
    set_cookie,          // the safe default
    vary_star,           // §4.1
    language,            // in another language than `keys.languages` files it under
    no_freshness,        // no explicit freshness, no heuristic, no validator: useless to store
    malformed,           // e.g. conflicting Content-Range, unparsable Vary
    groups,              // its groups cannot be listed in full (CONSISTENCY 1.1 fill)
    held,                // a write of its groups may still take effect (CONSISTENCY 1.1 fill)
    too_large,           // over memory.max_object
    not_admitted,        // to a full store, whose others it would take too much room of
};
std::string_view name_of(Storage storage) noexcept;  // token form, for Cache-Status detail and the log

// The names of fields that are not stored, so that no reuse replays them: those of no-cache (§5.2.2.4), and those of private (§5.2.2.7) wherever more than one
// client may read, a role's partition among them. Views into the response.
std::vector<std::string_view> left_out(const http::ResponseCacheControl& control, const ResponseFacts& facts, Audience audience);

Storage assess_storage(const http::RequestView& request, const RequestFacts& request_facts,
                       const http::ResponseView& response, const http::ResponseCacheControl& response_control,
                       const ResponseFacts& facts, const Rules& rules, Audience audience = Audience::everybody);

}  // namespace sidecache::policy
