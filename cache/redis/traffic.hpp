// What connections to Redis carry and what goes wrong on them, counted.
#pragma once

#include "cache/resp/value.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sidecache::redis {

// Why there is no reply, or none that helps.
enum class Trouble : std::uint8_t {
    none,
    unreachable,  // refused, no address, no descriptor
    timeout,
    closed,       // by the other side, or broken
    protocol,     // what came is no reply
    refused,      // AUTH or SELECT was, or TLS
    busy,         // more waits for replies than may
    paused,       // it failed too often, and is left alone for a while
    error,        // Redis answered so: of another type, out of memory, not permitted. Of one command; the connection goes on
};
constexpr std::size_t trouble_count = static_cast<std::size_t>(Trouble::error) + 1;
std::string_view name_of(Trouble trouble) noexcept;

// Counted facts; read at scrape.
struct Traffic {
    std::array<std::atomic<std::uint64_t>, trouble_count> troubles{};  // of who asked
    std::atomic<std::uint64_t> sent{0};      // octets
    std::atomic<std::uint64_t> received{0};

    void note(Trouble trouble) noexcept { troubles[static_cast<std::size_t>(trouble)].fetch_add(1, std::memory_order_relaxed); }
    // What only leads on is no error: to another server, or to a script's text.
    void note_reply(const resp::Value& reply) noexcept;
};

}  // namespace sidecache::redis
