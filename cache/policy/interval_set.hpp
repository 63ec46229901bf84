// Which bytes of a representation are held: a bounded set of ranges that neither overlap nor touch, in ascending order.
#pragma once

#include "cache/http/range.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sidecache::policy {

class IntervalSet {
public:
    static constexpr std::size_t default_limit = 32;

    explicit IntervalSet(std::size_t limit = default_limit) : limit_(limit) {}

    // Joined with whatever it overlaps or touches. False, and nothing changed, if there would be more than `limit` ranges then.
    bool insert(const http::ByteRange& range);

    bool covers(const http::ByteRange& range) const noexcept;              // every byte of it
    http::ByteRanges missing(const http::ByteRange& range) const;          // the bytes of it that are not held, ascending

    std::span<const http::ByteRange> ranges() const noexcept { return ranges_; }
    bool empty() const noexcept { return ranges_.empty(); }
    std::uint64_t length() const noexcept;  // bytes held

private:
    std::size_t limit_;
    http::ByteRanges ranges_;
};

}  // namespace sidecache::policy
