// Replies that the proxy makes itself: one mapping from what failed to status, Proxy-Status and a short JSON body (RFC 9209).
#pragma once

#include "proxy/pipeline/exchange.hpp"
#include "proxy/pipeline/shared.hpp"

#include <string>
#include <string_view>

namespace sidecache::pipeline {

// `status` 0: the one that RFC 9209 recommends for the error.
Reply make_error_reply(const Snapshot& snapshot, http::ProxyError error, policy::Outcome outcome, int status = 0);

// An answer that needs no origin: 405, 504 for only-if-cached, 503 while draining. `sentence` is plain text.
Reply make_own_reply(int status, std::string_view sentence, policy::Outcome outcome);

// One whose content, JSON, somebody else has made.
Reply make_json_reply(int status, std::string json, policy::Outcome outcome);

// The content of the request did not come whole: the client's own fault, in the words of RFC 9110 §15.5.
Reply make_fault_reply(ContentFault fault, policy::Outcome outcome);

}  // namespace sidecache::pipeline
