// The clock as a mirror of a fleet's: what is told of it is applied, and nothing ticks here.
#include "cache/epochs/epochs.hpp"

#include <algorithm>
#include <cassert>

namespace sidecache::epochs {
namespace {

std::int64_t second_of(BootTime time) noexcept { return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count(); }

}  // namespace

void Epochs::mirror(std::uint64_t incarnation, std::size_t slots, BootTime now) {
    const std::scoped_lock guard(lock_);
    is_mirror_ = true;
    replace_state(slots, incarnation, state_.load(std::memory_order_relaxed)->rules, now, BootTime{});
}

void Epochs::apply(std::uint64_t tick, std::span<const Group> groups, std::chrono::nanoseconds hold, BootTime now) {
    const std::scoped_lock guard(lock_);
    assert(is_mirror_);
    State& state = *state_.load(std::memory_order_relaxed);
    samples_.note(second_of(now), state.clock.load(std::memory_order_relaxed));
    // Slots and holds first, clock last, as in a tick of its own (CONSISTENCY S1).
    set_slots_locked(state, tick, groups);
    if (hold.count() > 0) holds_.note(groups, now + hold, now);
    state.clock.store(tick, std::memory_order_release);
    counts_.ticks.fetch_add(1, std::memory_order_relaxed);
}

void Epochs::merge(std::size_t first, std::span<const std::uint64_t> slots) noexcept {
    const std::scoped_lock guard(lock_);
    State& state = *state_.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < slots.size() && first + i < state.slots.size(); ++i) {
        if (slots[i] == 0) continue;  // pages that nobody touched stay so
        std::atomic<std::uint64_t>& slot = state.slots.at(first + i);
        slot.store(std::max(slot.load(std::memory_order_relaxed), slots[i]), std::memory_order_release);
    }
}

void Epochs::advance(std::uint64_t clock, BootTime now) {
    const std::scoped_lock guard(lock_);
    State& state = *state_.load(std::memory_order_relaxed);
    const std::uint64_t before = state.clock.load(std::memory_order_relaxed);
    if (clock <= before) return;
    samples_.note(second_of(now), before);
    state.clock.store(clock, std::memory_order_release);
}

void Epochs::hold(std::span<const Group> groups, std::chrono::nanoseconds hold, BootTime now) {
    const std::scoped_lock guard(lock_);
    holds_.note(groups, now + hold, now);
}

void Epochs::trust_until(BootTime end) noexcept {
    const std::scoped_lock guard(lock_);
    state_.load(std::memory_order_relaxed)->trust_end.store(end.time_since_epoch().count(), std::memory_order_release);
}

}  // namespace sidecache::epochs
