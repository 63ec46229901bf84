#include "proxy/runtime/acceptor.hpp"

#include "proxy/runtime/loop.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>

namespace sidecache::runtime {

Acceptor::Acceptor(Loop& loop, int socket, int family) : loop_(loop), acceptor_(loop.executor()) {
    acceptor_.assign(asio::generic::stream_protocol(family, 0), socket);
}

Task<std::optional<Socket>> Acceptor::accept() {
    while (acceptor_.is_open()) {
        Socket socket(loop_.executor());
        const auto [error] = co_await acceptor_.async_accept(socket, asio::as_tuple(use_task));
        if (!error) {
            const int yes = 1;
            ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);  // refused by a Unix socket, which needs none
            co_return std::move(socket);
        }
        if (error == asio::error::operation_aborted) break;
        if (error == asio::error::connection_aborted || error == asio::error::interrupted) continue;
        asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> pause(loop_.executor());
        pause.expires_after(std::chrono::milliseconds(100));
        co_await pause.async_wait(asio::as_tuple(use_task));
    }
    co_return std::nullopt;
}

void Acceptor::close() noexcept {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
}

std::string peer_address(const Socket& socket) {
    sockaddr_storage at{};
    socklen_t size = sizeof at;
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (::getpeername(const_cast<Socket&>(socket).native_handle(), reinterpret_cast<sockaddr*>(&at), &size) != 0) return "unknown";
    if (at.ss_family == AF_INET) {
        ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(at).sin_addr, text.data(), text.size());
    } else if (at.ss_family == AF_INET6) {
        const in6_addr& address = reinterpret_cast<const sockaddr_in6&>(at).sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(&address)) {
            ::inet_ntop(AF_INET, address.s6_addr + 12, text.data(), text.size());
        } else {
            ::inet_ntop(AF_INET6, &address, text.data(), text.size());
        }
    } else {
        return "unix";
    }
    return text.data();
}

}  // namespace sidecache::runtime
