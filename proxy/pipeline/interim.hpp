// Interim responses (1xx) on their way to a client (RFC 9110 §15.2).
#pragma once

#include "proxy/origin/exchange.hpp"
#include "proxy/pipeline/interfaces.hpp"
#include "proxy/pipeline/shared.hpp"

#include <optional>
#include <string>

namespace sidecache::pipeline {

// The final head (or 101), or that there will be none; nullopt: it was an interim one, or none was there to be taken. The origin's health takes note of it: once for each head.
std::optional<http::Result<void>> final_of(origin::Exchange& exchange, const origin::Exchange::TakenHead& head);

// Passes an interim head on if there is a sink.
runtime::Task<> tell_interim(const Snapshot& snapshot, const http::ResponseView& response, InterimSink* interim);

// Reads heads until the final one, and passes the interim ones on; `passed` were before.
runtime::Task<http::Result<void>> read_final_head(const Snapshot& snapshot, origin::Exchange& exchange, http::Method method, runtime::SteadyTime until, InterimSink* interim,
                                                  int passed = 0);

// An interim head as it goes out: end-to-end fields only.
std::string make_interim_head(const Snapshot& snapshot, const http::ResponseView& response);

}  // namespace sidecache::pipeline
