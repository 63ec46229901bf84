// Groups whose fills are answered but not reused for a while: an unknown outcome may commit later, a replica may lag.
#pragma once

#include "cache/epochs/boot_time.hpp"
#include "cache/policy/groups.hpp"

#include <atomic>
#include <cstddef>
#include <span>

#include <boost/unordered/unordered_flat_map.hpp>

namespace sidecache::epochs {

// Not synchronised but for `may_hold`: its owner holds a lock.
class Holds {
public:
    explicit Holds(std::size_t limit) : limit_(limit) {}

    void note(std::span<const policy::Group> groups, BootTime end, BootTime now);

    // A hold whose end nobody knows yet. False: it is of everything, since there are too many to note one by one; `close` wants to know.
    bool open(std::span<const policy::Group> groups);
    void close(std::span<const policy::Group> groups, bool was_noted, BootTime now);

    // When the last hold of this group ends, or ended; BootTime::max() while one is open.
    BootTime end_of(policy::Group group) const noexcept;

    // Does any hold of these groups end after `begun`?
    bool covers(std::span<const policy::Group> groups, BootTime begun) const noexcept;

    // False without a lock: no hold can end after `begun`, which is the rule.
    bool may_hold(BootTime begun) const noexcept {
        return last_end_.load(std::memory_order_acquire) > begun.time_since_epoch().count();
    }

private:
    void tell_last_end() noexcept;

    std::size_t limit_;
    boost::unordered_flat_map<policy::Group, BootTime> ends_;
    boost::unordered_flat_map<policy::Group, std::size_t> open_;  // how many
    std::size_t open_for_everything_ = 0;
    BootTime everything_until_{};  // where there were too many to note one by one
    BootTime last_noted_end_{};
    std::atomic<BootTime::rep> last_end_{0};
};

}  // namespace sidecache::epochs
