// Keys whose last answer could not be shared (hit-for-miss): their requests go to the origin side by side, not one after another.
#pragma once

#include "cache/policy/key.hpp"
#include "cache/policy/storage.hpp"

#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace sidecache::fill {

// A fixed table that forgets on collision: a wrong answer costs one request that waits, or one that is not collapsed, never correctness.
class Uncacheable {
public:
    explicit Uncacheable(std::size_t size) : slots_(std::bit_ceil(size)) {}

    using Time = std::chrono::steady_clock::time_point;

    // Until then, rounded up to a second; `why` is told to whoever asks. One that is known as of mixed answers stays that.
    void remember(policy::Hash128 hash, Time now, Time until, policy::Storage why) noexcept {
        const auto known = find(hash, now);
        const std::uint64_t mixed = known && known->is_mixed ? mixed_bit : 0;
        const std::uint64_t noted = second_of(until) << 32 | mixed | static_cast<std::uint64_t>(why) << 24 | (hash.high & tag_mask);
        slot(hash).store(noted, std::memory_order_relaxed);
    }
    // Of one that is remembered: an answer may have been of use to others after all.
    void note_mixed(policy::Hash128 hash) noexcept {
        const std::uint64_t present = slot(hash).load(std::memory_order_relaxed);
        if ((present & tag_mask) == (hash.high & tag_mask)) slot(hash).store(present | mixed_bit, std::memory_order_relaxed);
    }
    bool knows(policy::Hash128 hash, Time now) const noexcept { return find(hash, now).has_value(); }

    struct Known {
        policy::Storage why;
        bool is_mixed;  // not all of its answers were as the last one
        std::chrono::seconds left;
    };
    std::optional<Known> find(policy::Hash128 hash, Time now) const noexcept {
        const std::uint64_t noted = slot(hash).load(std::memory_order_relaxed);
        const std::uint64_t until = noted >> 32;
        if ((noted & tag_mask) != (hash.high & tag_mask) || until <= second_of(now)) return std::nullopt;
        return Known{static_cast<policy::Storage>(noted >> 24 & 0x7f), (noted & mixed_bit) != 0, std::chrono::seconds(until - second_of(now))};
    }
    void forget(policy::Hash128 hash) noexcept { slot(hash).store(0, std::memory_order_relaxed); }

private:
    // A slot is 32 bits of seconds, one of mixed answers, 7 of the reason and 24 of the hash.
    static constexpr std::uint64_t tag_mask = 0xffffff;
    static constexpr std::uint64_t mixed_bit = 0x80000000;
    static std::uint64_t second_of(Time time) noexcept {
        return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(time.time_since_epoch()).count());
    }
    std::atomic<std::uint64_t>& slot(policy::Hash128 hash) noexcept { return slots_[hash.low & (slots_.size() - 1)]; }
    const std::atomic<std::uint64_t>& slot(policy::Hash128 hash) const noexcept { return slots_[hash.low & (slots_.size() - 1)]; }

    std::vector<std::atomic<std::uint64_t>> slots_;
};

}  // namespace sidecache::fill
