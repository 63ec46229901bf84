// What of the query door can be configured.
#pragma once

#include "cache/resp/request_reader.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace sidecache::query {

struct Options {
    std::string password;               // empty: none is asked for
    std::size_t databases = 16;         // that SELECT chooses from
    std::size_t connections = 10'000;   // over which new ones are refused
    resp::RequestLimits request{.argument = std::size_t{32} << 20, .request = std::size_t{64} << 20};
    std::size_t transaction = std::size_t{16} << 20;  // octets of the commands between MULTI and EXEC
    std::size_t reply = std::size_t{64} << 20;        // octets of one reply
    std::size_t watches = 1'024;                      // keys that one connection watches
    std::chrono::milliseconds idle = std::chrono::hours(1);     // between two commands; pools of clients keep connections for long
    std::chrono::milliseconds gap = std::chrono::seconds(30);   // within a command: to the next octets of it
    std::chrono::milliseconds send = std::chrono::seconds(30);  // to the next octets that the client takes
    std::chrono::milliseconds linger = std::chrono::seconds(2);  // for a client to read why its request was refused, while it still sends it
};

}  // namespace sidecache::query
