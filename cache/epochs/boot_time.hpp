// Time since boot that also counts suspension and SIGSTOP (CLOCK_BOOTTIME): what trust and holds are measured by.
#pragma once

#include <chrono>

namespace sidecache::epochs {

struct BootClock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<BootClock>;
    static constexpr bool is_steady = true;
    static time_point now() noexcept;
};
using BootTime = BootClock::time_point;

}  // namespace sidecache::epochs
