// A histogram of durations that one thread writes and any thread reads.
#pragma once

#include "proxy/telemetry/cell.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace sidecache::telemetry {

// Upper bounds, inclusive, in nanoseconds: 100 us to 10 s. A hit from memory is in the first, a lost origin beyond the last.
inline constexpr std::array<std::uint64_t, 16> bucket_bounds{
    100'000,    250'000,     500'000,     1'000'000,   2'500'000,     5'000'000,     10'000'000,    25'000'000,
    50'000'000, 100'000'000, 250'000'000, 500'000'000, 1'000'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000,
};
inline constexpr std::size_t bucket_count = bucket_bounds.size() + 1;  // the last is +Inf

namespace detail {

// Each bound is at least twice the one before, so that between two powers of two there is one bound at most.
inline constexpr std::array<std::uint8_t, 65> first_bucket_of_width = [] {
    std::array<std::uint8_t, 65> first{};
    for (std::size_t width = 1; width < first.size(); ++width) {
        const std::uint64_t lowest = std::uint64_t{1} << (width - 1);
        first[width] = static_cast<std::uint8_t>(std::ranges::lower_bound(bucket_bounds, lowest) - bucket_bounds.begin());
    }
    return first;
}();
inline constexpr std::array<std::uint64_t, bucket_count> bounds_and_infinity = [] {
    std::array<std::uint64_t, bucket_count> bounds{};
    std::ranges::copy(bucket_bounds, bounds.begin());
    bounds.back() = std::numeric_limits<std::uint64_t>::max();
    return bounds;
}();
static_assert(std::ranges::adjacent_find(bucket_bounds, [](auto lower, auto upper) { return upper < 2 * lower; }) ==
              bucket_bounds.end());

}  // namespace detail

constexpr std::size_t bucket_of(std::uint64_t nanoseconds) noexcept {
    const std::size_t bucket = detail::first_bucket_of_width[static_cast<std::size_t>(std::bit_width(nanoseconds))];
    return bucket + (nanoseconds > detail::bounds_and_infinity[bucket] ? 1 : 0);
}

// A clock that was set back makes a negative duration: nothing passed.
constexpr std::uint64_t elapsed_of(std::chrono::nanoseconds duration) noexcept {
    return static_cast<std::uint64_t>(std::max<std::chrono::nanoseconds::rep>(duration.count(), 0));
}

struct Histogram {
    Cell sum;  // nanoseconds
    std::array<Cell, bucket_count> buckets;

    void observe(std::chrono::nanoseconds duration, std::uint64_t times = 1) noexcept {
        const std::uint64_t elapsed = elapsed_of(duration);
        sum.add(elapsed * times);
        buckets[bucket_of(elapsed)].add(times);
    }
};

// The same buckets for ages, of which they hold a ten-thousandth: 1 s to 100,000 s.
inline constexpr std::int64_t age_scale = 10'000;
inline constexpr std::chrono::nanoseconds age_unit = std::chrono::nanoseconds(std::chrono::seconds(1)) / age_scale;

}  // namespace sidecache::telemetry
