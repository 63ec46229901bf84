// Hashes of entries evicted not long ago: who comes back goes straight to the main queue (S3-FIFO, SOSP'23).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>

namespace sidecache::memory {

class Ghosts {
public:
    explicit Ghosts(std::size_t limit) : limit_(limit) {}

    void remember(std::uint64_t hash) {
        known_[hash] = ++turn_;
        order_.emplace_back(hash, turn_);
        while (order_.size() > limit_) {
            const auto [oldest, turn] = order_.front();
            order_.pop_front();
            // Only if it was not recalled and evicted anew since.
            if (const auto found = known_.find(oldest); found != known_.end() && found->second == turn) known_.erase(found);
        }
    }

    // True once per remembered hash.
    bool recall(std::uint64_t hash) { return known_.erase(hash) != 0; }

private:
    std::size_t limit_;
    std::uint64_t turn_ = 0;
    boost::unordered_flat_map<std::uint64_t, std::uint64_t> known_;  // to the turn in which it was evicted last
    std::deque<std::pair<std::uint64_t, std::uint64_t>> order_;      // may still name a turn that is over; the limit counts it
};

}  // namespace sidecache::memory
