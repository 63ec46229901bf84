// An open loop: requests are due at times that do not depend on how the server answers, as those of many clients who do not know of one another.
//
// A closed loop (wrk) sends the next request when the last one is answered: while the server stalls, it asks nothing, and so measures the stall once where a
// thousand would have felt it ("coordinated omission"). Here each latency counts from when its request was due, also if it had to wait for a connection.
#pragma once

#include "benchmarks/descriptor.hpp"

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace open_loop {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

struct Options {
    std::uint16_t port = 0;  // of 127.0.0.1
    double rate = 1000;      // requests due in a second, as a Poisson process
    std::chrono::duration<double> warm_up{0.5};
    std::chrono::duration<double> measured{5};
    std::chrono::duration<double> patience{2};  // for what is not answered at the end
    std::size_t connections = 64;      // from the start
    std::size_t most_connections = 0;  // where that is more: opened one by one while all others are busy
    std::uint64_t seed = 1;
    bool takes_any_status = false;      // else what is no 200 is bad
    bool sleeps = false;                // until something comes or is due, where it has no CPU for itself: it sees what is due some tens of microseconds late
    std::vector<std::string> requests;  // by turns
};

struct Report {
    std::vector<std::uint64_t> latencies;  // ns of all that were due while it was measured, in order; what was never answered with how long it was waited for
    std::vector<std::uint64_t> lags;       // ns from when each was due until this program saw that: how far it is to be believed, in order
    // Those of the warm-up are in the rest too.
    std::uint64_t unanswered = 0;
    std::uint64_t closed = 0;      // connections that the server closed, or said that it would
    std::uint64_t bad = 0;         // responses that nobody asked for, had no Content-Length, or a status that is not taken
    std::uint64_t waited = 0;      // requests that found all connections busy, when no more could be opened
    std::uint64_t bytes = 0;       // of content, received
    std::map<int, std::uint64_t> statuses;  // of the responses that were taken
};

// The least of `sorted` that so large a share of them is not above; 0 of none.
std::uint64_t quantile(const std::vector<std::uint64_t>& sorted, double share);

class Generator {
public:
    explicit Generator(Options options);

    // Takes a CPU for itself, unless it sleeps: it looks at the clock all the time. Throws std::system_error.
    Report run();

private:
    struct Connection {
        explicit Connection(benchmarks::Descriptor socket) : descriptor(std::move(socket)) {}
        benchmarks::Descriptor descriptor;
        Time due;             // of the request under way
        bool is_busy = false;
        std::string head;     // of its response, while it is not whole
        std::size_t left = 0;  // bytes of content that are still to come
        bool closes = false;   // after the response under way, as that says
    };

    void open();
    benchmarks::Descriptor connect() const;
    void watch(Connection& connection);
    int wait(std::span<epoll_event> events, Time until) const;
    void send(Connection& connection, Time due);
    void receive(Connection& connection);
    // Takes what belongs to the response under way; true: it is whole.
    bool take(Connection& connection, std::string_view bytes);
    void reopen(Connection& connection);
    void finish(Connection& connection, Time now);
    void count(std::vector<std::uint64_t>& into, Time due, Time now) const;

    const Options options_;
    const std::size_t most_connections_;
    benchmarks::Descriptor epoll_;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::vector<Connection*> idle_;
    std::deque<Time> waiting_;  // due, and no connection was idle
    std::size_t next_request_ = 0;
    Time measured_from_{};
    Report report_;
    std::array<char, 256 * 1024> buffer_;
};

}  // namespace open_loop
