#include "cache/epochs/epochs.hpp"

#include "cache/switches/switches.hpp"

#include <time.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <limits>
#include <random>
#include <thread>

namespace sidecache::epochs {

using switches::is_off;
using switches::Rule;

namespace {

constexpr std::chrono::seconds looked_at_for{60};  // after the next table began: a reader holds one for less than a microsecond, unless its thread is held up

std::uint64_t random_incarnation() {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device() | 1;
}

std::int64_t second_of(BootTime time) noexcept {
    return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

BootTime BootClock::now() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return BootTime(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

Epochs::State::State(std::size_t slots_, std::uint64_t incarnation_, std::uint64_t rules_, BootTime began_, BootTime trust_end_)
    : began(began_), incarnation(incarnation_), rules(rules_), slots(slots_), last_groups(slots_), trust_end(trust_end_.time_since_epoch().count()) {}

void Epochs::Samples::note(std::int64_t second, std::uint64_t clock_before) noexcept {
    if (newest < 0) newest = second - 1;
    for (std::int64_t s = std::max(newest + 1, second - static_cast<std::int64_t>(size) + 1); s <= second; ++s) {
        clock[static_cast<std::size_t>(s) % size] = clock_before;
    }
    newest = std::max(newest, second);
}

std::uint64_t Epochs::Samples::at(std::int64_t second, std::uint64_t clock_now) const noexcept {
    if (newest < 0 || second > newest) return clock_now;  // no tick since that second began
    if (second <= newest - static_cast<std::int64_t>(size) || second < 0) return 0;
    return clock[static_cast<std::size_t>(second) % size];
}

Epochs::Epochs(const Options& options, std::uint64_t rules) : options_(options), softened_(std::bit_ceil(options.slots)), holds_(options.holds) {
    // Before the process there was no write that it knows of.
    replace_state(std::bit_ceil(options.slots), random_incarnation(), rules, BootTime::min(), for_ever);
}

void Epochs::replace_state(std::size_t slots, std::uint64_t incarnation, std::uint64_t rules, BootTime now, BootTime trust_end) {
    auto next = std::make_unique<State>(slots, incarnation, rules, now, trust_end);
    state_.store(next.get(), std::memory_order_release);
    states_.push_back(std::move(next));
    // A reader holds a state for less than a microsecond: seven reloads later nobody looks at it any more.
    if (states_.size() > most_tables) states_.erase(states_.begin());
    samples_ = {};
}

void Epochs::forget_old(BootTime now) {
    const std::scoped_lock guard(lock_);
    while (states_.size() > 1 && now - states_[1]->began > looked_at_for) states_.erase(states_.begin());
}

std::size_t Epochs::tables() const {
    const std::scoped_lock guard(lock_);
    return states_.size();
}

void Epochs::adopt_rules(std::uint64_t rules, BootTime now) {
    const std::scoped_lock guard(lock_);
    const State& state = *state_.load(std::memory_order_relaxed);
    if (state.rules == rules) return;
    if (is_mirror_) {
        replace_state(state.slots.size(), state.incarnation, rules, now, BootTime{});  // its table has to be read again
    } else {
        replace_state(std::bit_ceil(options_.slots), random_incarnation(), rules, now, for_ever);
    }
}

Tick Epochs::tick(std::span<const Group> groups, std::chrono::nanoseconds hold, BootTime now) { return tick_watching(groups, groups, hold, now); }

Tick Epochs::tick_watching(std::span<const Group> groups, std::span<const Group> watched, std::chrono::nanoseconds hold, BootTime now, const OldValue* old) {
    const std::scoped_lock guard(lock_);
    return tick_locked(groups, watched, hold, now, old);
}

void Epochs::begin_write(const policy::Groups& groups) {
    const std::scoped_lock guard(lock_);
    for (const Group group : groups) ++under_way_[group];
}

void Epochs::end_write(const policy::Groups& groups) {
    const std::scoped_lock guard(lock_);
    for (const Group group : groups) {
        const auto found = under_way_.find(group);
        if (--found->second == 0) under_way_.erase(found);
    }
}

bool Epochs::is_good_locked(const OldValue& old) const noexcept {
    if (is_off(Rule::old_value)) return true;
    std::atomic<std::uint64_t> no_memo{0};
    if (assess(old.stamp, old.groups, no_memo) != Standing::trusted) return false;
    return std::ranges::none_of(old.groups, [&](Group group) {
        const auto found = under_way_.find(group);
        const std::size_t own = std::ranges::find(old.announced, group) != old.announced.end() ? 1 : 0;
        return found != under_way_.end() && found->second > own;
    });
}

OpenHold Epochs::open_hold(const policy::Groups& groups, BootTime now) {
    const std::span<const Group> list(groups.data(), groups.size());
    const std::scoped_lock guard(lock_);
    // Held first: a fill that begins after the tick finds it.
    OpenHold hold{groups, holds_.open(list)};
    tick_locked(list, list, {}, now, nullptr);
    return hold;
}

void Epochs::close_hold(const OpenHold& hold, BootTime now) {
    const std::scoped_lock guard(lock_);
    holds_.close({hold.groups.data(), hold.groups.size()}, hold.is_noted, now);
}

Tick Epochs::tick_locked(std::span<const Group> groups, std::span<const Group> watched, std::chrono::nanoseconds hold, BootTime now, const OldValue* old) {
    if (is_mirror_) std::abort();  // it would push the mirror's clock ahead, and fills would count as later than ticks to come
    State& state = *state_.load(std::memory_order_relaxed);
    const std::uint64_t before = state.clock.load(std::memory_order_relaxed);
    Tick result{before + 1};
    std::span<const Group> besides;
    if (old != nullptr) {
        result.was_good = is_good_locked(*old);
        besides = result.was_good ? old->if_good : old->otherwise;
    }
    samples_.note(second_of(now), before);
    // Slots first, clock last: who has read the new clock sees the new slots (CONSISTENCY S1).
    if (is_off(Rule::clock_last)) {
        state.clock.store(result.now, std::memory_order_release);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    for (const Group group : watched) result.previous = std::max(result.previous, state.slots[group].load(std::memory_order_relaxed));
    for (const std::span<const Group> each : {groups, besides}) {
        set_slots_locked(state, result.now, each);
        if (hold.count() > 0) holds_.note(each, now + hold, now);
    }
    state.clock.store(result.now, std::memory_order_release);
    counts_.ticks.fetch_add(1, std::memory_order_relaxed);
    return result;
}

void Epochs::set_slots_locked(State& state, std::uint64_t tick, std::span<const Group> groups) noexcept {
    for (const Group group : groups) {
        state.last_groups[group].store(group, std::memory_order_relaxed);
        state.slots[group].store(tick, std::memory_order_release);
    }
}

Stamp Epochs::stamp() const noexcept {
    const State& state = *state_.load(std::memory_order_acquire);
    return {state.clock.load(std::memory_order_acquire), state.incarnation, state.rules};
}

Stamp Epochs::stamp_at(BootTime time) const noexcept {
    const std::scoped_lock guard(lock_);
    const State& state = *state_.load(std::memory_order_relaxed);
    if (time < state.began) return {0, 0, state.rules};
    return {samples_.at(second_of(time), state.clock.load(std::memory_order_relaxed)), state.incarnation, state.rules};
}

std::uint64_t Epochs::clock() const noexcept {
    return state_.load(std::memory_order_acquire)->clock.load(std::memory_order_acquire);
}

[[gnu::always_inline]] inline Standing Epochs::assess(const Stamp& stamp, std::span<const Group> groups, std::atomic<std::uint64_t>& memo) const noexcept {
    if (!is_trusted_.load(std::memory_order_acquire)) return Standing::ended;
    const State& state = *state_.load(std::memory_order_acquire);
    // The time after the state, and after the request was read: a process that was stopped in between has no trust left (CONSISTENCY F4).
    const BootTime trust_end = BootTime(BootTime::duration(state.trust_end.load(std::memory_order_acquire)));
    if (trust_end != for_ever && !is_off(Rule::trust_ends) && BootClock::now() >= trust_end) return Standing::unproven;
    if (is_off(Rule::epoch_check)) return Standing::trusted;
    if (!is_off(Rule::rules_in_entry)) {
        if (stamp.rules != state.rules) return Standing::rules;
        if (stamp.incarnation != state.incarnation && !is_off(Rule::incarnation_in_entry)) return Standing::incarnation;
    }
    // Read before the slots are: a tick that comes between leaves the memo behind the clock.
    const std::uint64_t clock = state.clock.load(std::memory_order_acquire);
    // Nothing was invalidated since: no slot is above the clock.
    if (stamp.epoch == clock) return Standing::trusted;
    // The memo holds clock + 1, so that 0 means "never compared".
    if (memo.load(std::memory_order_relaxed) == clock + 1) return Standing::trusted;
    for (const Group group : groups) {
        if (state.slots[group].load(std::memory_order_acquire) > stamp.epoch) return Standing::invalidated;
    }
    memo.store(clock + 1, std::memory_order_relaxed);
    return Standing::trusted;
}

bool Epochs::is_reusable(const Stamp& stamp, std::span<const Group> groups, std::atomic<std::uint64_t>& memo) const noexcept {
    return assess(stamp, groups, memo) == Standing::trusted;
}

void Epochs::note_refused(const Stamp& stamp, std::span<const Group> groups) const noexcept {
    if (standing_of(stamp, groups) != Standing::invalidated) return;
    counts_.refused.fetch_add(1, std::memory_order_relaxed);
    if (is_ended_by_others(stamp, groups)) counts_.refused_by_others.fetch_add(1, std::memory_order_relaxed);
}

// An own group may have been invalidated before another one of its slot was: rather too many than too few.
bool Epochs::is_ended_by_others(const Stamp& stamp, std::span<const Group> groups) const noexcept {
    const State& state = *state_.load(std::memory_order_acquire);
    return std::ranges::none_of(groups, [&](Group group) {
        return state.slots[group].load(std::memory_order_acquire) > stamp.epoch && state.last_groups[group].load(std::memory_order_relaxed) == group;
    });
}

Standing Epochs::standing_of(const Stamp& stamp, std::span<const Group> groups) const noexcept {
    std::atomic<std::uint64_t> no_memo{0};
    return assess(stamp, groups, no_memo);
}

void Epochs::soften(std::span<const Group> groups, BootTime now) {
    const std::scoped_lock guard(lock_);
    if (is_off(Rule::soft_clock)) {
        tick_locked(groups, groups, {}, now, nullptr);
        return;
    }
    const std::int64_t time = std::max(now.time_since_epoch().count(), last_softened_.load(std::memory_order_relaxed));
    for (const Group group : groups) softened_[group].store(static_cast<std::uint64_t>(time), std::memory_order_release);
    last_softened_.store(time, std::memory_order_release);
}

std::optional<std::chrono::nanoseconds> Epochs::look_softened(std::span<const Group> groups, BootTime begun, BootTime now) const noexcept {
    std::int64_t first = std::numeric_limits<std::int64_t>::max();
    for (const Group group : groups) {
        const auto time = static_cast<std::int64_t>(softened_[group].load(std::memory_order_acquire));
        if (time != 0 && time >= begun.time_since_epoch().count()) first = std::min(first, time);
    }
    if (first == std::numeric_limits<std::int64_t>::max()) return std::nullopt;
    return std::max(now - BootTime(std::chrono::nanoseconds(first)), std::chrono::nanoseconds(0));
}

std::uint64_t Epochs::last_tick(Group group) const noexcept {
    return state_.load(std::memory_order_acquire)->slots[group].load(std::memory_order_acquire);
}

BootTime Epochs::held_until(Group group) const {
    const std::scoped_lock guard(lock_);
    return holds_.end_of(group);
}

bool Epochs::is_held(std::span<const Group> groups, BootTime begun) const {
    if (!holds_.may_hold(begun)) return false;
    const std::scoped_lock guard(lock_);
    return holds_.covers(groups, begun);
}

bool Epochs::is_settled(std::span<const Group> groups, BootTime now) const {
    const std::scoped_lock guard(lock_);
    return !holds_.covers(groups, now) && std::ranges::none_of(groups, [this](Group group) { return under_way_.contains(group); });
}

}  // namespace sidecache::epochs
