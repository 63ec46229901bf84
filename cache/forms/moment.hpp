// Two clocks read at once: times of one machine's boot clock mean nothing elsewhere, so they travel as distances from a time that means something everywhere.
#pragma once

#include "cache/epochs/boot_time.hpp"
#include "cache/memory/entry.hpp"
#include "cache/forms/envelope.hpp"

#include <chrono>
#include <cstdint>

namespace sidecache::forms {

struct Moment {
    memory::Time wall;      // an `is_time`
    epochs::BootTime boot;  // from 0 to `longest`
};

// How long ago something was written by another clock than that which says what time it is now. Up to `clock_error` between the two, `time()` is no less than has passed. A reader whose
// clock is behind by more takes a response for younger by the rest: a soft invalidation may miss it, or the origin be asked so much later whether it still accepts a credential. One that
// is ahead asks the origin too early. No write is missed either way: what may be reused is told by epochs.
class Elapsed {
public:
    Elapsed(memory::Time written, memory::Time now, std::chrono::nanoseconds clock_error) noexcept
        : behind_(written > now ? written - now : std::chrono::nanoseconds(0)),
          is_known_(behind_ <= clock_error),
          time_((written > now ? std::chrono::nanoseconds(0) : now - written) + clock_error) {}

    // Otherwise it was written in the future: one of the clocks is wrong, and what rests on this is as old as can be.
    bool is_known() const noexcept { return is_known_; }
    std::chrono::nanoseconds time() const noexcept { return time_; }
    // By how much the reader's clock is behind at least: so much earlier came what is told by the writer's.
    std::chrono::nanoseconds behind() const noexcept { return behind_; }

private:
    std::chrono::nanoseconds behind_;
    bool is_known_;
    std::chrono::nanoseconds time_;
};

}  // namespace sidecache::forms
