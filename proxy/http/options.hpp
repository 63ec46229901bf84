// Limits, deadlines and header fields of the HTTP door.
#pragma once

#include "proxy/http1/limits.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sidecache::door {

struct Options {
    http1::HeadLimits head_limits;
    std::size_t connections = 10'000;                  // of all workers together; the next is answered 503 and closed
    std::chrono::milliseconds head{10'000};            // first byte of a request until its head is whole: then 408
    std::chrono::milliseconds content_gap{30'000};     // between two pieces of request content: then 408
    std::chrono::milliseconds idle{75'000};            // between two requests of a connection: then it is closed
    std::chrono::milliseconds send{30'000};            // without progress in sending a response: then it is cut
    std::chrono::milliseconds linger{2'000};           // after a refusal: what the client still sends is read so long, so that it reads the answer
    std::chrono::milliseconds tunnel_idle{300'000};    // without a byte either way after 101
    bool cache_status = true;                          // `headers.cache_status`
    bool server_timing = true;                         // `headers.server_timing`: adds what the proxy waited for
    bool x_cache = false;                              // `headers.x_cache`: X-Cache: HIT or MISS, for tools that want it
};

}  // namespace sidecache::door
