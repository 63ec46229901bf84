// What is told of one exchange, once, at its end: metrics and access log both come from it, so that all ratios share a denominator.
#pragma once

#include "cache/http/proxy_error.hpp"
#include "cache/policy/outcome.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sidecache::telemetry {

using RouteId = std::uint16_t;

struct ExchangeRecord {
    std::chrono::system_clock::time_point started;  // the request's head was whole
    std::chrono::nanoseconds duration{};            // until the last byte of the answer was handed to the kernel
    std::chrono::nanoseconds origin_time{};         // waited for the origin's head; 0: it was not asked
    policy::Outcome outcome;
    RouteId route = 0;
    int status = 0;                                 // as sent to the client; 0: the client went before there was one
    std::string_view method;                        // views need only live during the call
    std::string_view path;                          // without query: it may name patients
    std::string_view request_id;
    std::string_view traceparent;
    std::uint64_t bytes_in = 0;                     // content received from the client
    std::uint64_t bytes_out = 0;                    // content sent to the client
    std::int32_t origin_queries = -1;               // X-Query-Count of the origin's answer; -1: not told
    std::chrono::seconds age{-1};                   // of what answered out of memory, without the origin; negative: nothing did
    std::optional<http::ProxyError> error;          // what failed, if something did
};

// What is told of a fetch that no client waits for: a refresh in the background.
struct FetchRecord {
    RouteId route = 0;
    std::chrono::nanoseconds origin_time{};
    std::int32_t origin_queries = -1;  // as above
};

}  // namespace sidecache::telemetry
