#include "benchmarks/open_loop/generator.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace open_loop {
namespace {

constexpr std::string_view end_of_head = "\r\n\r\n";

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

struct Head {
    int status = 0;
    std::size_t content_length = 0;
    bool closes = false;
};

// From the value of a field on, whose name is written in lower case; `head` ends with the last field's CRLF.
std::optional<std::string_view> find_value(std::string_view head, std::string_view name) {
    const auto same = [](char a, char b) { return ::tolower(static_cast<unsigned char>(a)) == b; };
    const auto at = std::search(head.begin(), head.end(), name.begin(), name.end(), same);
    if (at == head.end()) return std::nullopt;
    std::string_view value = head.substr(static_cast<std::size_t>(at - head.begin()) + name.size());
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    return value;
}

// Of a response with a Content-Length; all else is not what is measured.
std::optional<Head> parse_head(std::string_view head) {
    constexpr std::string_view version = "HTTP/1.1 ";
    Head parsed;
    if (!head.starts_with(version)) return std::nullopt;
    const std::string_view status = head.substr(version.size());
    const auto length = find_value(head, "\r\ncontent-length:");
    if (!length || std::from_chars(status.begin(), status.end(), parsed.status).ec != std::errc()) return std::nullopt;
    if (std::from_chars(length->begin(), length->end(), parsed.content_length).ec != std::errc()) return std::nullopt;
    const auto connection = find_value(head, "\r\nconnection:");
    parsed.closes = connection && connection->starts_with("close");
    return parsed;
}

Time after(Time time, std::chrono::duration<double> seconds) { return time + std::chrono::duration_cast<Clock::duration>(seconds); }

}  // namespace

std::uint64_t quantile(const std::vector<std::uint64_t>& sorted, double share) {
    if (sorted.empty()) return 0;
    const auto place = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
    return sorted[std::clamp<std::size_t>(place, 1, sorted.size()) - 1];
}

Generator::Generator(Options options)
    : options_(std::move(options)), most_connections_(std::max(options_.connections, options_.most_connections)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_.value() < 0) fail("epoll_create1");
    while (connections_.size() < options_.connections) open();
}

void Generator::open() {
    connections_.push_back(std::make_unique<Connection>(connect()));
    watch(*connections_.back());
    idle_.push_back(connections_.back().get());
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

// For what comes, but not beyond the time at which there is something else to do.
int Generator::wait(std::span<epoll_event> events, Time until) const {
    const int most = static_cast<int>(events.size());
    if (!options_.sleeps) return ::epoll_wait(epoll_.value(), events.data(), most, 0);
    const auto left = std::max(std::chrono::nanoseconds(until - Clock::now()), std::chrono::nanoseconds(0));
    const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
    const timespec timeout{seconds.count(), (left - seconds).count()};
    return ::epoll_pwait2(epoll_.value(), events.data(), most, &timeout, nullptr);
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
            if (waiting_.size() >= idle_.size() + (most_connections_ - connections_.size())) ++report_.waited;
            waiting_.push_back(due);
            count(report_.lags, due, now);
            due_at += gap(random);
        }
        while (!waiting_.empty()) {
            if (idle_.empty() && connections_.size() < most_connections_) open();
            if (idle_.empty()) break;
            Connection& connection = *idle_.back();
            idle_.pop_back();
            send(connection, waiting_.front());
            waiting_.pop_front();
        }
        const bool is_over = now >= end && waiting_.empty() && idle_.size() == connections_.size();
        if (is_over || now >= patience_end) break;
        const Time next = after(start, std::chrono::duration<double>(due_at));
        const int ready = wait(events, next < end ? next : now < end ? end : patience_end);
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
        const auto head = parse_head(std::string_view(connection.head).substr(0, end + 2));
        if (!head || (head->status != 200 && !options_.takes_any_status)) {
            ++report_.bad;
            reopen(connection);
            return false;
        }
        ++report_.statuses[head->status];
        connection.left = head->content_length;
        connection.closes = head->closes;
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
    connection.closes = false;
    if (!connection.is_busy) return;
    ++report_.unanswered;
    finish(connection, Clock::now());
}

void Generator::finish(Connection& connection, Time now) {
    count(report_.latencies, connection.due, now);
    connection.is_busy = false;
    idle_.push_back(&connection);
    if (!connection.closes) return;
    ++report_.closed;
    reopen(connection);
}

void Generator::count(std::vector<std::uint64_t>& into, Time due, Time now) const {
    if (due >= measured_from_) into.push_back(static_cast<std::uint64_t>(std::chrono::nanoseconds(now - due).count()));
}

}  // namespace open_loop
