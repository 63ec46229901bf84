// The one logical clock of invalidations, and the table that tells when each group was last invalidated (CONSISTENCY 1.1).
#pragma once

#include "cache/epochs/boot_time.hpp"
#include "cache/epochs/holds.hpp"
#include "cache/epochs/options.hpp"
#include "cache/epochs/slot_table.hpp"
#include "cache/policy/groups.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace sidecache::epochs {

using policy::Group;

// What a fill notes before anything of its request leaves; an entry made of it is reusable only while nothing it belongs to was invalidated since.
struct Stamp {
    std::uint64_t epoch = 0;        // the clock at the start of the fill, or earlier
    std::uint64_t incarnation = 0;
    std::uint64_t rules = 0;        // identity of the configured rules that named the groups
};

struct Tick {
    std::uint64_t now = 0;       // the clock after it
    std::uint64_t previous = 0;  // the greatest slot before it, of its groups or of those that are watched
    bool was_good = false;       // of an old value: it was
};

// What was stored of a row before it was written: whether its word counts is judged under the lock of the write's own tick, since two writes may both have read it
// (CONSISTENCY 1.1 old value, S21). It does if none of its groups was invalidated since it was fetched, and no other write that may yet invalidate one is under way: that
// may have come first in the database, though it is answered last.
struct OldValue {
    Stamp stamp;
    std::span<const Group> groups;     // that it belongs to
    std::span<const Group> if_good;    // ended as well, if it counts
    std::span<const Group> otherwise;  // and if not
    std::span<const Group> announced;  // by this write itself (`begin_write`)
};

// A hold that lasts until it is closed.
struct OpenHold {
    policy::Groups groups;
    bool is_noted = false;
};

// Why what was stored may be reused, or is a validator and nothing else (CONSISTENCY 1.1 reuse, steps 2-4).
enum class Standing : std::uint8_t {
    trusted,
    ended,        // this process drains
    unproven,     // of a fleet: it cannot prove that its clock is current
    incarnation,  // of another clock: its epoch says nothing here
    rules,        // named its groups by other rules
    invalidated,  // one of its groups was, after its fill began
};

// Counted facts; telemetry reads them at scrape.
struct Counts {
    std::atomic<std::uint64_t> ticks{0};
    std::atomic<std::uint64_t> refused{0};  // requests that were refused what is stored because a group was invalidated after the fill began
    std::atomic<std::uint64_t> refused_by_others{0};  // of these, where other groups in the slots of its own were the last that were invalidated there
};

class Epochs {
public:
    Epochs(const Options& options, std::uint64_t rules);

    // Invalidates everything stored in these groups, in all its variants, at once. With a hold, fills that begin before it ends are answered but
    // not reused. Any thread.
    Tick tick(std::span<const Group> groups, std::chrono::nanoseconds hold = {}, BootTime now = BootClock::now());
    // The same, told of the `watched` groups instead, of which some are its own: whether another tick of any of them came before it (CONSISTENCY 1.1 write-through).
    Tick tick_watching(std::span<const Group> groups, std::span<const Group> watched, std::chrono::nanoseconds hold = {}, BootTime now = BootClock::now(),
                       const OldValue* old = nullptr);

    // A write is under way that may invalidate these; `end_write` with the same, after its last tick.
    void begin_write(const policy::Groups& groups);
    void end_write(const policy::Groups& groups);

    // CONSISTENCY 1.1 write, `fence: begin`: a tick, and a hold of its groups until the write has ended.
    OpenHold open_hold(const policy::Groups& groups, BootTime now = BootClock::now());
    void close_hold(const OpenHold& hold, BootTime now = BootClock::now());

    // Read before a request can leave for the origin. With an Age of the answer, `stamp_at` instead: the clock as it stood then (or earlier). Of a time before
    // the last change of rules the table knows nothing: then the stamp is of no incarnation, and never reusable.
    Stamp stamp() const noexcept;
    Stamp stamp_at(BootTime time) const noexcept;
    std::uint64_t clock() const noexcept;

    // CONSISTENCY 1.1 reuse, steps 2-4. `memo` belongs to the entry: the clock at which the slots were last compared and found good.
    bool is_reusable(const Stamp& stamp, std::span<const Group> groups, std::atomic<std::uint64_t>& memo) const noexcept;

    // Counts a request that was refused what a write has ended, if that is why.
    void note_refused(const Stamp& stamp, std::span<const Group> groups) const noexcept;

    // The same judgement with its reason, for who explains: noted and counted nowhere.
    Standing standing_of(const Stamp& stamp, std::span<const Group> groups) const noexcept;
    // The clock at which this group was invalidated last, or another one of its slot; 0: never.
    std::uint64_t last_tick(Group group) const noexcept;
    // When the last hold of this group ends, or ended; BootTime{} where there was none.
    BootTime held_until(Group group) const;

    // Does a hold of these groups end after `begun`?
    bool is_held(std::span<const Group> groups, BootTime begun) const;

    // Is nothing known that may yet end what is asked for now: no write of these groups under way, no hold of them?
    bool is_settled(std::span<const Group> groups, BootTime now) const;

    // Makes stale what was asked for in these groups until now, and nothing else: a clock of its own, since a write must never only soften, nor this end anything
    // (CONSISTENCY S27). Any thread.
    void soften(std::span<const Group> groups, BootTime now = BootClock::now());
    // For how long a response asked for at `begun` has been stale by that; nullopt: it is not.
    std::optional<std::chrono::nanoseconds> softened_for(std::span<const Group> groups, BootTime begun, BootTime now) const noexcept {
        // Nearly always: nothing was softened since.
        return begun.time_since_epoch().count() > last_softened_.load(std::memory_order_acquire) ? std::nullopt : look_softened(groups, begun, now);
    }

    // New rules name other groups: entries of the old ones become validators and nothing else.
    void adopt_rules(std::uint64_t rules, BootTime now = BootClock::now());

    // Gives the tables of earlier rules back at which nobody can be looking any more. From time to time.
    void forget_old(BootTime now = BootClock::now());
    std::size_t tables() const;  // how many there are, the present one included
    static constexpr std::size_t most_tables = 8;

    // --- a mirror of the clock that nodes share (cache/fleet); one thread ---

    // From now on the clock is that of a fleet's incarnation, and only what follows moves it: nobody ticks here any more. It stands at 0, all that is stored is of
    // another incarnation, and nothing is reused before `trust_until`.
    void mirror(std::uint64_t incarnation, std::size_t slots, BootTime now = BootClock::now());
    // The next tick, in order.
    void apply(std::uint64_t tick, std::span<const Group> groups, std::chrono::nanoseconds hold, BootTime now = BootClock::now());
    // Part of the fleet's table, from this index on; then, once all of it is here, the clock that was read before it.
    void merge(std::size_t first, std::span<const std::uint64_t> slots) noexcept;
    void advance(std::uint64_t clock, BootTime now = BootClock::now());
    void hold(std::span<const Group> groups, std::chrono::nanoseconds hold, BootTime now = BootClock::now());
    // Until then, and not at it, is what is stored reused (CONSISTENCY 1.3 probe). BootTime{}: no more.
    void trust_until(BootTime end) noexcept;

    // Draining: nothing is reused from now on.
    void end_trust() noexcept { is_trusted_.store(false, std::memory_order_release); }

    const Counts& counts() const noexcept { return counts_; }

private:
    // Replaced whole by pointer, never reset in place: a reader that holds the old one sees its old, consistent values.
    struct State {
        State(std::size_t slots_, std::uint64_t incarnation_, std::uint64_t rules_, BootTime began_, BootTime trust_end_);
        BootTime began;
        std::uint64_t incarnation;  // never 0
        std::uint64_t rules;
        SlotTable slots;
        SlotTable last_groups;  // that was invalidated last, of all in the slot: an estimate of what the table's size costs, and no judge of anything
        std::atomic<std::uint64_t> clock{0};
        std::atomic<BootTime::rep> trust_end;  // `for_ever` without a fleet
    };
    static constexpr BootTime for_ever = BootTime::max();
    // The clock at the start of each of the last seconds, for answers that come out of another cache.
    struct Samples {
        static constexpr std::size_t size = 256;
        std::array<std::uint64_t, size> clock{};
        std::int64_t newest = -1;  // second since boot; -1: none
        void note(std::int64_t second, std::uint64_t clock_before) noexcept;
        std::uint64_t at(std::int64_t second, std::uint64_t clock_now) const noexcept;
    };

    Tick tick_locked(std::span<const Group> groups, std::span<const Group> watched, std::chrono::nanoseconds hold, BootTime now, const OldValue* old);
    bool is_good_locked(const OldValue& old) const noexcept;
    std::optional<std::chrono::nanoseconds> look_softened(std::span<const Group> groups, BootTime begun, BootTime now) const noexcept;
    bool is_ended_by_others(const Stamp& stamp, std::span<const Group> groups) const noexcept;
    Standing assess(const Stamp& stamp, std::span<const Group> groups, std::atomic<std::uint64_t>& memo) const noexcept;
    void replace_state(std::size_t slots, std::uint64_t incarnation, std::uint64_t rules, BootTime now, BootTime trust_end);
    void set_slots_locked(State& state, std::uint64_t tick, std::span<const Group> groups) noexcept;

    Options options_;
    mutable std::mutex lock_;  // one tick at a time; never held across a wait
    std::atomic<State*> state_{nullptr};
    bool is_mirror_ = false;
    std::vector<std::unique_ptr<State>> states_;  // the present one last; old ones stay, since a reader may still look at them
    Samples samples_;
    SlotTable softened_;                         // when each group was, in nanoseconds of BootClock; 0: never
    std::atomic<std::int64_t> last_softened_{-1};  // of all
    Holds holds_;
    boost::unordered_flat_map<Group, std::size_t> under_way_;  // how many writes
    std::atomic<bool> is_trusted_{true};
    mutable Counts counts_;
};

}  // namespace sidecache::epochs
