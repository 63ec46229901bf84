// Where an origin is and how long it may take.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sidecache::origin {

// "http://host:port", "http://[::1]:8000" or "unix:/path" (also "http+unix:/path").
struct ServerAddress {
    std::string text;         // as written, for messages and metrics
    std::string host;         // name or literal address without brackets; empty for a Unix socket
    std::uint16_t port = 80;
    std::string unix_path;    // empty for TCP
    std::string authority;    // what Host says where the client's is not preserved: "host:port"
};

struct Options {
    std::string name = "origin";            // the space of its groups and keys
    std::vector<ServerAddress> servers;     // asked in turn; one that cannot be reached is passed over for the request
    bool preserve_host = true;              // `host: preserve`
    std::chrono::milliseconds resolve{30'000};       // names are looked up again this often, off the loop

    std::size_t pool_max = 50;              // connections to one server, all workers together
    std::chrono::milliseconds pool_wait{20'000};     // longest wait for one of them: then 503 connection_limit_reached
    std::chrono::milliseconds pool_idle{1'500};      // an unused connection is closed after this; below the origin's keep-alive

    std::size_t head = 64 * 1024;           // bytes of a response's head: over it 502 http_response_header_section_size
    std::size_t fields = 256;               // its field lines: over it 502 http_protocol_error

    std::chrono::milliseconds connect{2'000};        // over it 504 connection_timeout
    std::chrono::milliseconds first_byte{30'000};    // request sent until the head of the final response: 504 http_response_timeout
    std::chrono::milliseconds between_bytes{30'000}; // between two pieces of content: connection_read_timeout
};

}  // namespace sidecache::origin
