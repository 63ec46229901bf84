// How a stored response begins when it is sent: as it is, or as the 304 that stands for it.
#pragma once

#include "proxy/pipeline/exchange.hpp"

namespace sidecache::pipeline {

// Sets status and head. 304 if the client says that it has this representation (RFC 9110 §13.2.2).
void set_stored_head(Reply& reply, const http::RequestView& request, const fill::StoredResponse& response, std::chrono::system_clock::time_point now);

// Does the reply to this request carry content (RFC 9110 §6.4.1)?
bool carries_content(const Reply& reply, const http::RequestView& request);

}  // namespace sidecache::pipeline
