// Addresses of the origin's servers, looked up again and again by a thread of its own: getaddrinfo blocks.
#pragma once

#include "cache/http/proxy_error.hpp"
#include "proxy/origin/options.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace sidecache::origin {

using Endpoint = boost::asio::generic::stream_protocol::endpoint;

struct Addresses {
    std::vector<Endpoint> endpoints;         // in the resolver's order (RFC 6724)
    std::optional<http::ProxyError> error;   // why there are none
};

// Asks for the addresses of a server that has a name; may block.
using LookUp = std::function<Addresses(const ServerAddress&)>;
Addresses ask_the_system(const ServerAddress& server);  // getaddrinfo

// Shared by all workers. A failed look-up keeps the last addresses that worked, and is tried again every second.
class Names {
public:
    explicit Names(const Options& options, LookUp look_up_named = ask_the_system);
    ~Names();
    Names(const Names&) = delete;
    Names& operator=(const Names&) = delete;

    std::shared_ptr<const Addresses> of(std::size_t server) const;
    // Is this one of the server's addresses? Where changes() is what it was, it is as it was, and need not be asked again.
    bool has(std::size_t server, const Endpoint& endpoint) const;
    std::uint64_t changes() const noexcept;  // how often a look-up brought other addresses

    // Has every name been looked up once, or has one of the servers an address already? Until then nobody knows whether there are any.
    bool has_looked() const noexcept;

private:
    struct Shared;
    std::shared_ptr<Shared> shared_;  // with the thread: a look-up that hangs must not delay the end of the process
};

}  // namespace sidecache::origin
