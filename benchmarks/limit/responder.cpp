#include "benchmarks/limit/responder.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <system_error>

namespace limit {
namespace {

constexpr std::string_view end_of_head = "\r\n\r\n";
constexpr std::size_t batch_bytes = 256 * 1024;
constexpr std::size_t batch_responses = 64;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

Responder::Responder(int listener, std::string response, std::string confirmation, Counts& counts)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), listener_(listener), response_(std::move(response)), confirmation_(std::move(confirmation)), counts_(counts) {
    const std::size_t repeats = std::clamp<std::size_t>(batch_bytes / response_.size(), 1, batch_responses);
    for (std::size_t i = 0; i < repeats; ++i) responses_ += response_;

    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = nullptr;  // the listener; connections have a pointer
    if (::epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, listener_, &event) != 0) fail("epoll_ctl");
}

void Responder::run() noexcept {
    std::array<epoll_event, 256> events;
    for (;;) {
        const int count = ::epoll_wait(epoll_.value(), events.data(), events.size(), -1);
        if (count < 0 && errno != EINTR) fail("epoll_wait");
        for (const epoll_event& event : std::span(events).first(std::max(count, 0))) {
            if (event.data.ptr == nullptr) {
                accept_all();
                continue;
            }
            Connection& connection = *static_cast<Connection*>(event.data.ptr);
            const bool lives = connection.waits_for_room ? send(connection) : receive(connection) && send(connection);
            if (!lives) connections_.erase(connection.descriptor.value());
        }
    }
}

void Responder::accept_all() {
    for (;;) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0) return;  // none left; or no descriptor: the client waits until one is free
        const int on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        auto connection = std::make_unique<Connection>(socket);
        watch(*connection, EPOLL_CTL_ADD, EPOLLIN);
        connections_.emplace(socket, std::move(connection));
    }
}

void Responder::watch(Connection& connection, int operation, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &connection;
    if (::epoll_ctl(epoll_.value(), operation, connection.descriptor.value(), &event) != 0) fail("epoll_ctl");
}

bool Responder::receive(Connection& connection) {
    std::memcpy(buffer_.data(), connection.tail.data(), connection.tail_size);
    const ssize_t received =
        ::recv(connection.descriptor.value(), buffer_.data() + connection.tail_size, buffer_.size() - connection.tail_size, 0);
    if (received < 0) return errno == EAGAIN || errno == EINTR;
    if (received == 0) return false;
    const std::string_view unread(buffer_.data(), connection.tail_size + static_cast<std::size_t>(received));
    const std::size_t heads = count_heads(connection, unread);
    if (!confirmation_.empty()) return answer_condition(connection, unread, heads);
    connection.owed += heads * response_.size();
    counts_.answered.fetch_add(heads, std::memory_order_relaxed);
    return true;
}

bool Responder::answer_condition(Connection& connection, std::string_view unread, std::size_t heads) {
    if (connection.owed != 0 || heads != 1 || connection.tail_size != 0) return false;
    connection.is_confirmed = unread.find("\r\nIf-None-Match: ") != unread.npos;
    connection.owed = connection.is_confirmed ? confirmation_.size() : response_.size();
    connection.position = 0;
    counts_.answered.fetch_add(1, std::memory_order_relaxed);
    if (connection.is_confirmed) counts_.confirmed.fetch_add(1, std::memory_order_relaxed);
    return true;
}

std::size_t Responder::count_heads(Connection& connection, std::string_view unread) {
    std::size_t heads = 0;
    for (std::size_t end; (end = unread.find(end_of_head)) != unread.npos; ++heads)
        unread.remove_prefix(end + end_of_head.size());
    connection.tail_size = std::min(unread.size(), connection.tail.size());
    unread.copy(connection.tail.data(), connection.tail_size, unread.size() - connection.tail_size);
    return heads;
}

// While a client does not take its responses, no further requests of it are read.
bool Responder::send(Connection& connection) {
    const std::string& answers = connection.is_confirmed ? confirmation_ : responses_;
    const std::size_t period = connection.is_confirmed ? confirmation_.size() : response_.size();
    while (connection.owed > 0) {
        const std::size_t size = std::min(connection.owed, answers.size() - connection.position);
        const ssize_t sent = ::send(connection.descriptor.value(), answers.data() + connection.position, size, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR) continue;
            if (errno != EAGAIN) return false;
            if (!connection.waits_for_room) watch(connection, EPOLL_CTL_MOD, EPOLLOUT);
            connection.waits_for_room = true;
            return true;
        }
        connection.owed -= static_cast<std::size_t>(sent);
        connection.position = (connection.position + static_cast<std::size_t>(sent)) % period;
    }
    if (connection.waits_for_room) watch(connection, EPOLL_CTL_MOD, EPOLLIN);
    connection.waits_for_room = false;
    return true;
}

}  // namespace limit
