// Interim responses (1xx) on their way to a client (RFC 9110 §15.2).
#pragma once

#include "proxy/origin/exchange.hpp"
#include "proxy/pipeline/interfaces.hpp"
#include "proxy/pipeline/shared.hpp"

#include <string>

namespace sidecache::pipeline {

// Reads heads until the final one (or 101), and passes the interim ones on if there is a sink.
runtime::Task<http::Result<void>> read_final_head(const Snapshot& snapshot, origin::Exchange& exchange, http::Method method, runtime::SteadyTime until, InterimSink* interim);

// An interim head as it goes out: end-to-end fields only.
std::string make_interim_head(const Snapshot& snapshot, const http::ResponseView& response);

}  // namespace sidecache::pipeline
