// What all nodes of a fleet have in common: kept in Redis with the fleet's state, so that a node whose configuration says otherwise goes by what is there.
#pragma once

#include <chrono>
#include <cstdint>

namespace sidecache::fleet {

struct Parameters {
    std::chrono::nanoseconds lease = std::chrono::seconds(2);          // L of CONSISTENCY 1.3: for so long a probe gives the right to reuse
    double rate_error = 1e-3;                                          // rho: by how much two nodes' clocks may differ in rate
    std::chrono::nanoseconds margin = std::chrono::milliseconds(50);   // m: what reading a clock and acting on it may take
    std::uint64_t slots = std::uint64_t{1} << 20;                      // of the table; a power of two

    // For so long, from before its probe was sent, a node may trust its mirror.
    std::chrono::nanoseconds trust() const noexcept { return scaled(1 - rate_error) - margin; }
    // After so long, since its grant was seen, nobody trusts by it any more.
    std::chrono::nanoseconds removal() const noexcept { return scaled(1 + rate_error) + margin; }

private:
    std::chrono::nanoseconds scaled(double by) const noexcept {
        return std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(lease.count()) * by));
    }
};

}  // namespace sidecache::fleet
