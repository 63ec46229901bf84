// A bare epoll loop of one thread that gives every request the same response: the least that an HTTP/1.1 server can do.
// It counts the ends of heads and understands nothing of them, so it takes requests without content only. The one thing that it may look for is a condition, where
// requests come one by one.
#pragma once

#include "benchmarks/descriptor.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace limit {

using benchmarks::Descriptor;

// Shared by all responders.
struct Counts {
    std::atomic<std::uint64_t> answered{0};
    std::atomic<std::uint64_t> confirmed{0};  // of them, with a 304
};

class Responder {
public:
    // `listener` listens already and does not block; `counts` outlives the responder. A request with If-None-Match gets `confirmation`, if there is one: of a client
    // that does not wait for each answer it ends the connection. Throws std::system_error.
    Responder(int listener, std::string response, std::string confirmation, Counts& counts);

    // Serves until the process ends, which it does if the kernel refuses to go on. The thread that calls it is the worker.
    [[noreturn]] void run() noexcept;

private:
    struct Connection {
        explicit Connection(int socket) noexcept : descriptor(socket) {}
        Descriptor descriptor;
        std::array<char, 3> tail{};  // what was read last: the end of a head may stand across two reads
        std::size_t tail_size = 0;
        std::size_t owed = 0;      // bytes of responses that are not sent yet
        std::size_t position = 0;  // within the response
        bool is_confirmed = false;  // it is the confirmation
        bool waits_for_room = false;
    };

    void accept_all();
    void watch(Connection& connection, int operation, std::uint32_t events);
    bool receive(Connection& connection);  // false: it has ended
    bool send(Connection& connection);     // likewise
    std::size_t count_heads(Connection& connection, std::string_view unread);
    bool answer_condition(Connection& connection, std::string_view unread, std::size_t heads);

    Descriptor epoll_;
    int listener_;
    std::string response_;
    std::string responses_;  // many of them, so that pipelined requests are answered in one write
    std::string confirmation_;
    Counts& counts_;
    std::array<char, 64 * 1024> buffer_;
    std::unordered_map<int, std::unique_ptr<Connection>> connections_;
};

}  // namespace limit
