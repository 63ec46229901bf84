#include "proxy/healthcheck.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <iostream>
#include <string>

namespace sidecache {
namespace {

int connect_to(const runtime::ListenAddress& address) {
    const timeval patience{2, 0};
    const auto prepared = [&](int family) {
        const int socket = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        return socket;
    };
    if (!address.unix_path.empty()) {
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        std::strncpy(at.sun_path, address.unix_path.c_str(), sizeof at.sun_path - 1);
        const int socket = prepared(AF_UNIX);
        if (::connect(socket, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0) return socket;
        ::close(socket);
        return -1;
    }
    const bool is_any = address.host.empty() || address.host == "*" || address.host == "0.0.0.0";
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    if (::getaddrinfo(is_any ? "127.0.0.1" : address.host.c_str(), std::to_string(address.port).c_str(), &hints, &list) != 0) return -1;
    int socket = -1;
    for (const addrinfo* each = list; each != nullptr && socket < 0; each = each->ai_next) {
        socket = prepared(each->ai_family);
        if (::connect(socket, each->ai_addr, each->ai_addrlen) == 0) break;
        ::close(socket);
        socket = -1;
    }
    ::freeaddrinfo(list);
    return socket;
}

}  // namespace

int check_health(const runtime::ListenAddress& admin) {
    const int socket = connect_to(admin);
    if (socket < 0) {
        std::cerr << "unhealthy: nobody answers on " << admin.text << "\n";
        return 1;
    }
    const std::string request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    std::string answer;
    if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
        char buffer[512];
        for (ssize_t size = 0; (size = ::recv(socket, buffer, sizeof buffer, 0)) > 0;) answer.append(buffer, static_cast<std::size_t>(size));
    }
    ::close(socket);
    if (answer.rfind("HTTP/1.1 200", 0) == 0) return 0;
    std::cerr << "unhealthy: " << (answer.empty() ? "no answer within 2 s" : answer.substr(0, answer.find("\r\n"))) << "\n";
    return 1;
}

}  // namespace sidecache
