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
    last_noted_end_ = std::max(last_noted_end_, end);
    tell_last_end();
}

void Holds::tell_last_end() noexcept {
    const bool is_any_open = open_for_everything_ > 0 || !open_.empty();
    const BootTime last = is_any_open ? BootTime::max() : last_noted_end_;
    last_end_.store(last.time_since_epoch().count(), std::memory_order_release);
}

bool Holds::open(std::span<const policy::Group> groups) {
    const bool is_noted = open_.size() + groups.size() <= limit_;
    if (is_noted) {
        for (const policy::Group group : groups) ++open_[group];
    } else {
        ++open_for_everything_;
    }
    tell_last_end();
    return is_noted;
}

void Holds::close(std::span<const policy::Group> groups, bool was_noted, BootTime now) {
    if (was_noted) {
        for (const policy::Group group : groups) {
            const auto found = open_.find(group);
            if (--found->second == 0) open_.erase(found);
        }
    } else {
        --open_for_everything_;
        everything_until_ = std::max(everything_until_, now);
    }
    note(was_noted ? groups : std::span<const policy::Group>(), now, now);  // judged by the start of a fill, as every hold
}

BootTime Holds::end_of(policy::Group group) const noexcept {
    if (open_for_everything_ > 0 || open_.contains(group)) return BootTime::max();
    const auto hold = ends_.find(group);
    return hold == ends_.end() ? everything_until_ : std::max(everything_until_, hold->second);
}

bool Holds::covers(std::span<const policy::Group> groups, BootTime begun) const noexcept {
    if (open_for_everything_ > 0 || everything_until_ > begun) return true;
    return std::any_of(groups.begin(), groups.end(), [&](policy::Group group) { return end_of(group) > begun; });
}

}  // namespace sidecache::epochs
