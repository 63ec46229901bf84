// A server of the origin that the test plays itself, step by step.
#pragma once

#include "proxy/origin/options.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace sidecache::testing {

// The server's end of one connection. What a script waits for longer than half a minute never comes.
class Visitor {
public:
    explicit Visitor(int socket) : socket_(socket) {}
    Visitor(Visitor&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
    Visitor& operator=(Visitor&& other) noexcept {
        std::swap(socket_, other.socket_);
        return *this;
    }
    ~Visitor() { close(); }

    bool is_there() const { return socket_ >= 0; }

    // Reads until the text has come whole; what was read.
    std::string expect(std::string_view end = "\r\n\r\n") {
        std::string all;
        std::array<char, 4096> piece;
        while (all.find(end) == std::string::npos) {
            const ssize_t size = has_input(30'000) ? ::read(socket_, piece.data(), piece.size()) : -1;
            if (size <= 0) return all + "<END>";
            all.append(piece.data(), static_cast<std::size_t>(size));
        }
        return all;
    }
    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t size = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (size <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(size));
        }
    }
    // Has the proxy closed it? Waits for that.
    bool is_left() {
        char byte;
        return has_input(30'000) && ::read(socket_, &byte, 1) <= 0;
    }
    bool is_left_now() {
        char byte;
        return has_input(0) && ::read(socket_, &byte, 1) <= 0;
    }
    bool has_spoken() const { return has_input(0); }
    void close() {
        if (socket_ >= 0) ::close(socket_);
        socket_ = -1;
    }
    void reset() {
        const linger at_once{1, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close();
    }

private:
    bool has_input(int milliseconds) const {
        pollfd state{socket_, POLLIN, 0};
        return ::poll(&state, 1, milliseconds) == 1;
    }
    int socket_;
};

class ScriptedServer {
public:
    explicit ScriptedServer(bool listens = true, int backlog = 64) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in at = address();
        socklen_t size = sizeof at;
        ::bind(socket_, reinterpret_cast<sockaddr*>(&at), size);
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size);
        port_ = ntohs(at.sin_port);
        if (listens) ::listen(socket_, backlog);
    }
    ~ScriptedServer() { ::close(socket_); }
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    Visitor accept() {
        pollfd state{socket_, POLLIN, 0};
        if (::poll(&state, 1, 30'000) != 1) return Visitor(-1);
        return Visitor(::accept(socket_, nullptr, nullptr));
    }
    bool has_visitor() const {
        pollfd state{socket_, POLLIN, 0};
        return ::poll(&state, 1, 0) == 1;
    }
    std::uint16_t port() const { return port_; }
    sockaddr_in address() const {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        at.sin_port = htons(port_);
        return at;
    }
    origin::ServerAddress server() const {
        origin::ServerAddress server;
        server.host = "127.0.0.1";
        server.port = port_;
        server.authority = "127.0.0.1:" + std::to_string(port_);
        server.text = "http://" + server.authority;
        return server;
    }

private:
    int socket_;
    std::uint16_t port_ = 0;
};

}  // namespace sidecache::testing
