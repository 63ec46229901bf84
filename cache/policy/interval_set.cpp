#include "cache/policy/interval_set.hpp"

#include <algorithm>

namespace sidecache::policy {

using http::ByteRange;

bool IntervalSet::insert(const ByteRange& range) {
    // The ranges that overlap or touch it stand side by side. (No position is so large that last + 1 wraps.)
    const auto begin = std::ranges::lower_bound(ranges_, range.first, {}, [](const ByteRange& held) { return held.last + 1; });
    const auto end = std::ranges::upper_bound(begin, ranges_.end(), range.last + 1, {}, &ByteRange::first);
    if (begin == end) {
        if (ranges_.size() >= limit_) return false;
        ranges_.insert(begin, range);
        return true;
    }
    begin->first = std::min(begin->first, range.first);
    begin->last = std::max((end - 1)->last, range.last);
    ranges_.erase(begin + 1, end);
    return true;
}

bool IntervalSet::covers(const ByteRange& range) const noexcept {
    const auto held = std::ranges::lower_bound(ranges_, range.first, {}, &ByteRange::last);
    return held != ranges_.end() && held->contains(range);
}

http::ByteRanges IntervalSet::missing(const ByteRange& range) const {
    http::ByteRanges gaps;
    std::uint64_t next = range.first;  // the first byte not yet accounted for
    auto held = std::ranges::lower_bound(ranges_, range.first, {}, &ByteRange::last);
    for (; held != ranges_.end() && held->first <= range.last; ++held) {
        if (held->first > next) gaps.push_back({next, held->first - 1});
        next = held->last + 1;
    }
    if (next <= range.last) gaps.push_back({next, range.last});
    return gaps;
}

std::uint64_t IntervalSet::length() const noexcept {
    std::uint64_t bytes = 0;
    for (const ByteRange& range : ranges_) bytes += range.length();
    return bytes;
}

}  // namespace sidecache::policy
