// May the answer to a write answer a later GET of the same URI?
#pragma once

#include "cache/http/message.hpp"

namespace sidecache::policy {

// RFC 9110 §9.3.3 of POST, RFC 5789 §2 of PATCH: a 200 that has explicit freshness, and whose Content-Location is the target. (§9.3.4: an answer to PUT is not
// cacheable.) Whether it may be stored then is for assess_storage to say, as of the answer to a GET.
bool may_answer_get(const http::RequestView& write, const http::ResponseView& response);

}  // namespace sidecache::policy
