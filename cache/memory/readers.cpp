#include "cache/memory/readers.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

namespace sidecache::memory {
namespace {

constexpr std::uint64_t nobody = std::numeric_limits<std::uint64_t>::max();

}  // namespace

Readers::~Readers() {
    for (Seat* seat = seats_.load(); seat != nullptr;) {
        assert(!seat->is_taken.load());
        delete std::exchange(seat, seat->next);
    }
}

void Readers::retire(Removed removed) {
    // All of it is out of sight: who begins now does not find it.
    if (!has_retired_.load(std::memory_order_relaxed) && (removed.empty() || oldest() == nobody)) return;
    std::vector<Removed> released;  // when the lock is free again
    const std::scoped_lock guard(lock_);
    if (!removed.empty()) {
        // Who looks and has this number, or a lower one, may have begun before. Who has a higher one did not.
        const std::uint64_t at = clock_.fetch_add(1, std::memory_order_seq_cst);
        retired_.push_back({at, std::move(removed)});
    }
    for (const std::uint64_t before = oldest(); !retired_.empty() && retired_.front().at < before; retired_.pop_front()) released.push_back(std::move(retired_.front().removed));
    has_retired_.store(!retired_.empty(), std::memory_order_relaxed);
}

std::uint64_t Readers::oldest() const noexcept {
    std::uint64_t oldest = nobody;
    for (const Seat* seat = seats_.load(std::memory_order_seq_cst); seat != nullptr; seat = seat->next) {
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
    for (Seat* seat = seats_.load(std::memory_order_acquire); seat != nullptr; seat = seat->next) {
        bool is_taken = false;
        if (seat->is_taken.compare_exchange_strong(is_taken, true, std::memory_order_acquire)) return *seat;
    }
    auto* const seat = new Seat;
    seat->next = seats_.load(std::memory_order_relaxed);
    while (!seats_.compare_exchange_weak(seat->next, seat, std::memory_order_seq_cst)) {}
    return *seat;
}

}  // namespace sidecache::memory
