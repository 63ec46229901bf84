#include "cache/memory/readers.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace sidecache::memory {

Readers::~Readers() { assert(std::ranges::none_of(seats_, [](const auto& seat) { return seat->is_taken; })); }

void Readers::retire(Removed removed) {
    std::vector<Removed> released;  // when the lock is free again
    const std::scoped_lock guard(lock_);
    if (!removed.empty()) {
        // Who looks and has this number, or a lower one, may have begun before all of it was out of sight. Who has a higher one did not.
        const std::uint64_t at = clock_.fetch_add(1, std::memory_order_seq_cst);
        retired_.push_back({at, std::move(removed)});
    }
    const std::uint64_t oldest = oldest_locked();
    for (; !retired_.empty() && retired_.front().at < oldest; retired_.pop_front()) released.push_back(std::move(retired_.front().removed));
}

std::uint64_t Readers::oldest_locked() const noexcept {
    std::uint64_t oldest = std::numeric_limits<std::uint64_t>::max();
    for (const auto& seat : seats_) {
        if (const std::uint64_t since = seat->since.load(std::memory_order_seq_cst); since != 0) oldest = std::min(oldest, since);
    }
    return oldest;
}

std::size_t Readers::retired() const {
    const std::scoped_lock guard(lock_);
    std::size_t sum = 0;
    for (const Retired& each : retired_) sum += each.removed.entries.size();
    return sum;
}

Readers::Seat& Readers::take_seat() {
    const std::scoped_lock guard(lock_);
    const auto free = std::ranges::find_if(seats_, [](const auto& seat) { return !seat->is_taken; });
    Seat& seat = free != seats_.end() ? **free : *seats_.emplace_back(std::make_unique<Seat>());
    seat.is_taken = true;
    return seat;
}

void Readers::give_back(Seat& seat) {
    const std::scoped_lock guard(lock_);
    seat.is_taken = false;
}

}  // namespace sidecache::memory
