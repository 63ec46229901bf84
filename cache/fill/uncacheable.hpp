// Keys whose last answer could not be shared (hit-for-miss): their requests go to the origin side by side, not one after another.
#pragma once

#include "cache/policy/key.hpp"

#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>
#include <vector>

namespace sidecache::fill {

// A fixed table that forgets on collision: a wrong answer costs one request that waits, or one that is not collapsed, never correctness.
class Uncacheable {
public:
    explicit Uncacheable(std::size_t size) : slots_(std::bit_ceil(size)) {}

    // Until then, rounded up to a second.
    void remember(policy::Hash128 hash, std::chrono::steady_clock::time_point until) noexcept {
        slot(hash).store(mark(hash, until), std::memory_order_relaxed);
    }
    bool knows(policy::Hash128 hash, std::chrono::steady_clock::time_point now) const noexcept {
        const std::uint64_t noted = slot(hash).load(std::memory_order_relaxed);
        return (noted & tag_mask) == (hash.high & tag_mask) && (noted & ~tag_mask) > (mark(hash, now) & ~tag_mask);
    }
    void forget(policy::Hash128 hash) noexcept { slot(hash).store(0, std::memory_order_relaxed); }

private:
    static constexpr std::uint64_t tag_mask = 0xffffffff;
    // 32 bits of the hash and 32 bits of seconds.
    static std::uint64_t mark(policy::Hash128 hash, std::chrono::steady_clock::time_point until) noexcept {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(until.time_since_epoch()).count();
        return (static_cast<std::uint64_t>(seconds) << 32) | (hash.high & tag_mask);
    }
    std::atomic<std::uint64_t>& slot(policy::Hash128 hash) noexcept { return slots_[hash.low & (slots_.size() - 1)]; }
    const std::atomic<std::uint64_t>& slot(policy::Hash128 hash) const noexcept { return slots_[hash.low & (slots_.size() - 1)]; }

    std::vector<std::atomic<std::uint64_t>> slots_;
};

}  // namespace sidecache::fill
