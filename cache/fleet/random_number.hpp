// What tells one process, or one life of the fleet's state, from every other: 64 random bits, never 0.
#pragma once

#include <cstdint>
#include <random>

namespace sidecache::fleet {

inline std::uint64_t random_number() {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device() | 1;
}

}  // namespace sidecache::fleet
