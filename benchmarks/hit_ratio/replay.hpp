// Gives the requests of a trace to a policy, and counts what it answers.
#pragma once

#include "benchmarks/hit_ratio/policy.hpp"
#include "benchmarks/hit_ratio/trace.hpp"

#include <cstdint>

namespace hit_ratio {

struct Hits {
    std::uint64_t requests = 0;
    std::uint64_t hits = 0;
    std::uint64_t bytes_asked = 0;
    std::uint64_t bytes_hit = 0;

    double objects() const { return static_cast<double>(hits) / static_cast<double>(requests); }
    double bytes() const { return static_cast<double>(bytes_hit) / static_cast<double>(bytes_asked); }
    Hits& operator+=(const Hits& other);
};

// Objects larger than `cap` bytes are not put; 0: all are. Throws std::logic_error if the policy holds more than its budget.
Hits replay(const Trace& trace, Policy& policy, Bytes cap);

// So many threads ask one policy at once; each takes the next few requests that no other has taken, as workers take what arrives.
Hits replay_concurrently(const Trace& trace, Policy& policy, Bytes cap, unsigned threads);

}  // namespace hit_ratio
