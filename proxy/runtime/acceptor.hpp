// Accepts connections of one listening socket on one loop.
#pragma once

#include "proxy/runtime/stream.hpp"
#include "proxy/runtime/task.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <optional>
#include <string>

namespace sidecache::runtime {

class Loop;

class Acceptor {
public:
    Acceptor(Loop& loop, int socket, int family);

    // The next connection; nullopt once closed. Out of descriptors: tries again after a while.
    Task<std::optional<Socket>> accept();
    void close() noexcept;

private:
    Loop& loop_;
    asio::basic_socket_acceptor<asio::generic::stream_protocol, Executor> acceptor_;
};

// "127.0.0.1", "::1" or "unix": who is at the other end. An IPv4 address that comes mapped into IPv6 is told as IPv4.
std::string peer_address(const Socket& socket);

}  // namespace sidecache::runtime
