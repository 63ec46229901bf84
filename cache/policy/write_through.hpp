// May the answer to a write answer a later GET of the same URI?
#pragma once

#include "cache/http/message.hpp"
#include "cache/policy/rules.hpp"

namespace sidecache::policy {

// RFC 9110 §9.3.3 of POST, RFC 5789 §2 of PATCH: a 200 that has explicit freshness, and whose Content-Location is the target. (§9.3.4: an answer to PUT is not
// cacheable.) With `write_through` the route gives its word for a 200 to any of the three, freshness and all; a Content-Location of something else refutes it. Whether it may be
// stored then is for assess_storage to say, as of the answer to a GET.
bool may_answer_get(const http::RequestView& write, const http::ResponseView& response, const Rules& rules);
// Before the answer is known.
bool may_be_answered_like_get(http::Method method, const Rules& rules) noexcept;

}  // namespace sidecache::policy
