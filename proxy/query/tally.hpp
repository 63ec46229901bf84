// What one worker's query door counts.
#pragma once

#include "proxy/query/command.hpp"
#include "proxy/telemetry/cell.hpp"
#include "proxy/telemetry/histogram.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace sidecache::query {

struct Tally {
    std::array<telemetry::Cell, command_count + 1> commands;  // in the order of the table; the last: of names that it does not have
    telemetry::Cell errors;                                   // replies that are errors, or requests that cannot be read
    telemetry::Cell hits;                                     // keys that were read and found
    telemetry::Cell misses;
    telemetry::Cell received;  // octets
    telemetry::Cell sent;
    telemetry::Histogram durations;  // of commands: from when all that came with it was read to when its reply was given to the kernel
};

// Of all workers together.
struct Counts {
    // Tasks of the query doors among those of all loops.
    std::int64_t tasks() const noexcept { return connections.load(std::memory_order_relaxed) + accepting.load(std::memory_order_relaxed); }

    std::atomic<std::int64_t> connections{0};  // open now
    std::atomic<std::int64_t> accepting{0};    // acceptors
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> refused{0};  // over `query.connections`
};

}  // namespace sidecache::query
