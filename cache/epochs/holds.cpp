#include "cache/epochs/holds.hpp"

#include <algorithm>

namespace sidecache::epochs {

void Holds::note(std::span<const policy::Group> groups, BootTime end, BootTime now) {
    if (ends_.size() + groups.size() > limit_) {
        // A fill that began before a hold ended must still be refused when its head comes, so what has ended is kept as one.
        for (const auto& [group, ended] : ends_) {
            if (ended <= now) everything_until_ = std::max(everything_until_, ended);
        }
        erase_if(ends_, [now](const auto& hold) { return hold.second <= now; });
    }
    if (ends_.size() + groups.size() > limit_) {
        everything_until_ = std::max(everything_until_, end);
    } else {
        for (const policy::Group group : groups) {
            BootTime& noted = ends_[group];
            noted = std::max(noted, end);
        }
    }
    last_end_.store(std::max(last_end_.load(std::memory_order_relaxed), end.time_since_epoch().count()), std::memory_order_release);
}

BootTime Holds::end_of(policy::Group group) const noexcept {
    const auto hold = ends_.find(group);
    return hold == ends_.end() ? everything_until_ : std::max(everything_until_, hold->second);
}

bool Holds::covers(std::span<const policy::Group> groups, BootTime begun) const noexcept {
    if (everything_until_ > begun) return true;
    return std::any_of(groups.begin(), groups.end(), [&](policy::Group group) { return end_of(group) > begun; });
}

}  // namespace sidecache::epochs
