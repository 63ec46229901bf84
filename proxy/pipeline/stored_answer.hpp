// How a stored response, complete or still arriving, answers a request: whole, as the 304 that stands for it, or in the ranges that were asked for.
#pragma once

#include "cache/fill/stored_parts.hpp"
#include "cache/policy/ranges.hpp"
#include "proxy/pipeline/exchange.hpp"
#include "proxy/runtime/loop.hpp"

namespace sidecache::pipeline {

// Does the client have it? Then the answer is 304.
bool is_not_modified(const http::RequestView& request, const fill::StoredResponse& response, WallTime now);

// RFC 9110 §13.2.2: what the client has comes first, and ranges last.
struct StoredAnswer {
    int status = 0;                // that of the response, or 304, 206, 416
    policy::RangeDecision ranges;  // of a 206 or 416 that is made here
};
StoredAnswer stored_answer_of(const http::RequestView& request, const fill::StoredResponse& response, WallTime now);

// Where it comes from.
enum class Source : std::uint8_t {
    store,       // whole
    fill,        // as it arrives
    own_fill,    // the same, for the client that caused it: its reader is one of the content's claims
    own_answer,  // the same, of what is one client's alone: no range is cut out of it
};

// Sets status, head, content length and body. False, and the reply is of no use, where the beginning of the content has gone by.
bool answer_with(Reply& reply, runtime::Loop& loop, const http::RequestView& request, const fill::StoredResponse& response, Source source);

// The same of parts, for ranges that are wholly within them.
void answer_with(Reply& reply, const http::RequestView& request, const fill::StoredParts& parts, const policy::RangeDecision& ranges);

// Does the reply to this request carry content (RFC 9110 §6.4.1)?
bool carries_content(const Reply& reply, const http::RequestView& request);

}  // namespace sidecache::pipeline
