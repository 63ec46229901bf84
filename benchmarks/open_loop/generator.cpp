#include "benchmarks/open_loop/generator.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <stdexcept>
#include <system_error>

namespace open_loop {
namespace {

constexpr std::string_view end_of_head = "\r\n\r\n";

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// Of a 200 with a Content-Length; all else is not what is measured.
std::optional<std::size_t> content_length(std::string_view head) {
    constexpr std::string_view name = "\r\ncontent-length:";
    if (!head.starts_with("HTTP/1.1 200 ")) return std::nullopt;
    const auto same = [](char a, char b) { return ::tolower(static_cast<unsigned char>(a)) == b; };
    const auto at = std::search(head.begin(), head.end(), name.begin(), name.end(), same);
    if (at == head.end()) return std::nullopt;
    std::string_view digits = head.substr(static_cast<std::size_t>(at - head.begin()) + name.size());
    digits.remove_prefix(std::min(digits.find_first_not_of(' '), digits.size()));
    std::size_t length = 0;
    return std::from_chars(digits.begin(), digits.end(), length).ec == std::errc() ? std::optional(length) : std::nullopt;
}

Time after(Time time, std::chrono::duration<double> seconds) { return time + std::chrono::duration_cast<Clock::duration>(seconds); }

}  // namespace

std::uint64_t quantile(const std::vector<std::uint64_t>& sorted, double share) {
    if (sorted.empty()) return 0;
    const auto place = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
    return sorted[std::clamp<std::size_t>(place, 1, sorted.size()) - 1];
}

Generator::Generator(Options options) : options_(std::move(options)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_.value() < 0) fail("epoll_create1");
    for (std::size_t i = 0; i < options_.connections; ++i) {
        connections_.push_back(std::make_unique<Connection>(connect()));
        watch(*connections_.back());
        idle_.push_back(connections_.back().get());
    }
}

benchmarks::Descriptor Generator::connect() const {
    benchmarks::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket.value() < 0) fail("socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket.value(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
    const int on = 1;
    ::setsockopt(socket.value(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
}

void Generator::watch(Connection& connection) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &connection;
    if (::epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, connection.descriptor.value(), &event) != 0) fail("epoll_ctl");
}

Report Generator::run() {
    std::mt19937_64 random(options_.seed);
    std::exponential_distribution<double> gap(options_.rate);
    const Time start = Clock::now();
    measured_from_ = after(start, options_.warm_up);
    const Time end = after(measured_from_, options_.measured);
    const Time patience_end = after(end, options_.patience);
    double due_at = gap(random);  // seconds since the start: sums of times would lose what is smaller than their resolution
    std::array<epoll_event, 256> events;
    for (;;) {
        Time now = Clock::now();
        for (Time due = after(start, std::chrono::duration<double>(due_at)); due <= now && due < end; due = after(start, std::chrono::duration<double>(due_at))) {
            waiting_.push_back(due);
            count(report_.lags, due, now);
            due_at += gap(random);
        }
        while (!waiting_.empty() && !idle_.empty()) {
            Connection& connection = *idle_.back();
            idle_.pop_back();
            send(connection, waiting_.front());
            waiting_.pop_front();
        }
        const bool is_over = now >= end && waiting_.empty() && idle_.size() == connections_.size();
        if (is_over || now >= patience_end) break;
        const int ready = ::epoll_wait(epoll_.value(), events.data(), events.size(), 0);
        if (ready < 0 && errno != EINTR) fail("epoll_wait");
        for (const epoll_event& event : std::span(events).first(static_cast<std::size_t>(std::max(ready, 0)))) receive(*static_cast<Connection*>(event.data.ptr));
    }
    const Time now = Clock::now();
    for (const Time due : waiting_) {
        count(report_.latencies, due, now);
        ++report_.unanswered;
    }
    for (const auto& connection : connections_) {
        if (!connection->is_busy) continue;
        count(report_.latencies, connection->due, now);
        ++report_.unanswered;
    }
    std::ranges::sort(report_.latencies);
    std::ranges::sort(report_.lags);
    return std::move(report_);
}

void Generator::send(Connection& connection, Time due) {
    const std::string& request = options_.requests[next_request_++ % options_.requests.size()];
    connection.due = due;
    connection.is_busy = true;
    const ssize_t sent = ::send(connection.descriptor.value(), request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent == static_cast<ssize_t>(request.size())) return;
    if (sent >= 0 || errno == EAGAIN) throw std::runtime_error("a request did not fit into a socket that was idle");
    // Closed by the server: receive() is told, and sees to it.
}

void Generator::receive(Connection& connection) {
    const ssize_t received = ::recv(connection.descriptor.value(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (received < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (received <= 0) {
        ++report_.closed;
        return reopen(connection);
    }
    if (!connection.is_busy) {
        ++report_.bad;
        return reopen(connection);
    }
    if (take(connection, {buffer_.data(), static_cast<std::size_t>(received)})) finish(connection, Clock::now());
}

bool Generator::take(Connection& connection, std::string_view bytes) {
    if (connection.left == 0) {
        connection.head += bytes;
        const std::size_t end = connection.head.find(end_of_head);
        if (end == std::string::npos) return false;
        const auto length = content_length(std::string_view(connection.head).substr(0, end + 2));
        if (!length) {
            ++report_.bad;
            reopen(connection);
            return false;
        }
        connection.left = *length;
        bytes = bytes.substr(bytes.size() - (connection.head.size() - end - end_of_head.size()));
        connection.head.clear();
    }
    if (bytes.size() > connection.left) throw std::runtime_error("more came than one response");
    connection.left -= bytes.size();
    report_.bytes += bytes.size();
    return connection.left == 0;
}

// What was under way is answered by nobody: it counts as long as it lasted, and the next request goes over a new connection.
void Generator::reopen(Connection& connection) {
    connection.descriptor = connect();
    watch(connection);
    connection.head.clear();
    connection.left = 0;
    if (!connection.is_busy) return;
    ++report_.unanswered;
    finish(connection, Clock::now());
}

void Generator::finish(Connection& connection, Time now) {
    count(report_.latencies, connection.due, now);
    connection.is_busy = false;
    idle_.push_back(&connection);
}

void Generator::count(std::vector<std::uint64_t>& into, Time due, Time now) const {
    if (due >= measured_from_) into.push_back(static_cast<std::uint64_t>(std::chrono::nanoseconds(now - due).count()));
}

}  // namespace open_loop
