// How fast writes are told that they may go on. An acknowledgement of a node that was silent for long lets thousands go, whose answers would all leave before the next read on their
// loops is looked at: they are told one after another, over a part of what they have waited already. Who has hardly waited is told at once (benchmarks/RESULTS.md, "One slow node").
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace sidecache::fleet {

constexpr std::chrono::milliseconds between_tellings{1};
// As many as their loops answer in about that time.
constexpr std::size_t most_told = 64;
constexpr int part_of_wait = 4;
constexpr std::chrono::milliseconds longest_spread{200};

// How many of `count` to tell now, where the first has `waited`, and has so much `left` until its deadline.
template <typename Duration>
constexpr std::size_t told_at_a_time(std::size_t count, Duration waited, Duration left) noexcept {
    const auto spread = std::min<Duration>(std::min(waited, left) / part_of_wait, longest_spread);
    const auto turns = std::max<typename Duration::rep>(1, spread / between_tellings);
    return std::min({most_told, count, count / static_cast<std::size_t>(turns) + 1});
}

}  // namespace sidecache::fleet
